import { templateError } from "./parse.ts";
import { referencesIn } from "./references.ts";
import type { ResourceDefinition, Template } from "./types.ts";

/** What each thing needs to be there first. */
export type Graph = Map<string, Set<string>>;

/** Logical ids that a resource's definition refers to, DependsOn included; names of parameters are left out. */
export function dependenciesOf(resource: ResourceDefinition, resourceIds: { has(id: string): boolean }): Set<string> {
  const explicit = resource.DependsOn === undefined ? [] : [resource.DependsOn].flat();
  const implicit = referencesIn([resource.Properties, resource.CreationPolicy, resource.UpdatePolicy])
    .filter((reference) => reference.kind === "ref" || reference.kind === "getAtt")
    .map((reference) => reference.name);
  return new Set([...explicit, ...implicit].filter((id) => resourceIds.has(id)));
}

/**
 * The dependency graph of the resources in `included` (those whose condition holds).
 * @throws AwsError ValidationError naming every resource on a cycle, as CloudFormation does
 */
export function resourceGraph(template: Template, included: ReadonlySet<string>): Graph {
  const graph: Graph = new Map();
  for (const id of included) {
    const dependencies = dependenciesOf(template.Resources[id]!, included);
    graph.set(id, dependencies);
  }
  const cycle = cyclic(graph);
  if (cycle.length > 0) throw templateError(`Circular dependency between resources: [${cycle.join(", ")}]`);
  return graph;
}

/** Members of the graph that take part in, or lie between, cycles. */
export function cyclic(graph: Graph): string[] {
  const left = new Map([...graph].map(([id, needs]) => [id, new Set(needs)]));
  // Peel off what needs nothing, then what nothing needs, until only cycles are left.
  for (let changed = true; changed;) {
    changed = false;
    for (const [id, needs] of left) {
      const live = [...needs].filter((need) => left.has(need));
      const needed = [...left].some(([other, others]) => other !== id && others.has(id));
      if (live.length === 0 || (!needed && !needs.has(id))) changed = left.delete(id) || changed;
    }
  }
  return [...left.keys()];
}

/** The same graph with its arrows turned round: the order in which things are deleted. */
export function reversed(graph: Graph): Graph {
  const turned: Graph = new Map([...graph.keys()].map((id) => [id, new Set<string>()]));
  for (const [id, needs] of graph) for (const need of needs) turned.get(need)?.add(id);
  return turned;
}

/**
 * Runs `work` for every member as soon as what it needs is done, in parallel where the graph allows. After the first
 * failure nothing new is started; what runs is waited for.
 * @returns the failures, by member
 */
export async function runGraph(
  graph: Graph,
  work: (id: string) => Promise<void>,
  options: { keepGoing?: boolean } = {},
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  const done = new Set<string>();
  const started = new Map<string, Promise<void>>();
  const ready = (id: string): boolean => [...(graph.get(id) ?? [])].every((need) => !graph.has(need) || done.has(need));
  const launch = (): void => {
    if (failures.size > 0 && !options.keepGoing) return;
    for (const id of graph.keys()) if (!started.has(id) && ready(id)) started.set(id, run(id));
  };
  const run = async (id: string): Promise<void> => {
    try {
      await work(id);
      done.add(id);
    } catch (error) {
      failures.set(id, error);
    }
  };
  const settled = new Set<string>();
  for (launch(); settled.size < started.size; launch()) {
    const running = [...started].filter(([id]) => !settled.has(id));
    settled.add(await Promise.race(running.map(([id, promise]) => promise.then(() => id))));
  }
  return failures;
}
