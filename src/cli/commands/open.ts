import { type CliContext, UserError } from "../command.ts";
import { readConsole } from "../console-file.ts";
import { openUrl } from "../open-url.ts";
import { openProject } from "../project.ts";

/** `rouse open`: the console that runs, in the browser. */
export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  const { name } = project.environment;
  const running = readConsole(project.directory, name);
  if (!running) {
    const start = name === "local" ? "rouse up" : `rouse console --env ${name}`;
    throw new UserError(`no console of ${name} runs for ${project.directory}\nStart it with: ${start}`, 1);
  }
  context.stdout.write(options["json"] ? `${JSON.stringify({ url: running.url })}\n` : `${running.url}\n`);
  if (!options["print"] && !options["json"]) await openUrl(context, running.url);
  return 0;
}
