import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { type CliContext, type CommandSpec, UserError } from "./command.ts";
import { commands } from "./commands.ts";

/** Runs `rouse <argv>` and sets the exit code. */
export async function main(argv: string[]): Promise<void> {
  const context = processContext();
  process.exitCode = await runCli(argv, context);
  // What was interrupted halfway (a deployment) may have left timers; nobody waits for them.
  if (context.interrupted.aborted) process.exit();
}

/** @returns the exit code: 0 done, 1 it did not work out, 2 the input is wrong, 130 interrupted */
export async function runCli(argv: string[], context: CliContext): Promise<number> {
  // Asked by a shell at a Tab, with words that are no command line yet.
  if (argv[0] === "complete" && argv[1] === "--") {
    const { answerShell } = await import("./completion/run.ts");
    return await answerShell(context, commands, argv.slice(2));
  }
  let exitCode = 0;
  const program = new Command("rouse")
    .description("Runs containers that start when somebody needs them and stop when nobody does.")
    .version(packageJson.version)
    .configureOutput({ writeOut: (text) => void context.stdout.write(text), writeErr: (text) => void context.stderr.write(text) })
    .showHelpAfterError("(rouse --help shows every command)")
    .exitOverride();
  for (const spec of commands) {
    addCommand(program, spec, async (args, options) => {
      const command = await spec.load();
      exitCode = await command.run(context, args, options);
    });
  }
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
  } catch (error) {
    // Commander has printed its own message; help and version end with 0, everything else is wrong input.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, context);
  }
  return exitCode;
}

function addCommand(program: Command, spec: CommandSpec, action: (args: string[], options: Record<string, unknown>) => Promise<void>): void {
  const command = program.command(spec.name).description(spec.summary);
  for (const argument of spec.arguments ?? []) command.argument(argument.syntax, argument.description);
  for (const option of spec.options ?? []) command.addOption(option);
  command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}`);
  command.action(async () => action(command.args, command.opts()));
}

function report(error: unknown, context: CliContext): number {
  if (error instanceof UserError) {
    context.stderr.write(`rouse: ${error.message}\n`);
    return error.exitCode;
  }
  const shown = context.env["ROUSE_DEBUG"] && error instanceof Error ? error.stack : error instanceof Error ? error.message : String(error);
  context.stderr.write(`rouse: ${shown}\n(ROUSE_DEBUG=1 shows where this comes from.)\n`);
  return 1;
}

function processContext(): CliContext {
  const abort = new AbortController();
  // Once each: the second Ctrl-C ends the process at once.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => abort.abort());
  // A reader that goes away early (`rouse status | head`) is no error, and nothing that was started may stay behind.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => abort.abort());
  // The SDK's advice about Node.js versions is for those who write programs with it, not for those who run them.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const interrupted = abort.signal;
  const { stdout, stderr, env } = process;
  // Opened only where somebody is asked.
  return {
    directory: process.cwd(),
    env,
    stdout,
    stderr,
    interrupted,
    get stdin() {
      return process.stdin;
    },
  };
}
