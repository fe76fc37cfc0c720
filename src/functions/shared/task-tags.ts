import type { StopMark, TargetTag } from "./engine.ts";

/**
 * Values of the tags that functions put on tasks: `key=value` pairs with spaces between. Not JSON: a tag's value on ECS is
 * made of letters, digits, spaces and `_ . : / = + - @` (service-2.json of ECS in botocore, TagValue), at most 256.
 */
const write = (pairs: Record<string, string | number | boolean | undefined>): string =>
  Object.entries(pairs)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

const read = (text: string): Record<string, string | undefined> =>
  Object.fromEntries(text.split(/\s+/).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));

export const writeStopMark = ({ at, by, drain }: StopMark): string => write({ at, by, drain });

/** A mark that was made by hand is meant all the same. @param since when it counts from where it does not say, milliseconds */
export function readStopMark(text: string, since: number): StopMark {
  const { at, by, drain } = read(text);
  const dated = at !== undefined && !Number.isNaN(Date.parse(at));
  return { at: dated ? at : new Date(since).toISOString(), by: (by as StopMark["by"] | undefined) ?? "cli", drain: drain !== "false" };
}

export const writeTargetTag = ({ container, port, elsewhere }: TargetTag): string => write({ container, port, elsewhere });

export function readTargetTag(text: string): TargetTag {
  const { container, port, elsewhere } = read(text);
  return { ...(container ? { container } : {}), ...(port ? { port: Number(port) } : {}), ...(elsewhere === "true" ? { elsewhere: true } : {}) };
}
