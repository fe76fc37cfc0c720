import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { findLeaves } from "../../config/leaf-files.ts";
import type { Names } from "./complete.ts";

/**
 * Leaves and environments from the files' names and one look into rouse.yaml: nothing is checked, and what has mistakes still has its names.
 * @param directory where the command is typed
 */
export function namesIn(directory: string): Names {
  const folder = (dir: string | undefined): string => resolve(directory, dir?.replace(/^~(?=\/)/, process.env["HOME"] ?? "~") ?? ".");
  return {
    leaves: async (dir) => {
      const { leaves } = await readBase(folder(dir));
      const pattern = typeof leaves === "string" ? leaves : "leaves/*.yaml";
      const found = await findLeaves({ directory: folder(dir), pattern, environment: "", environments: undefined });
      return found.leaves.map(({ name }) => name);
    },
    environments: async (dir) => {
      const { environments } = await readBase(folder(dir));
      return [...new Set(["local", ...Object.keys(typeof environments === "object" && environments !== null ? environments : {})])];
    },
  };
}

async function readBase(folder: string): Promise<Record<string, unknown>> {
  for (const name of ["rouse.yaml", "rouse.yml"]) {
    try {
      const base = parse(await readFile(join(folder, name), "utf8"), { logLevel: "silent" }) as unknown;
      return typeof base === "object" && base !== null ? (base as Record<string, unknown>) : {};
    } catch {
      // Not there, or not YAML: somebody is in the middle of writing it.
    }
  }
  return {};
}
