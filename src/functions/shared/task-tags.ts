import type { StopMark, TargetTag, WokenTag } from "./engine.ts";

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

const LONGEST_TAG_VALUE = 256;

/** Who and what may hold anything: what a tag does not take is written as `=` and two hexadecimal digits for each byte. */
export function writeWokenTag({ at, seen, who, what }: WokenTag): string {
  const times = write({ at, seen });
  const room = LONGEST_TAG_VALUE - times.length - " who= what=".length;
  const client = who === undefined ? "" : cut(encoded(who), Math.min(room, 100));
  const request = what === undefined ? "" : cut(encoded(what), room - client.length);
  return [times, client && `who=${client}`, request && `what=${request}`].filter(Boolean).join(" ");
}

export function readWokenTag(text: string): WokenTag {
  const { at, seen, who, what } = read(text);
  return { ...(at ? { at } : {}), ...(seen ? { seen } : {}), ...(who ? { who: decoded(who) } : {}), ...(what ? { what: decoded(what) } : {}) };
}

const encoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => (/[A-Za-z0-9_.:/+@-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : hex(byte))).join("");

const hex = (byte: number): string => `=${byte.toString(16).padStart(2, "0")}`;

const decoded = (text: string): string =>
  Buffer.from(
    text.replace(/[^=]|=([0-9a-f]{2})?/g, (char, code?: string) => code ?? char.charCodeAt(0).toString(16).padStart(2, "0")),
    "hex",
  ).toString("utf8");

/** Not within a character that is written as three. */
const cut = (text: string, most: number): string => text.slice(0, most).replace(/=[0-9a-f]?$/, "");
