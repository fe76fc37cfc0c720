import { isTask } from "../../config/index.ts";
import { followRun, runTaskNow } from "../../operate/task-run.ts";
import { type CliContext, UserError, writeJson } from "../command.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findLeaf(project, name!);
  if (!isTask(leaf)) throw new UserError(`${leaf.name} is no scheduled task; rouse wake ${leaf.name} wakes it`);
  const say = (text: string): void => void context.stderr.write(`rouse: ${text}\n`);
  const here = project.environment.name === "local" ? "" : ` --env ${project.environment.name}`;

  const started = await withAws(project, () => runTaskNow(project, leaf, connection, { overlap: Boolean(options["overlap"]) }));
  if (started.kind === "going on") {
    const since = new Date(started.task.startedAt ?? started.task.createdAt).toISOString();
    if (options["json"]) writeJson(context, { leaf: leaf.name, started: false, since });
    say(`a run of ${leaf.name} goes on since ${since}, and nothing starts beside it (overlap: skip)`);
    say(`--overlap starts one all the same; rouse sleep ${leaf.name}${here} stops the one that runs`);
    return 1;
  }
  if (options["follow"] === false) {
    if (options["json"]) writeJson(context, { leaf: leaf.name, started: true });
    else context.stdout.write(`${leaf.name} runs; rouse status ${leaf.name}${here} tells how it goes\n`);
    return 0;
  }
  const ended = await withAws(project, () =>
    followRun(project, started, connection, {
      signal: context.interrupted,
      // What it prints is no JSON, and whoever waits for it may want to see it.
      onLine: (line) => void (options["json"] ? context.stderr : context.stdout).write(line.endsWith("\n") ? line : `${line}\n`),
      onReplaced: () => say("there is no spot capacity: it runs on demand"),
    }),
  );
  if (!ended) {
    say(`${leaf.name} goes on running; rouse status ${leaf.name}${here} tells how it goes, rouse sleep ${leaf.name}${here} stops it`);
    return 130;
  }
  if (options["json"]) writeJson(context, { leaf: leaf.name, started: true, exitCode: ended.exitCode ?? null, how: ended.how });
  if (ended.exitCode !== 0) say(`${leaf.name}: ${ended.how}`);
  return ended.exitCode ?? 1;
}
