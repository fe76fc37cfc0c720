import type { Wake } from "../../operate/history-types.ts";
import type { LeafStatus } from "../../operate/leaf-state.ts";

/** Words and figures of the page. Pure: times are milliseconds. */

/** `42 s`, `4 min`, `3 h 05 min`, `2 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.round(minutes / 1440)} days`;
}

/** For phases of a wake, which may be short: `850 ms`, `2.1 s`, `42 s`. */
export function shortDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return duration(ms);
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const DAY_MS = 86_400_000;

/** `14:05` of the same day, `Tuesday 14:05` of the last six days, else `5 Jan 14:05`; as clocks where the page is show it. */
export function when(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = `${two(then.getHours())}:${two(then.getMinutes())}`;
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(today) - midnight(then)) / DAY_MS);
  if (days === 0) return time;
  if (days > 0 && days < 7) return `${DAYS[then.getDay()]} ${time}`;
  return `${then.getDate()} ${then.toLocaleString("en", { month: "short" })} ${time}`;
}

/** `14:05:09.250`, as clocks where the page is show it. */
export function clockOf(at: string): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${parts.map(two).join(":")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A sentence from elsewhere, with the times in it as the page shows them: `starts again 2026-01-06T20:49:12.000Z`. */
export const withLocalTimes = (text: string, now: number): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => when(Date.parse(at), now));

const two = (n: number): string => String(n).padStart(2, "0");

/** What a leaf does, since when, until when: `sleeps in 4 min`. */
export function stateWords({ state, since }: Pick<LeafStatus, "state" | "since">, sleepsAt: string | null, now: number): string {
  const at = since === null ? undefined : Date.parse(since);
  switch (state) {
    case "awake":
      if (sleepsAt !== null) return `sleeps in ${duration(Date.parse(sleepsAt) - now)}`;
      return at === undefined ? "" : `for ${duration(now - at)}`;
    case "waking":
    case "falling asleep":
      return at === undefined ? "" : `for ${duration(now - at)}`;
    case "asleep":
    case "crashed":
      return at === undefined ? "" : `since ${when(at, now)}`;
    case "not deployed":
      return "";
  }
}

/** Subjects of mails say `idle`; here is room for a sentence. */
export const whySlept = ({ why, reason }: NonNullable<Wake["slept"]>): string => (why === "idle" && reason === "idle" ? "nobody used it" : reason);

/** US dollars: `$0.02`; what is less than a cent but something: `< $0.01`. */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.005) return "< $0.01";
  return `$${usd.toFixed(2)}`;
}

/** `1.2 kB/s`, `14 requests`. */
export function amount(value: number, unit: "bytes/s" | "requests"): string {
  if (unit === "requests") return `${Math.round(value)} ${Math.round(value) === 1 ? "request" : "requests"}`;
  if (value < 1000) return `${Math.round(value)} B/s`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} kB/s`;
  return `${(value / 1_000_000).toFixed(1)} MB/s`;
}

/** What is in front of everything else: what is wrong, then what is up. */
const RANK: Record<LeafStatus["state"], number> = { crashed: 0, waking: 1, awake: 2, "falling asleep": 3, asleep: 4, "not deployed": 5 };

export const byUrgency = (a: LeafStatus, b: LeafStatus): number => RANK[a.state] - RANK[b.state] || a.name.localeCompare(b.name);

/** `1 awake, 4 asleep`. */
export function totals(states: readonly LeafStatus["state"][]): string {
  const order: LeafStatus["state"][] = ["crashed", "waking", "awake", "falling asleep", "asleep", "not deployed"];
  return order
    .map((state) => ({ state, n: states.filter((one) => one === state).length }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => `${n} ${state}`)
    .join(", ");
}
