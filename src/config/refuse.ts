import { REQUIRED } from "./check.ts";
import { leafSchema } from "./leaf-schema.ts";
import { keyOf, nearest, type Path, problem, type Problem } from "./problems.ts";
import { at, has, isNull, keyPlaceOf, type MapTree, placeOf } from "./tree.ts";

export const SERVICES_ONLY: Path[] = [["scale"], ["visibility"], ["health", "grace"]];
export const ALWAYS_ONLY = "it belongs to a service that is always on";

export const DNS_ONLY = "it belongs to a leaf that a DNS query wakes";

/** An option that would do nothing is refused. */
export function refused(tree: MapTree, paths: readonly Path[], why: string, allowed: string): Problem[] {
  return paths
    .filter((path) => has(tree, path))
    .map((path) => problem(keyPlaceOf(tree, path), path, `${keyOf(path)} does not apply here: ${why}`, { allowed }));
}

const KNOWN = new Set(Object.keys(leafSchema.shape));

export function required(tree: MapTree, paths: readonly Path[], allowed?: string): Problem[] {
  return paths.flatMap((path) => {
    if (has(tree, path)) return [];
    const key = String(path.at(-1));
    // A misspelt key is reported as such, and would be the second mistake here.
    const around = at(tree, path.slice(0, -1));
    if (around?.kind === "map" && [...around.entries.keys()].some((each) => !KNOWN.has(each) && nearest(each, [key]))) return [];
    const more = allowed === undefined ? {} : { allowed };
    if (isNull(at(tree, path))) return [problem(keyPlaceOf(tree, path), path, `${REQUIRED}, and nothing stands here`, more)];
    return [problem(placeOf(tree, path), path, REQUIRED, more)];
  });
}
