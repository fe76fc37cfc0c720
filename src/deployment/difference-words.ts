import { createColors } from "picocolors";
import type { ResourceChange, StackChange } from "./differences.ts";
import { kindWord } from "./words.ts";

/** A difference in words: a block for each stack, a line for each resource that changes. */

/** A stack of many nested ones has a hundred resources; who creates or deletes it wants to know that, and how many. */
const MARK = { create: "+", update: "~", replace: "!", "may-replace": "?", delete: "-", keep: "=" } as const;
const WORD: Record<ResourceChange["change"], string> = {
  create: "created",
  update: "changed",
  replace: "REPLACED",
  "may-replace": "may be REPLACED",
  delete: "deleted",
  keep: "stays in the account",
};

export function differenceText(changes: readonly StackChange[], color: boolean): string {
  if (changes.length === 0) return "No differences: what is deployed is what the files say.\n";
  const paint = createColors(color);
  const paints = {
    create: paint.green,
    update: paint.yellow,
    switch: paint.yellow,
    rename: paint.yellow,
    anew: paint.yellow,
    delete: paint.red,
  };
  const blocks = changes.map((change) => {
    const head = `${paint.bold(change.stack)} ${paint.dim(change.region)}  ${paints[change.change](headline(change))}`;
    return [head, ...lines(change).map((line) => `  ${line}`), ...securityOf(change)].join("\n");
  });
  return `${blocks.join("\n")}\n\n${total(changes)}\n`;
}

const countOf = (resources: readonly ResourceChange[], ...which: ResourceChange["change"][]): number =>
  resources.filter(({ change }) => which.includes(change)).length;

const resourceCount = (count: number): string => (count === 1 ? "1 resource" : `${count} resources`);

const counts = (resources: readonly ResourceChange[]): string =>
  `${resourceCount(countOf(resources, "delete"))} deleted, ${countOf(resources, "create")} created`;

function headline({ change, resources, other, from, to }: StackChange): string {
  switch (change) {
    case "create":
      return `is created: ${resourceCount(resources.length)}`;
    case "delete":
      return `is deleted: ${resourceCount(countOf(resources, "delete"))}`;
    case "switch":
      return `goes from ${kindWord(from!)} to ${kindWord(to!)}, in two steps: ${counts(resources)}; it cannot be reached in between`;
    case "rename":
      return `its name changes from ${from} to ${to}, in two steps: ${counts(resources)}; it cannot be reached in between`;
    case "anew":
      return `is made anew with another name: ${counts(resources)}`;
    case "update":
      return resources.length > 0 ? "changes" : `changes: ${other.join(", ")}`;
  }
}

/** What has a line of its own: in a stack that comes or goes as a whole only what holds something. */
function lines({ change, resources }: StackChange): string[] {
  const whole = change !== "update";
  const shown = resources.filter((each) => !whole || each.holds !== undefined || !["create", "delete"].includes(each.change));
  return shown.map((each) => {
    const what = each.properties.length > 0 ? `: ${each.properties.join(", ")}` : "";
    const loss = each.holds === undefined ? "" : ` (${[`a ${each.holds}`, each.physicalId].filter(Boolean).join(", ")})`;
    return `${MARK[each.change]} ${each.path}  ${each.type}${what}  ${WORD[each.change]}${loss}`;
  });
}

const securityOf = ({ security }: StackChange): string[] =>
  security.length === 0 ? [] : ["  rights and ports:", ...security.map((line) => `    ${line}`)];

function total(changes: readonly StackChange[]): string {
  const count = (...which: StackChange["change"][]): number => changes.filter(({ change }) => which.includes(change)).length;
  const parts = [
    [count("create"), "to create"],
    [count("update", "switch", "rename", "anew"), "to change"],
    [count("delete"), "to delete"],
  ] as const;
  return `Stacks: ${parts.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(", ")}.`;
}

/** What is lost, by name: what a person is asked to confirm. */
export function lossText(losses: readonly { stack: string; change: ResourceChange }[]): string {
  return losses
    .map(({ stack, change: { path, holds, physicalId, change } }) => {
      const id = physicalId === undefined ? "" : ` ${physicalId}`;
      return `  ${stack}/${path}: the ${holds}${id} ${change === "delete" ? "is deleted" : change === "replace" ? "is replaced by a new one, which is empty" : "may be replaced by a new one, which is empty"}`;
    })
    .join("\n");
}
