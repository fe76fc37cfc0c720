import type { Stack } from "@aws-sdk/client-cloudformation";
import { type Ask, describeStacks, listImports, readTemplate } from "./cloudformation.ts";
import { inTurns } from "./in-turns.ts";
import { keyOf } from "./order.ts";
import { droppedExports } from "./plan.ts";
import { type DeployedStack, type Identity, isOurs, type WantedStack } from "./stacks.ts";

/** Requests that are under way at a time: CloudFormation takes few a second before it says Throttling. */
const AT_A_TIME = 6;

/** Stacks that are there: ours, and those that have a name which is wanted. Nested ones are parts of theirs. */
export async function readDeployed(
  ask: Ask,
  { identity, wanted, regions }: { identity: Identity; wanted: readonly WantedStack[]; regions: readonly string[] },
): Promise<DeployedStack[]> {
  const names = new Set(wanted.map(keyOf));
  const found: { region: string; stack: Stack }[] = [];
  for (const region of regions) {
    for (const stack of await describeStacks(ask, region)) {
      if (stack.ParentId || stack.StackStatus === "DELETE_COMPLETE") continue;
      const known = { name: stack.StackName!, region, tags: tagsOf(stack) };
      if (isOurs(known, identity) || names.has(keyOf(known))) found.push({ region, stack });
    }
  }
  return inTurns(found, AT_A_TIME, async ({ region, stack }) => ({
    name: stack.StackName!,
    region,
    id: stack.StackId!,
    status: stack.StackStatus!,
    tags: tagsOf(stack),
    // A stack in review has none.
    template: stack.StackStatus === "REVIEW_IN_PROGRESS" ? {} : await readTemplate(ask, region, stack.StackId!),
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue ?? ""])),
  }));
}

const tagsOf = (stack: Stack): Record<string, string> => Object.fromEntries((stack.Tags ?? []).map(({ Key, Value }) => [Key!, Value!]));

/** Who uses the exports that the next templates have no more: names of whole stacks, by export. */
export async function readImporters(
  ask: Ask,
  deployed: readonly DeployedStack[],
  wanted: readonly WantedStack[],
): Promise<Map<string, readonly string[]>> {
  const importers = new Map<string, readonly string[]>();
  const dropped = droppedExports(deployed, wanted);
  // The longest name first: a nested stack's name begins with that of the stack that it is a part of.
  const names = deployed.map(({ name }) => name).sort((a, b) => b.length - a.length);
  const rootOf = (name: string): string => names.find((root) => name === root || name.startsWith(`${root}-`)) ?? name;
  await inTurns(dropped, AT_A_TIME, async ({ name, region }) => {
    const users = await listImports(ask, region, name);
    if (users.length > 0) importers.set(name, [...new Set(users.map(rootOf))]);
  });
  return importers;
}
