import { isStarter, keyOf } from "./order.ts";
import { reduce } from "./reduce.ts";
import { type Rename, type Renaming, renamings } from "./renames.ts";
import { type DeployedStack, type Identity, isOurs, kindOf, neverWas, NONE, type WantedStack } from "./stacks.ts";
import { exportsOf, importsOf, type Template } from "./template.ts";

/** What is done, one step after the other. */
export type Step =
  /** Deletes stacks that the files have no more, and those that are made anew because a name changes. */
  | { readonly do: "delete"; readonly stacks: readonly DeployedStack[] }
  /** Takes all but what every kind has out of the stacks of leaves that change their kind, and what knows the name of those that change it. */
  | { readonly do: "reduce"; readonly stacks: readonly Reduced[] }
  /** Deploys these alone, before the base loses what they use. */
  | { readonly do: "deploy-first"; readonly stacks: readonly WantedStack[] }
  /** Deploys everything. */
  | { readonly do: "deploy" };

export interface Reduced {
  readonly stack: WantedStack;
  readonly template: Template;
}

/** A leaf that something else wakes from now on. */
export interface Switch {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly switches: readonly Switch[];
  readonly renames: readonly Rename[];
  /** Stacks that the files have no more. */
  readonly orphans: readonly DeployedStack[];
}

/** What is deployed of an application and an environment, and what is to be. */
export interface Situation {
  readonly identity: Identity;
  readonly deployed: readonly DeployedStack[];
  readonly wanted: readonly WantedStack[];
  /** Who uses the exports that go (`droppedExports`): names of whole stacks, by export. */
  readonly importers: ReadonlyMap<string, readonly string[]>;
}

/**
 * How to get from what is deployed to what is wanted without a hand-made step. CloudFormation makes the new before it
 * deletes the old, and refuses to drop an export that is in use; where one update would end in either, it takes two. Where an
 * earlier run stopped between them, the plan is what is left of it.
 */
export function plan({ identity, deployed, wanted, importers }: Situation): Plan {
  const ours = deployed.filter((stack) => isOurs(stack, identity));
  const there = new Map(ours.map((stack) => [keyOf(stack), stack]));
  const orphans = orphansOf(ours, wanted);
  const switches: Switch[] = [];
  const reduced: Reduced[] = [];
  for (const stack of wanted) {
    const before = there.get(keyOf(stack));
    if (!before || neverWas(before)) continue;
    const [from, to] = [kindOf(before.template), kindOf(stack.template)];
    // Without a kind it is not a leaf's own stack.
    if (from === undefined || to === undefined || from === to) continue;
    switches.push({ stack: stack.name, from, to });
    if (from !== NONE) reduced.push({ stack, template: reduce(before.template) });
  }
  const renaming = renamings(ours, wanted);
  reduced.push(...renaming.flatMap(({ reduced: left }) => (left ? [left] : [])));
  const anew = new Set(renaming.flatMap(({ domain, starter }) => [domain, ...(starter ? [starter] : [])]));
  const isAnew = (stack: WantedStack): boolean => [...anew].some((each) => keyOf(each) === keyOf(stack));
  const first = mustGoFirst({ ours, wanted, importers }).filter((stack) => !isAnew(stack) && !reduced.some((each) => each.stack === stack));
  const gone = [...orphans, ...anew];
  const starters = reduced.length > 0 ? gone.filter(isStarter) : [];
  const others = gone.filter((stack) => !starters.includes(stack));
  return {
    switches,
    renames: renaming.map(renameOf),
    orphans,
    steps: [
      ...(starters.length > 0 ? [{ do: "delete", stacks: starters } as const] : []),
      ...(reduced.length > 0 ? [{ do: "reduce", stacks: reduced } as const] : []),
      ...(others.length > 0 ? [{ do: "delete", stacks: others } as const] : []),
      ...(first.length > 0 ? [{ do: "deploy-first", stacks: first } as const] : []),
      { do: "deploy" },
    ],
  };
}

const renameOf = ({ stack, from, to }: Renaming): Rename => ({ stack, from, to });

const orphansOf = (ours: readonly DeployedStack[], wanted: readonly WantedStack[]): DeployedStack[] => {
  const names = new Set(wanted.map(keyOf));
  return ours.filter((stack) => !names.has(keyOf(stack)));
};

/** Exports of deployed stacks that their next templates have no more. Somebody may still use them. */
export function droppedExports(deployed: readonly DeployedStack[], wanted: readonly WantedStack[]): { name: string; region: string }[] {
  const next = new Map(wanted.map((stack) => [keyOf(stack), exportsOf(stack.template)]));
  return deployed.flatMap((stack) => {
    const after = next.get(keyOf(stack));
    return after ? [...exportsOf(stack.template)].filter((name) => !after.has(name)).map((name) => ({ name, region: stack.region })) : [];
  });
}

/**
 * Stacks that use an export which goes, and can do without it already: they are deployed before the stack that exports it.
 * One that needs something new of the same stack, too, cannot; its update then fails with CloudFormation's own words.
 */
function mustGoFirst(of: Pick<Situation, "wanted" | "importers"> & { ours: readonly DeployedStack[] }): WantedStack[] {
  const users = new Set([...of.importers.values()].flat());
  const available = new Set(of.ours.flatMap(({ template }) => [...exportsOf(template)]));
  return of.wanted.filter((stack) => {
    if (!users.has(stack.name)) return false;
    const needs = [stack.template, ...stack.nested.values()].flatMap((template) => [...importsOf(template)]);
    return needs.every((name) => available.has(name) && !of.importers.has(name));
  });
}

/** Stacks that have a name which the assembly wants, and are somebody else's: another environment's, or nobody's of ours. */
export function strangers(deployed: readonly DeployedStack[], wanted: readonly WantedStack[], identity: Identity): DeployedStack[] {
  const names = new Set(wanted.map(keyOf));
  return deployed.filter((stack) => names.has(keyOf(stack)) && !isOurs(stack, identity));
}
