import { userInfo } from "node:os";
import { NeverSleeps, wakeLeaf } from "../../operate/steer.ts";
import { type CliContext, UserError, writeJson } from "../command.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findLeaf(project, name!);
  if (leaf.kind === "service") throw new UserError(new NeverSleeps(leaf.name).message);
  const woken = await withAws(project, () => wakeLeaf(project, leaf, connection, userInfo().username));
  if (options["json"]) {
    writeJson(context, { leaf: leaf.name, woken });
    return 0;
  }
  if (leaf.kind === "task") {
    context.stdout.write(woken ? `${leaf.name} runs; rouse status ${leaf.name} tells how it goes\n` : `a run of ${leaf.name} goes on already\n`);
    return 0;
  }
  context.stdout.write(woken ? `${leaf.name} is waking; rouse connect ${leaf.name} waits for it\n` : `${leaf.name} is up or waking already\n`);
  return 0;
}
