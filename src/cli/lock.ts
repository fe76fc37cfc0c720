import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "./command.ts";

/**
 * Holds a folder for this process, from before it starts to work in it until the end: two clouds on the same state would
 * destroy it. A lock whose process is gone counts for nothing.
 * @returns what gives it up
 * @throws UserError naming the process that holds it
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  const take = (): void => writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
  try {
    take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) {
      throw new UserError(
        `an embedded cloud runs for this folder already (process ${holder})\nStop it first. If process ${holder} is something else, remove ${file}`,
        1,
      );
    }
    rmSync(file, { force: true });
    take();
  }
  const release = (): void => rmSync(file, { force: true });
  process.once("exit", release);
  return () => {
    process.removeListener("exit", release);
    release();
  };
}

function readHolder(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
