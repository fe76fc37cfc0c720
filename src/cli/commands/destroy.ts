import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeDeletion } from "../../deployment/assembly.ts";
import { readDeployed } from "../../deployment/deployed.ts";
import { lossText } from "../../deployment/difference-words.ts";
import { deletion as deletionOf, lossesOf, type StackChange } from "../../deployment/differences.ts";
import { busy } from "../../deployment/refusals.ts";
import { deployedNode, type Kept, keptOf } from "../../deployment/resources.ts";
import type { Outcome } from "../../deployment/road.ts";
import { type DeployedStack, identityOf, LOCAL, regionsOf } from "../../deployment/stacks.ts";
import { failureText, keptText, listed, seconds } from "../../deployment/words.ts";
import { type CliContext, unlessInterrupted, UserError, writeJson } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type DeployTarget, openDeployTarget } from "../deploy-target.ts";
import { progressFor, type Progress } from "../progress.ts";
import { stackProgress } from "../stack-progress.ts";
import { withAws } from "../target.ts";

/** Deletes what is there, whatever the files say by now: no synthesis takes part. */
export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const progress = progressFor(context);
  const began = performance.now();
  try {
    const target = await openDeployTarget(context, options, progress);
    const { project } = target;
    const { stacks, kept, changes } = await unlessInterrupted(
      context.interrupted,
      withAws(project, () => lookAtAll(target, progress)),
    );
    progress.stop();
    const name = project.environment.name;
    if (stacks.length === 0) {
      if (options["json"]) writeJson(context, { environment: name, stacks: [], kept: [] });
      progress.done(`Nothing to destroy: ${project.base.name} has no stacks in ${name}`);
      return 0;
    }
    await confirm(context, Boolean(options["yes"]), { text: whatGoes(stacks, changes, kept), question: `This deletes all of ${name}.`, typed: name });
    const outcome = await unlessInterrupted(
      context.interrupted,
      withAws(project, () => destroy(target, stacks, progress)),
    );
    if (!outcome.ok) throw new UserError(`${failureText(outcome, "deletion")}\nWhat is left can be deleted by the same command.`, 1);
    progress.done(`Deleted ${stacks.length} stacks in ${seconds(performance.now() - began)}`);
    if (options["json"])
      writeJson(context, { environment: name, stacks: stacks.map(({ name: stack, region }) => ({ name: stack, region, result: "deleted" })), kept });
    else if (kept.length > 0) context.stdout.write(`${keptText(kept)}\n`);
    return 0;
  } finally {
    progress.stop();
  }
}

async function lookAtAll(
  { project, ask }: DeployTarget,
  progress: Progress,
): Promise<{ stacks: DeployedStack[]; kept: Kept[]; changes: StackChange[] }> {
  progress.step("Looking at what is deployed");
  const identity = identityOf(project);
  const stacks = await readDeployed(ask, { identity, wanted: [], regions: regionsOf(project) });
  const wait = busy(stacks, identity);
  if (wait !== undefined) throw new UserError(wait, 1);
  const kept: Kept[] = [];
  const changes: StackChange[] = [];
  for (const stack of stacks) {
    kept.push(...(await keptOf(deployedNode(ask, stack.region, stack.id, stack.template), stack)));
    changes.push(await deletionOf(ask, stack, identity.environment === LOCAL));
  }
  return { stacks, kept, changes };
}

function whatGoes(stacks: readonly DeployedStack[], changes: readonly StackChange[], kept: readonly Kept[]): string {
  const losses = lossesOf(changes);
  return [
    `${stacks.length} stacks are deleted: ${listed(stacks.map(({ name }) => name))}`,
    ...(losses.length > 0 ? [`What cannot be made again goes with them:\n${lossText(losses)}`] : []),
    ...(kept.length > 0 ? [keptText(kept)] : []),
  ].join("\n");
}

async function destroy({ road, deletion, folder }: DeployTarget, stacks: readonly DeployedStack[], progress: Progress): Promise<Outcome> {
  const assembly = join(folder, "destroy");
  const names = stacks.map(({ name }) => name);
  try {
    return await road.destroy(writeDeletion(assembly, stacks, deletion), stackProgress(progress, names));
  } finally {
    rmSync(assembly, { recursive: true, force: true });
  }
}
