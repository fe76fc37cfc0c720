import type { Option } from "commander";
import type { CommandSpec } from "../command.ts";

/** A word that may stand where the cursor is. */
export interface Word {
  readonly value: string;
  readonly description: string;
}

export interface Completions {
  readonly words: readonly Word[];
  /** A file or a folder may stand there; the shell knows those. */
  readonly files: boolean;
}

/** Names that are only in the project's files; asked for where they are needed. */
export interface Names {
  /** @param directory `--dir`, where it has been typed */
  leaves(directory: string | undefined): Promise<readonly string[]>;
  environments(directory: string | undefined): Promise<readonly string[]>;
}

const NOTHING: Completions = { words: [], files: false };
const FILES: Completions = { words: [], files: true };
const HELP: Word = { value: "--help", description: "what the command takes" };

/**
 * What may stand at the end of a command line.
 * @param typed the words after `rouse`; the last one is the one that is being typed, empty where none has begun
 */
export async function complete(specs: readonly CommandSpec[], typed: readonly string[], names: Names): Promise<Completions> {
  const [before, current] = [typed.slice(0, -1), typed.at(-1) ?? ""];
  const spec = specs.find(({ name }) => name === before[0]);
  if (!spec)
    return before.length > 0 ? NOTHING : starting(specs.map(({ name, summary }) => ({ value: name, description: summary })).concat(HELP), current);
  const options = spec.options ?? [];
  const { values, waiting, positionals } = parsed(options, before.slice(1));
  const inline = /^(--[^=]+)=(.*)$/s.exec(current);
  if (inline) return withPrefix(await valuesOf(optionOf(options, inline[1]!), inline[2]!, values, names), `${inline[1]}=`);
  if (waiting) return valuesOf(waiting, current, values, names);
  if (current.startsWith("-")) return starting([...options.filter(({ hidden }) => !hidden).map(wordOf), HELP], current);
  const own = spec.arguments ?? [];
  const last = own.at(-1);
  const argument = own[positionals] ?? (last?.syntax.includes("...") ? last : undefined);
  if (!argument) return NOTHING;
  if (/^[<[]leaf/.test(argument.syntax)) return starting(namedWords(await names.leaves(values.get("--dir"))), current);
  if (/^[<[]shell/.test(argument.syntax)) return starting(namedWords(["bash", "zsh", "fish", "powershell"]), current);
  return FILES;
}

const wordOf = ({ long, short, description }: Option): Word => ({ value: long ?? short ?? "", description });
const namedWords = (values: readonly string[]): Word[] => values.map((value) => ({ value, description: "" }));
const starting = (words: readonly Word[], prefix: string): Completions => ({
  words: words.filter(({ value }) => value.startsWith(prefix)),
  files: false,
});
const withPrefix = ({ words, files }: Completions, prefix: string): Completions => ({
  words: words.map(({ value, description }) => ({ value: `${prefix}${value}`, description })),
  files,
});
const optionOf = (options: readonly Option[], flag: string): Option | undefined => options.find(({ long, short }) => long === flag || short === flag);
const takesValue = (option: Option): boolean => option.required || option.optional;

/** Options with their values, an option whose value is still to come, and how many other words there are. */
function parsed(options: readonly Option[], words: readonly string[]): { values: Map<string, string>; waiting?: Option; positionals: number } {
  const values = new Map<string, string>();
  let waiting: Option | undefined;
  let positionals = 0;
  for (const word of words) {
    const [flag, value] =
      word.startsWith("-") && !waiting ? [word.split("=")[0]!, word.includes("=") ? word.slice(word.indexOf("=") + 1) : undefined] : [];
    if (waiting) {
      values.set(waiting.long!, word);
      waiting = undefined;
    } else if (flag === undefined) positionals++;
    else if (value !== undefined) values.set(flag, value);
    else {
      const option = optionOf(options, flag);
      if (option && takesValue(option)) waiting = option;
    }
  }
  return { values, positionals, ...(waiting ? { waiting } : {}) };
}

async function valuesOf(option: Option | undefined, current: string, values: ReadonlyMap<string, string>, names: Names): Promise<Completions> {
  if (!option) return NOTHING;
  if (option.long === "--env") return starting(namedWords(await names.environments(values.get("--dir"))), current);
  if (option.argChoices) return starting(namedWords(option.argChoices), current);
  return /<(dir|folder|file)>/.test(option.flags) ? FILES : NOTHING;
}
