import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Node 20 has no `fs.glob` yet. */

/**
 * The files below `directory` that match a pattern of `*`, `?`, `**` (any folders) and `{a,b}`, sorted. Where the pattern ends in
 * `.yaml`, `.yml` matches too, so that a leaf is not overlooked because of its ending. Hidden folders and node_modules are left out.
 */
export async function findFiles(directory: string, pattern: string): Promise<string[]> {
  const wide = pattern.replace(/\.yaml$/, ".{yaml,yml}");
  const segments = wide.split("/").filter((segment) => segment !== "" && segment !== ".");
  const found = new Set<string>();
  await walk(pattern.startsWith("/") ? "/" : directory, segments, found);
  return [...found].sort();
}

async function walk(directory: string, [segment, ...rest]: string[], found: Set<string>): Promise<void> {
  if (segment === undefined) return;
  if (segment === "..") return walk(join(directory, ".."), rest, found);
  if (segment === "**") await walk(directory, rest, found);
  const shape = segment === "**" ? undefined : toRegExp(segment);
  // A folder that is not there or may not be read holds no leaves; that none was found is reported by the caller.
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const hidden = (entry.name.startsWith(".") && !segment.startsWith(".")) || entry.name === "node_modules";
    if (hidden || (shape && !shape.test(entry.name))) continue;
    const path = join(directory, entry.name);
    if (shape && rest.length === 0) {
      if (!entry.isDirectory()) found.add(path);
    } else if (entry.isDirectory()) {
      await walk(path, shape ? rest : [segment, ...rest], found);
    }
  }
}

function toRegExp(segment: string): RegExp {
  let depth = 0;
  const source = segment.replace(/[\\^$.|+()[\]*?{},]/g, (character) => {
    if (character === "*") return "[^/]*";
    if (character === "?") return "[^/]";
    if (character === "{") return depth++ === 0 ? "(?:" : "\\{";
    if (character === "}") return depth-- === 1 ? ")" : "\\}";
    if (character === ",") return depth > 0 ? "|" : ",";
    return `\\${character}`;
  });
  return new RegExp(`^${depth === 0 ? source : segment.replace(/[^a-zA-Z0-9]/g, "\\$&")}$`);
}
