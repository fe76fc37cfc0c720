import { createHash } from "node:crypto";

/** Which of two rules on the shared load balancer is looked at first, decided without knowing the other leaves. */

const BANDS = 5;
/** Rules that ask for a name (a host) are looked at before all that ask for a path alone. */
const HOSTS = 10_000;
const HIGHEST = 50_000;

/** Segments of a path pattern without wildcards: 2 in /api/auth/*. */
export const literalSegments = (pattern: string): number => pattern.split("/").filter((segment) => segment !== "" && !/[*?]/.test(segment)).length;

/**
 * The priority of a leaf's rule (1 is looked at first): a band by its pattern with the fewest literal segments, more of them
 * first, and a place in the band by the leaf's name; rules for one `host` come before all others. No other leaf changes it: leaves are deployed one by one.
 */
export function priorityOf(leaf: string, patterns: readonly string[], host?: string): number {
  const [start, band] = host === undefined ? [HOSTS, (HIGHEST - HOSTS) / BANDS] : [0, HOSTS / BANDS];
  const literals = Math.min(BANDS - 1, ...patterns.map(literalSegments));
  const hash = createHash("sha256").update(leaf).digest().readUInt32BE(0);
  return start + (BANDS - 1 - literals) * band + 1 + (hash % band);
}

/** Whether there is a path that both patterns match. */
export function overlap(a: string, b: string): boolean {
  const seen = new Set<number>();
  const meets = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return false;
    seen.add(key);
    if (i === a.length && j === b.length) return true;
    if (a[i] === "*" && (meets(i + 1, j) || (j < b.length && meets(i, j + 1)))) return true;
    if (b[j] === "*" && (meets(i, j + 1) || (i < a.length && meets(i + 1, j)))) return true;
    if (i === a.length || j === b.length || a[i] === "*" || b[j] === "*") return false;
    return (a[i] === "?" || b[j] === "?" || a[i] === b[j]) && meets(i + 1, j + 1);
  };
  return meets(0, 0);
}
