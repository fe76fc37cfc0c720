import { AwsError } from "../../core/errors.ts";
import { canonical } from "../template/diff.ts";
import type { Change, Properties } from "./provider.ts";

/** `{A: "replace", B: "replace"}` for "A B": a table of properties that one can read. */
export function properties(table: { replace?: string; update?: string }): Record<string, Change> {
  const names = (text = ""): string[] => text.split(/\s+/).filter(Boolean);
  return Object.fromEntries([
    ...names(table.replace).map((name): [string, Change] => [name, "replace"]),
    ...names(table.update).map((name): [string, Change] => [name, "update"]),
  ]);
}

/** Only the named members that are there. */
export function pick(from: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name] as unknown]));
}

/** All members but the named ones. */
export function omit(from: Properties, ...names: string[]): Properties {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}

/** The codes by which services say that something is not there, so that deleting it again is a success. */
const GONE =
  /NotFound|NoSuch|NotExist|ResourceNotFoundException|InvalidKeyPair\.NotFound|InvalidAssociationID|ClusterNotFoundException|HostedZoneNotFound|DoesNotExist/;

/** True for an error that says the resource is gone. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof AwsError && (GONE.test(error.code) || (error.code === "ValidationError" && /not found|does not exist/i.test(error.message)))
  );
}

/** Deletes, taking "it is not there" for success. */
export async function gone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

export interface Tag {
  Key: string;
  Value: string;
}

/** Tags as a list, whichever form they are in. */
export function tagList(tags: unknown): Tag[] {
  if (Array.isArray(tags)) return tags.map((tag: { Key: string; Value: string | number | boolean }) => ({ Key: tag.Key, Value: String(tag.Value) }));
  return Object.entries((tags as Record<string, unknown> | undefined) ?? {}).map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

export const tagMap = (tags: unknown): Record<string, string> => Object.fromEntries(tagList(tags).map((tag) => [tag.Key, tag.Value]));

/** What has to be set and what has to go, to come from one list of tags to the other. */
export function tagChanges(before: unknown, after: unknown): { set: Tag[]; remove: string[] } {
  const old = tagMap(before);
  const now = tagMap(after);
  return {
    set: tagList(after).filter((tag) => old[tag.Key] !== tag.Value),
    remove: Object.keys(old).filter((key) => !(key in now)),
  };
}

/** The items of `after` that are new, and those of `before` that are gone; compared by their whole value. */
export function listChanges<T>(before: readonly T[] | undefined, after: readonly T[] | undefined): { added: T[]; removed: T[] } {
  const keys = (list: readonly T[] | undefined): Set<string> => new Set((list ?? []).map(canonical));
  const [old, now] = [keys(before), keys(after)];
  return { added: (after ?? []).filter((item) => !old.has(canonical(item))), removed: (before ?? []).filter((item) => !now.has(canonical(item))) };
}
