import { sleepLeaf } from "../../operate/steer.ts";
import type { CliContext } from "../command.ts";
import { findDnsLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findDnsLeaf(project, name!);
  const stopped = await withAws(project, () => sleepLeaf(project, leaf, connection));
  const stopTime = `its container has ${leaf.stopTimeout} s to stop`;
  context.stdout.write(stopped ? `${leaf.name} is falling asleep; ${stopTime}\n` : `${leaf.name} is asleep or falling asleep already\n`);
  return 0;
}
