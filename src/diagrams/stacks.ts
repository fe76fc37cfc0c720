/** The picture of the stacks and nested stacks, and what each takes from another. */
import type { Box, Diagram, DiagramNode } from "./diagram.ts";
import { identifier } from "./mermaid.ts";
import { type Assembly, shortName, type Template, topOf } from "./templates.ts";

/** A solid arrow carries what stands on it, a dotted one is an order of deployment only. */
export function stacksDiagram(assembly: Assembly): Diagram {
  const carried = carriedBetween(assembly);
  const orders = ordersBetween(assembly).filter(([from, to]) => !isCarried(carried, from, to));
  const idOf = (template: Template): string => identifier(template.parent ? `${template.parent.template.name} ${template.name}` : template.name);
  const drawn = assembly.templates.filter(({ parent }) => !parent).map((template) => draw(template, idOf, handsDown(carried, template)));
  return {
    direction: "LR",
    nodes: drawn.flatMap(({ node }) => node ?? []),
    boxes: drawn.flatMap(({ box }) => box ?? []),
    edges: [
      ...[...carried].flatMap(([from, targets]) =>
        [...targets].map(([to, what]) => ({
          from: from === to.parent?.template ? own(idOf(from)) : idOf(from),
          to: idOf(to),
          lines: [...what].toSorted(),
          weak: false,
        })),
      ),
      ...orders.map(([from, to]) => ({ from: idOf(from), to: idOf(to), lines: [], weak: true })),
    ],
  };
}

/** What a stack holds itself, beside its nested stacks: an arrow cannot go from a box into the same box. */
const own = (id: string): string => `${id}_itself`;

const handsDown = (carried: Carried, template: Template): boolean =>
  [...(carried.get(template)?.keys() ?? [])].some((to) => to.parent?.template === template);

function draw(template: Template, idOf: (template: Template) => string, hasOwn: boolean): { node?: DiagramNode; box?: Box } {
  const id = idOf(template);
  const title = [template.name, template.region];
  const nested = [...template.nested.values()].map((each): DiagramNode => ({ id: idOf(each), shape: "box", lines: [each.name] }));
  if (nested.length === 0) return { node: { id, shape: "box", lines: title } };
  const itself: DiagramNode[] = hasOwn ? [{ id: own(id), shape: "round", lines: ["the stack itself"] }] : [];
  return { box: { id, title, nodes: [...itself, ...nested], boxes: [] } };
}

type Carried = Map<Template, Map<Template, Set<string>>>;

/** From template to template: names of the resources that the second refers to. */
function carriedBetween(assembly: Assembly): Carried {
  const carried: Carried = new Map();
  for (const resource of assembly.resources) {
    // What a stack only hands down to a nested one is that one's.
    const value = resource.type === "AWS::CloudFormation::Stack" ? null : resource.properties;
    for (const target of assembly.references(value, resource.template)) {
      if (target.template === resource.template) continue;
      const targets = carried.get(target.template) ?? new Map<Template, Set<string>>();
      carried.set(target.template, targets.set(resource.template, (targets.get(resource.template) ?? new Set()).add(shortName(target))));
    }
  }
  return carried;
}

/** True as well where the nested stacks of one take something from the other. */
const isCarried = (carried: Carried, from: Template, to: Template): boolean =>
  [...carried].some(([source, targets]) => [...targets.keys()].some((target) => is(source, from) && is(target, to)));

const is = (template: Template, wanted: Template): boolean => template === wanted || topOf(template) === wanted;

function ordersBetween(assembly: Assembly): [Template, Template][] {
  return assembly.templates.flatMap((template) => {
    const stacks = template.after.map((name) => assembly.templates.find((each) => each.name === name)!);
    const siblings = template.parent?.template;
    const nested = (siblings?.resources.get(template.parent!.resource)?.dependsOn ?? []).flatMap((id) => siblings!.nested.get(id) ?? []);
    return [...stacks, ...nested].map((before): [Template, Template] => [before, template]);
  });
}
