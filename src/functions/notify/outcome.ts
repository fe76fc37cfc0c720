import type { Answer } from "./post.ts";

/** How one attempt ended. */
export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** In words, with nothing secret in it. */
      readonly error: string;
      /** False where the next attempt would end the same. */
      readonly again: boolean;
      /** Milliseconds that the receiver wants to be left alone. */
      readonly afterMs?: number;
    };

/**
 * What an answer means. 408, 429 and 5xx pass; every other refusal stays (Standard Webhooks, "Deliverability and reliability";
 * Discord developer documentation, "Rate limits"; Slack developer documentation, "Rate limits": both say Retry-After, in seconds).
 * @param url what of it is secret must not come back in the answer's text
 */
export function outcomeOf({ status, retryAfter, text }: Answer, url: string, now: number): Outcome {
  if (status >= 200 && status < 300) return { ok: true };
  const error = `HTTP ${status}${saidBy(text, url)}`;
  if (status !== 408 && status !== 429 && status < 500) return { ok: false, error, again: false };
  const afterMs = waitOf(retryAfter, now);
  return { ok: false, error, again: true, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Retry-After: seconds, or a date (RFC 9110, 10.2.3). */
function waitOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** One short line of what the receiver says, unless it tells the URL back: its path is the secret. */
function saidBy(text: string, url: string): string {
  const { pathname, search } = new URL(url);
  const secrets = `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= 6);
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "" || line.startsWith("<") || secrets.some((part) => line.includes(part) || line.includes(decodeURIComponent(part)))) return "";
  return `: ${line.replace(/[^\x20-\x7e]/g, "?").slice(0, 120)}`;
}
