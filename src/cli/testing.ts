import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "./main.ts";

/** For tests of commands: the command line in this process, and folders to run it in. */

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  directory?: string;
  env?: Record<string, string>;
  /** Where somebody types; then there is a terminal. */
  stdin?: PassThrough & { isTTY?: boolean };
}

/** `rouse <argv>`, without a process of its own. */
export async function rouseHere(argv: string[], { directory = ".", env = {}, stdin }: RunOptions = {}): Promise<Ran> {
  const output = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof output) =>
    Object.assign(
      new PassThrough().on("data", (chunk) => (output[name] += String(chunk))),
      { isTTY: stdin !== undefined, columns: 80 },
    );
  const interrupted = new AbortController().signal;
  const code = await runCli(argv, { directory, env, ...(stdin ? { stdin } : {}), stdout: stream("stdout"), stderr: stream("stderr"), interrupted });
  await new Promise(setImmediate);
  return { code, ...output };
}

/** Temporary folders, gone after `remove`. */
export class Folders {
  private readonly made: string[] = [];

  with(files: Record<string, string> = {}): string {
    const directory = mkdtempSync(join(tmpdir(), "rouse-cli-"));
    this.made.push(directory);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    return directory;
  }

  remove(): void {
    for (const folder of this.made) rmSync(folder, { recursive: true, force: true });
  }
}
