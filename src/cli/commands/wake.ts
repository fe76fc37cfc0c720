import { userInfo } from "node:os";
import { wakeLeaf } from "../../operate/steer.ts";
import type { CliContext } from "../command.ts";
import { findDnsLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findDnsLeaf(project, name!);
  const woken = await withAws(project, () => wakeLeaf(project, leaf, connection, userInfo().username));
  context.stdout.write(woken ? `${leaf.name} is waking; rouse connect ${leaf.name} waits for it\n` : `${leaf.name} is up or waking already\n`);
  return 0;
}
