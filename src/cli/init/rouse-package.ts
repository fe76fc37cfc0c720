import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../../package.json" with { type: "json" };

/**
 * What a project asks npm for. Where this Rouse was installed as a package, the same version or a later one that is compatible; where
 * it runs from a clone, that folder: a version of a package that no registry has would fail, or be somebody else's.
 * @param directory the project's folder
 */
export function rousePackage(directory: string): { spec: string; local: boolean } {
  const root = packageRoot();
  if (root === undefined || root.split(sep).includes("node_modules")) return { spec: `^${packageJson.version}`, local: false };
  return { spec: `file:${relative(directory, root) || "."}`, local: true };
}

/** The folder of this package's own package.json, above the source as above dist/. */
function packageRoot(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return folder;
}
