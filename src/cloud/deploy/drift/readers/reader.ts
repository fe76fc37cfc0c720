import type { ExistingResource, Properties, ResourceContext } from "../../providers/provider.ts";

/**
 * What a resource's service says of it, in the template's names for the properties (letters' case apart). Properties that it
 * leaves out are not compared; one that is undefined is one that is not set. @returns undefined where the resource is gone
 */
export type Reader = (context: ResourceContext, existing: ExistingResource) => Promise<Properties | undefined>;

export const list = <T = Properties>(value: unknown): T[] => (value as T[] | undefined) ?? [];

/** Only what is there under these names, present even where it is undefined: what was taken away is seen. */
export const named = (from: Properties, names: string): Properties =>
  Object.fromEntries(names.split(" ").map((name) => [name, from[name] ?? from[name.charAt(0).toLowerCase() + name.slice(1)]] as [string, unknown]));

/** Attributes `[{Key, Value}]` of those keys that the template sets. */
export const setIn = (property: unknown, live: Properties[]): Properties[] => {
  const keys = new Set(list(property).map((one) => String(one["Key"])));
  return live.filter((one) => keys.has(String(one["Key"])));
};

/** Tags as most operations of newer services give them. */
export const upperTags = (tags: unknown): Properties[] =>
  list<{ key: string; value?: string }>(tags).map(({ key, value }) => ({ Key: key, Value: value ?? "" }));
