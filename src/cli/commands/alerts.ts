import { randomUUID } from "node:crypto";
import { type Hearer, hearersOf, NotDeployed, testAlerts, type Tried } from "../../operate/alerts.ts";
import { type CliContext, unlessInterrupted, UserError } from "../command.ts";
import { paintFor } from "../paint.ts";
import { openProject } from "../project.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

/** `rouse alerts [leaf] [--test]`: who is told, and whether it arrives. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  const leaf = name === undefined ? undefined : findLeaf(project, name);
  const hearers = hearersOf(project, leaf);
  if (hearers.length === 0) {
    const where = leaf ? `alerts of ${leaf.name} and of rouse.yaml are` : "alerts of rouse.yaml is";
    context.stderr.write(`rouse: nobody is told: ${where} empty; docs/notifications.md says what may stand there\n`);
  }
  if (!options["test"]) {
    if (options["json"]) context.stdout.write(`${JSON.stringify(hearers, null, 2)}\n`);
    else context.stdout.write(table(hearers, ({ on }) => `hears of ${on ? on.join(", ") : "everything"}`));
    return 0;
  }
  if (hearers.length === 0) return 1;
  const { connection } = await openTarget(context, options);
  const work = withAws(project, () =>
    testAlerts(project, leaf, connection, { id: `test-${randomUUID()}`, signal: context.interrupted }).catch((error: unknown) => {
      if (!(error instanceof NotDeployed)) throw error;
      throw new UserError(`${error.message}\nDeploy it with: rouse deploy --env ${project.environment.name}`, 1);
    }),
  );
  const tried = await unlessInterrupted(context.interrupted, work);
  if (options["json"]) context.stdout.write(`${JSON.stringify(tried, null, 2)}\n`);
  else context.stdout.write(table(tried, resultOf(context, project.environment.name === "local")));
  return tried.every(({ ok }) => ok) ? 0 : 1;
}

function resultOf(context: CliContext, isLocal: boolean): (tried: Tried) => string {
  const paint = paintFor(context);
  const mail = isLocal ? "sent: mails of the embedded cloud are in .rouse/local/inbox" : "sent; SNS does not tell whether a mail arrives";
  return ({ ok, error, channel }) => (ok ? (channel === "email" ? mail : paint.green("reached")) : paint.red(error ?? "not reached"));
}

function table<T extends Hearer>(rows: readonly T[], last: (row: T) => string): string {
  const cells = rows.map((row) => [row.channel, row.to, row.from]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((cell) => cell[column]!.length)));
  return rows.map((row, index) => `${cells[index]!.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}  ${last(row)}\n`).join("");
}
