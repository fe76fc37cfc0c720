import type { Path, Place } from "./problems.ts";

/** A YAML value that still knows where each of its parts was written. */
export type Tree = MapTree | ListTree | ScalarTree;

export interface MapTree {
  readonly kind: "map";
  readonly at: Place;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: Place;
  readonly value: Tree;
}

export interface ListTree {
  readonly kind: "list";
  readonly at: Place;
  readonly items: readonly Tree[];
}

export interface ScalarTree {
  readonly kind: "scalar";
  readonly at: Place;
  readonly value: string | number | boolean | null;
  /** As it was written: `1.20`, where the value is the number 1.2. */
  readonly source?: string;
  /** A `${VAR}` was put in. */
  readonly interpolated?: boolean;
}

export const emptyMap = (at: Place): MapTree => ({ kind: "map", at, entries: new Map() });
export const isNull = (tree: Tree | undefined): boolean => tree?.kind === "scalar" && tree.value === null;

/** Maps merge deeply, lists and scalars replace. A null stays, so that what it removed can be explained; `toPlain` leaves it out. */
export function merge(under: Tree, over: Tree): Tree {
  if (under.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(under.entries);
  for (const [name, entry] of over.entries) {
    const existing = entries.get(name);
    entries.set(name, existing ? { key: entry.key, value: merge(existing.value, entry.value) } : entry);
  }
  return { kind: "map", at: under.at, entries };
}

/** The plain value. Keys that are null are absent; scalars at paths for which `asWritten` holds keep the text they were written as. */
export function toPlain(tree: Tree, asWritten: (path: Path) => boolean, path: Path = []): unknown {
  if (tree.kind === "list") return tree.items.map((item, index) => toPlain(item, asWritten, [...path, index]));
  if (tree.kind === "scalar") return tree.source !== undefined && asWritten(path) ? tree.source : tree.value;
  const present = [...tree.entries].filter(([, entry]) => !isNull(entry.value));
  return Object.fromEntries(present.map(([name, entry]) => [name, toPlain(entry.value, asWritten, [...path, name])]));
}

/** A tree with each scalar replaced by what `change` makes of it. */
export function mapScalars(tree: Tree, change: (scalar: ScalarTree, path: Path) => ScalarTree, path: Path = []): Tree {
  if (tree.kind === "scalar") return change(tree, path);
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item, index) => mapScalars(item, change, [...path, index])) };
  const entries = [...tree.entries].map(
    ([name, entry]) => [name, { key: entry.key, value: mapScalars(entry.value, change, [...path, name]) }] as const,
  );
  return { ...tree, entries: new Map(entries) };
}

/** The part at a path, undefined where there is none. */
export function at(tree: Tree | undefined, path: Path): Tree | undefined {
  let part = tree;
  for (const step of path) {
    if (part?.kind === "map" && typeof step === "string") part = part.entries.get(step)?.value;
    else if (part?.kind === "list" && typeof step === "number") part = part.items[step];
    else return undefined;
  }
  return part;
}

/** Where the value at a path stands, or, where it is missing, the nearest thing around it. */
export function placeOf(tree: Tree, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const part = at(tree, path.slice(0, length));
    if (part) return part.at;
  }
  return tree.at;
}

/** Where the key (not its value) at a path stands. */
export function keyPlaceOf(tree: Tree, path: Path): Place {
  const parent = at(tree, path.slice(0, -1));
  const last = path.at(-1);
  const entry = parent?.kind === "map" && typeof last === "string" ? parent.entries.get(last) : undefined;
  return entry?.key ?? placeOf(tree, path);
}

/** The text at a path, undefined where there is none or something else. */
export function textAt(tree: Tree | undefined, path: Path): string | undefined {
  const part = at(tree, path);
  return part?.kind === "scalar" && typeof part.value === "string" ? part.value : undefined;
}

/** Whether something other than null stands at a path. */
export function has(tree: Tree | undefined, path: Path): boolean {
  const part = at(tree, path);
  return part !== undefined && !isNull(part);
}
