import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "./lock.ts";

/** A console that runs for a project. */
export interface RunningConsole {
  /** With its token: whoever can read it can steer. */
  readonly url: string;
  readonly pid: number;
}

const fileOf = (directory: string, environment: string): string => join(directory, ".rouse", environment, "console.json");

/** For `rouse open`. Only its owner can read it. */
export function writeConsole(directory: string, environment: string, console: RunningConsole): void {
  const file = fileOf(directory, environment);
  mkdirSync(dirname(file), { recursive: true });
  // A new file each time: the mode is for those that are made, not for one that is there.
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(console)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}

export function removeConsole(directory: string, environment: string): void {
  if (readConsole(directory, environment)?.pid === process.pid) rmSync(fileOf(directory, environment), { force: true });
}

/** @returns undefined where none runs; a file that a killed process left counts as none */
export function readConsole(directory: string, environment: string): RunningConsole | undefined {
  try {
    const found = JSON.parse(readFileSync(fileOf(directory, environment), "utf8")) as RunningConsole;
    return isAlive(found.pid) ? found : undefined;
  } catch {
    return undefined;
  }
}
