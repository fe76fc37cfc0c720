import type { Console } from "../../console/server.ts";
import { leafStatus } from "../../operate/observe.ts";
import { type CliContext, untilInterrupted } from "../command.ts";
import { paintFor } from "../paint.ts";
import { readConsole, removeConsole, writeConsole } from "../console-file.ts";
import { openUrl } from "../open-url.ts";
import { serveConsole } from "../serve-console.ts";
import { openTarget, withAws } from "../target.ts";

/** Beside the one of `rouse up`. */
const DEFAULT_PORT = 4601;

/** `rouse console`: serves the console of an environment until Ctrl-C. */
export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const { directory, environment, base } = project;
  const running = readConsole(directory, environment.name);
  if (running) {
    context.stdout.write(
      `The console of ${environment.name} is there already${environment.name === "local" ? " (rouse up serves it)" : ""}:\n  ${running.url}\n`,
    );
    return 0;
  }
  // Somebody who has to sign in hears it here, and not from a page.
  const [leaf] = project.leaves;
  if (environment.name !== "local" && leaf) await withAws(project, () => leafStatus(project, leaf, connection));
  const served: Console = await serveConsole(context, project, connection, {
    port: Number(options["port"] ?? DEFAULT_PORT),
    elsewhere: options["port"] === undefined,
  });
  try {
    writeConsole(directory, environment.name, { url: served.url, pid: process.pid });
    const paint = paintFor(context);
    context.stdout.write(`${paint.bold(`Console of ${base.name} in ${environment.name}`)}\n  ${served.url}\n${paint.dim("Ctrl-C stops it.")}\n`);
    if (options["open"]) await openUrl(context, served.url);
    await untilInterrupted(context.interrupted);
  } finally {
    removeConsole(directory, environment.name);
    await served.close();
  }
  return 0;
}
