import type { CliContext, CommandSpec } from "../command.ts";
import { complete } from "./complete.ts";
import { namesIn } from "./names.ts";

/** As the scripts of @bomb.sh/tab understand it: nothing else fits, do not offer files. */
const NO_FILES = 4;

/** `rouse complete -- <words>`: what the shells' scripts ask. A word a line, a tab and what it is; at last a line for the shell. */
export async function answerShell({ directory, stdout }: CliContext, specs: readonly CommandSpec[], typed: readonly string[]): Promise<number> {
  const { words, files } = await complete(specs, typed, namesIn(directory));
  const lines = words.map(({ value, description }) => (description === "" ? value : `${value}\t${description}`));
  stdout.write(`${[...lines, `:${files ? 0 : NO_FILES}`].join("\n")}\n`);
  return 0;
}
