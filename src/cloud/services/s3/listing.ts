/** Keys in the order that S3 lists them: by their bytes in UTF-8. */
export const inOrder = <T extends { key: string }>(rows: T[]): T[] => rows.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));

export interface Page<T> {
  items: T[];
  prefixes: string[];
  /** The last key or common prefix on a page that others follow. */
  last?: string;
}

/**
 * One page of a listing: keys after `after`, with those that share a prefix up to the delimiter rolled into one
 * ("Organizing objects using prefixes"). A common prefix counts as one.
 * @param rows in order
 */
export function page<T extends { key: string }>(
  rows: readonly T[],
  { prefix = "", delimiter = "", after = "", max }: { prefix?: string; delimiter?: string; after?: string; max: number },
): Page<T> {
  const items: T[] = [];
  const prefixes: string[] = [];
  let last = "";
  for (const row of rows) {
    if (!row.key.startsWith(prefix)) continue;
    const end = delimiter === "" ? -1 : row.key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : row.key.slice(0, end + delimiter.length);
    if (common !== undefined && (common === prefixes.at(-1) || common === after)) continue;
    if (after !== "" && Buffer.compare(Buffer.from(row.key), Buffer.from(after)) <= 0) continue;
    if (items.length + prefixes.length >= max) return { items, prefixes, last };
    if (common === undefined) items.push(row);
    else prefixes.push(common);
    last = common ?? row.key;
  }
  return { items, prefixes };
}

/** As `encoding-type=url` asks for it. */
export const encoder = (type: string | undefined) => (text: string) => (type === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text);

/** Continuation tokens name the last key. */
export const tokenOf = (key: string): string => Buffer.from(key).toString("base64url");
export const keyOfToken = (token: string): string => Buffer.from(token, "base64url").toString();
