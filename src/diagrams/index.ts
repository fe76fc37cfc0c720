/** Pictures of a project, drawn from its synthesized templates and from nothing else. */
import type { Leaf, Project } from "../config/index.ts";
import { stackNames } from "../stacks/names.ts";
import { architecture } from "./architecture.ts";
import type { Diagram } from "./diagram.ts";
import { stacksDiagram } from "./stacks.ts";
import { Assembly } from "./templates.ts";

export type { Diagram } from "./diagram.ts";
export { mermaid } from "./mermaid.ts";
export { svg } from "./svg.ts";

export type What = "architecture" | "stacks";

/**
 * @param assembly folder of a synthesis of the whole project
 * @param leaf with this leaf and what it shares; all leaves unless told
 */
export function diagramOf(project: Project, assembly: string, what: What, leaf?: Leaf): Diagram {
  const owner = ownerOf(project);
  const read = new Assembly(assembly, (stack) => leaf === undefined || [undefined, leaf.name].includes(owner(stack)));
  return what === "stacks" ? stacksDiagram(read) : architecture(read);
}

/** The leaf whose stack it is; undefined for those that leaves share. One leaf's name may begin with another's. */
function ownerOf(project: Project): (stack: string) => string | undefined {
  const leaves = project.leaves
    .map((leaf) => ({ name: leaf.name, stack: stackNames.leaf(project, leaf) }))
    .sort((a, b) => b.stack.length - a.stack.length);
  const shared = [stackNames.base(project), stackNames.baseDns(project), stackNames.engines(project)];
  return (stack) => (shared.includes(stack) ? undefined : leaves.find((leaf) => stack === leaf.stack || stack.startsWith(`${leaf.stack}-`))?.name);
}
