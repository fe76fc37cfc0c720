import type { Notice, Occasion } from "../shared/notice.ts";
import type { Letter } from "./letter.ts";

/** Facts of a notice that have a place of their own in a message, in words. */
export function factsOf(notice: Notice | undefined): { readonly name: string; readonly value: string }[] {
  if (!notice) return [];
  const { address, upSeconds, usd } = notice;
  return [
    ...(address === undefined ? [] : [{ name: "Address", value: address }]),
    ...(upSeconds === undefined ? [] : [{ name: "Up for", value: upFor(upSeconds) }]),
    ...(usd === undefined ? [] : [{ name: "Cost", value: dollars(usd) }]),
  ];
}

/** The log's last lines, unless the text has them already. */
export function logOf({ notice, body }: Letter): string | undefined {
  const lines = notice?.log ?? [];
  return lines.length === 0 || body.includes(lines.at(-1)!) ? undefined : lines.join("\n");
}

/** `arcade · prod` */
export const placeOf = ({ notice }: Letter): string => (notice ? `${notice.application} · ${notice.environment}` : "Rouse");

export function upFor(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const dollars = (usd: number): string => (usd > 0 && usd < 0.005 ? `$${usd.toPrecision(1)}` : `$${usd.toFixed(2)}`);

/** At most so many characters (UTF-16 units, as Discord and Slack count at the most), with an ellipsis where something is missing. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

/** The end is what matters in a log. */
export const cutStart = (text: string, most: number): string =>
  text.length <= most ? text : `…${text.slice(text.length - most + 1).replace(/^[\uDC00-\uDFFF]/, "")}`;

/** Nothing in a code block ends it. */
export const inFence = (text: string): string => text.replaceAll("```", "'''");

const GOOD = new Set<Occasion | undefined>(["ready", "test"]);
const BAD = new Set<Occasion | undefined>(["crashed", "run-failed", "deployment-failed"]);
const WARNING = new Set<Occasion | undefined>(["left-up", "unplaced"]);

/** How it looks: green, red, yellow or grey. */
export const toneOf = ({ occasion }: Letter): "good" | "bad" | "warning" | "calm" =>
  GOOD.has(occasion) ? "good" : BAD.has(occasion) ? "bad" : WARNING.has(occasion) ? "warning" : "calm";
