import { isContainerLeaf, parseDuration } from "../../config/index.ts";
import { type LogLine, readLogs } from "../../operate/logs.ts";
import { type CliContext, UserError } from "../command.ts";
import { paintFor } from "../paint.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

/** `rouse logs <leaf>`: what its container has written. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const since = parseDuration(String(options["since"]));
  if (!since) throw new UserError(`--since ${String(options["since"])} is no duration; it takes one such as 30m, 12h or 7d`);
  const { project, connection } = await openTarget(context, options);
  const leaf = findLeaf(project, name!);
  if (!isContainerLeaf(leaf))
    throw new UserError(`${leaf.name} is made of parts that are not Rouse's (existing): its task definition says where its log is`);
  const paint = paintFor(context);
  const write = (line: LogLine): void => {
    const at = new Date(line.at).toISOString();
    const text = options["json"]
      ? JSON.stringify({ at, task: line.task, message: line.message })
      : `${paint.dim(`${at} ${line.task.slice(0, 8)}`)} ${line.message}`;
    context.stdout.write(`${text}\n`);
  };
  let lines = 0;
  const there = await withAws(project, () =>
    readLogs(project, leaf, connection, {
      since,
      follow: Boolean(options["follow"]),
      ...(typeof options["filter"] === "string" ? { filter: options["filter"] } : {}),
      signal: context.interrupted,
      onLine: (line) => (lines++, write(line)),
    }),
  );
  if (!there)
    throw new UserError(
      `${leaf.name} has no log in ${project.environment.name}: it is not deployed there\nDeploy it with: rouse deploy --env ${project.environment.name}`,
      1,
    );
  if (lines === 0 && !options["follow"]) context.stderr.write(`rouse: ${leaf.name} has written nothing in that time; --since 7d goes further back\n`);
  return 0;
}
