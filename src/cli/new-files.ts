import { lstatSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { UserError } from "./command.ts";

/** A file that is to be: its path from the folder it goes into, with slashes, and its text. */
export interface NewFile {
  path: string;
  text: string;
}

/**
 * Writes all files or none. One that is there already, of any kind, stops it before anything is written, unless `force`.
 * What fails halfway (a full disk, a folder without permission) is taken back.
 * @throws UserError that lists what is in the way (exit code 2), or says what failed (1)
 */
export function writeNewFiles(directory: string, files: readonly NewFile[], { force }: { force: boolean }): void {
  const blocked = [...new Set(files.flatMap(({ path }) => fileInTheWay(directory, path)))];
  if (blocked.length > 0) throw new UserError(`nothing was written, because a folder is needed where a file is:\n${list(blocked)}`);
  const taken = files.filter(({ path }) => there(join(directory, path)));
  if (taken.length > 0 && !force) {
    const are = taken.length === 1 ? "this file is" : "these files are";
    throw new UserError(
      `nothing was written, because ${are} there already in ${directory}:\n${list(taken.map(({ path }) => path))}\n(--force overwrites.)`,
    );
  }
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of files) writeOne(join(directory, path), text, undo);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UserError(`nothing was written: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}

const list = (paths: string[]): string => paths.map((path) => `  ${path}`).join("\n");

function there(path: string): boolean {
  // A link that leads nowhere is there, too: writing through it would make a file elsewhere.
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A part of the path that is a file, where a folder has to be. */
function fileInTheWay(directory: string, path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  for (let length = 1; length <= parts.length; length++) {
    const part = parts.slice(0, length).join("/");
    const info = lstatSync(join(directory, part), { throwIfNoEntry: false });
    if (!info) return [];
    if (info.isFile()) return [part];
  }
  return [];
}

function writeOne(path: string, text: string, undo: (() => void)[]): void {
  makeFolder(dirname(path), undo);
  if (there(path)) {
    const before = readFileSync(path);
    undo.push(() => writeFileSync(path, before));
    writeFileSync(path, text);
    return;
  }
  // Not overwriting even what another program has made in this moment.
  writeFileSync(path, text, { flag: "wx" });
  undo.push(() => rmSync(path, { force: true }));
}

function makeFolder(path: string, undo: (() => void)[]): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  // From the innermost out; one that somebody has put something into stays.
  const made = [path];
  while (made.at(-1) !== first && made.at(-1)!.includes(sep)) made.push(dirname(made.at(-1)!));
  undo.push(() => {
    try {
      for (const folder of made) rmdirSync(folder);
    } catch {
      // It is not empty: not ours to remove.
    }
  });
}
