import { NeverSleeps, sleepLeaf } from "../../operate/steer.ts";
import { type CliContext, UserError, writeJson } from "../command.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findLeaf(project, name!);
  if (leaf.kind === "service") throw new UserError(new NeverSleeps(leaf.name).message);
  const stopped = await withAws(project, () => sleepLeaf(project, leaf, connection));
  if (options["json"]) {
    writeJson(context, { leaf: leaf.name, stopped });
    return 0;
  }
  if (leaf.kind === "task" && !stopped) {
    context.stdout.write(`no run of ${leaf.name} goes on\n`);
    return 0;
  }
  const drain = "drain" in leaf ? leaf.drain : "route" in leaf && leaf.route ? leaf.route.drain : 0;
  const times = [
    ...(drain > 0 ? [`its open requests have ${drain} s to end`] : []),
    ...("stopTimeout" in leaf ? [`its container has ${leaf.stopTimeout} s to stop`] : []),
  ];
  context.stdout.write(
    stopped
      ? `${[`${leaf.name} is falling asleep`, times.join(", then ")].filter(Boolean).join("; ")}\n`
      : `${leaf.name} is asleep or falling asleep already\n`,
  );
  return 0;
}
