import { parseDuration } from "../../config/index.ts";
import { readHistory } from "../../operate/history.ts";
import { type CliContext, UserError } from "../command.ts";
import { paintFor } from "../paint.ts";
import { historyText } from "../history-text.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

/** `rouse history [leaf]`: who woke it, how long each phase took, why it slept, what it cost. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const since = parseDuration(String(options["since"]));
  if (!since) throw new UserError(`--since ${String(options["since"])} is no duration; it takes one such as 12h or 7d`);
  const { project, connection } = await openTarget(context, options);
  const leaves = name === undefined ? project.leaves : [findLeaf(project, name)];
  const histories = await withAws(project, () =>
    Promise.all(leaves.map((leaf) => readHistory(project, leaf, connection, { sinceMs: since * 1000 }))),
  );
  if (options["json"]) {
    context.stdout.write(`${JSON.stringify(name === undefined ? histories : histories[0], null, 2)}\n`);
    return 0;
  }
  const paint = paintFor(context);
  context.stdout.write(historyText(histories, { paint, details: name !== undefined, since: String(options["since"]) }));
  return 0;
}
