import type { DeployedStack } from "./stacks.ts";
import { exportsOf, importsOf } from "./template.ts";

/**
 * How early a stack goes when stacks are deleted. First what starts things, so that nothing wakes meanwhile; then the
 * leaves, then their zones (which a leaf's own functions write to until it is gone), then what all share.
 */
function rankOf(name: string): number {
  // The words of a name are joined without hyphens: `<App>-<Leaf>-Domain`, and a leaf called `domain` is `<App>-Domain`.
  const [, leaf, part] = name.split("-");
  if (part === "StartSystem" || (part === undefined && leaf === "Engines")) return STARTERS;
  if (part === "Domain") return 2;
  if (part === undefined && leaf === "BaseDns") return 3;
  return part === undefined && leaf === "Base" ? 4 : 1;
}

const STARTERS = 0;

export const isStarter = ({ name }: Pick<DeployedStack, "name">): boolean => rankOf(name) === STARTERS;

export const keyOf = ({ name, region }: { name: string; region: string }): string => `${region}/${name}`;

/** Of each stack, by its key, those that may be deleted only after it: in the words of a deployment, what it depends on. */
export function deletionOrder(stacks: readonly DeployedStack[]): Map<string, DeployedStack[]> {
  const links = stacks.map((stack) => ({ stack, rank: rankOf(stack.name), exports: exportsOf(stack.template), imports: importsOf(stack.template) }));
  type Link = (typeof links)[number];
  const uses = (a: Link, b: Link): boolean => a.stack.region === b.stack.region && [...a.imports].some((name) => b.exports.has(name));
  const isBefore = (a: Link, b: Link): boolean => uses(a, b) || (a.rank < b.rank && !uses(b, a));
  return new Map(links.map((a) => [keyOf(a.stack), links.filter((b) => b !== a && isBefore(a, b)).map(({ stack }) => stack)]));
}
