import type { Readable } from "node:stream";
import type { Command, Option } from "commander";

/** What a command writes to, and where it runs: given in, so that a test can look at it. */
export interface CliContext {
  directory: string;
  env: Record<string, string | undefined>;
  /** Where a person types. Absent, or no terminal: nobody is asked. */
  stdin?: Readable & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Aborted when the user asks to stop (Ctrl-C, SIGTERM), or when nobody reads the output any more. */
  interrupted: AbortSignal;
}

/** A command as data: `--help`, parsing and checks come from it. Its handler's module is loaded when the command runs. */
export interface CommandSpec {
  name: string;
  summary: string;
  /** Positional arguments in commander's notation: `<leaf>`, `[dir]`. */
  arguments?: { syntax: string; description: string }[];
  options?: Option[];
  /** Shown at the end of `--help`. */
  examples: string[];
  /** @returns the exit code */
  load(): Promise<{ run(context: CliContext, args: string[], options: Record<string, unknown>): Promise<number> }>;
}

/** Something that the user can mend: printed as it is, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;
  /** @param exitCode 2 for wrong input (the default), 1 for something that did not work out */
  constructor(message: string, exitCode = 2) {
    super(message);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}

/** What `--json` prints of a command that does one thing: an object, on one line for programs that read lines. */
export const writeJson = ({ stdout }: Pick<CliContext, "stdout">, result: unknown): void => void stdout.write(`${JSON.stringify(result)}\n`);

/** Waits until the user asks to stop. */
export const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));

/** `work`, or the end of waiting for it as soon as the user asks to stop. @throws UserError with exit code 130 */
export function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const stopped = untilInterrupted(signal).then(() => {
    throw new UserError("interrupted", 130);
  });
  return Promise.race([work, stopped]);
}

export type { Command };
