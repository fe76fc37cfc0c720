import { type DeliveryLine, type HistoryLine, type NoticeLine, PHASES, type Phases, type SleptLine, type Waker } from "../functions/shared/record.ts";
import type { Alert, Wake } from "./history-types.ts";

/** @returns undefined for what is no line of a history: somebody may have written into the log by hand */
export function readLine(text: string): HistoryLine | undefined {
  let line: Record<string, unknown> | null;
  try {
    line = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null || typeof line["at"] !== "string") return undefined;
  return HAS.get(String(line["line"]))?.(line) ? (line as unknown as HistoryLine) : undefined;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const isOfWake = (line: Record<string, unknown>): boolean => typeof line["wake"] === "string" && isObject(line["woken"]) && isObject(line["phases"]);

/** What a line of each kind must have to be read. */
const HAS = new Map<string, (line: Record<string, unknown>) => boolean>([
  ["started", isOfWake],
  ["ready", isOfWake],
  ["slept", (line) => isOfWake(line) && typeof line["upSeconds"] === "number"],
  ["notice", ({ notice }) => isObject(notice)],
  ["delivery", ({ id }) => typeof id === "string"],
]);

type WakeLine = Extract<HistoryLine, { wake: string }>;

/**
 * Wakes and alerts from the lines of a history, the newest first. Lines may be there twice and in any order.
 * @param now milliseconds on the environment's clock: how long a wake that goes on has lasted
 */
export function foldHistory(leaf: string, lines: readonly HistoryLine[], now: number): { wakes: Wake[]; alerts: Alert[] } {
  const byWake = new Map<string, WakeLine[]>();
  for (const line of lines) if ("wake" in line) byWake.set(line.wake, [...(byWake.get(line.wake) ?? []), line]);
  const wakes = [...byWake].map(([id, own]) => wakeOf(leaf, id, own, now)).sort((a, b) => beganAt(b) - beganAt(a));
  return { wakes: wakes.map(onlyTheNewestGoesOn), alerts: alertsOf(lines) };
}

const beganAt = ({ phases, slept }: Wake): number => Date.parse(phases[0]?.at ?? slept?.at ?? "") || 0;

/** There is one instance or task at a time: a wake before the newest has ended, even where nobody has written so. */
function onlyTheNewestGoesOn(wake: Wake, index: number): Wake {
  return wake.slept === null && index > 0 ? { ...wake, upSeconds: null } : wake;
}

function wakeOf(leaf: string, id: string, lines: readonly WakeLine[], now: number): Wake {
  const slept = lines.find((line): line is SleptLine => line.line === "slept");
  const ready = lines.find(({ line }) => line === "ready");
  const told = slept ?? ready ?? lines[0]!;
  // What each line knows; of a phase that two of them know the last one knows better.
  const phases = inOrder(
    Object.assign({}, ...[lines.find(({ line }) => line === "started"), ready, slept].map((line) => line?.phases ?? {})) as Phases,
  );
  const known = PHASES.flatMap((name) => (phases[name] === undefined ? [] : [{ name, at: phases[name] }]));
  const usable = phases.published ?? (ready ? (phases.healthy ?? phases.running ?? ready.at) : undefined);
  const first = known[0]?.at;
  // Who it was is known while it runs, and may be forgotten afterwards.
  const { woken } = lines.find(({ woken: { who, what } }) => who ?? what) ?? told;
  const readyMs = usable === undefined || first === undefined ? null : Math.max(0, Date.parse(usable) - Date.parse(first));
  const isUsed = slept?.used === undefined ? null : slept.used.minutes > (slept.used.queriesOnly ?? 0);
  return {
    leaf,
    id,
    woken,
    wokenBy: wokenByWords(woken),
    phases: known,
    readyMs,
    address: (ready && "address" in ready && ready.address) || null,
    slept: slept ? { at: slept.at, why: slept.why, reason: slept.reason } : null,
    keptUp: slept ? keptUpWords(slept) : null,
    upSeconds: slept ? slept.upSeconds : first === undefined ? null : Math.max(0, Math.round((now - Date.parse(phases.desired ?? first)) / 1000)),
    usd: slept?.usd ?? null,
    isFalse: isUsed === null ? null : !isUsed,
    ...(slept?.exitCode === undefined ? {} : { exitCode: slept.exitCode }),
  };
}

/** Traffic is known by the minute, which may have begun before there was an address: nobody came before that. */
function inOrder(phases: Phases): Phases {
  const { published, traffic } = phases;
  return published !== undefined && traffic !== undefined && Date.parse(traffic) < Date.parse(published) ? { ...phases, traffic: published } : phases;
}

/** Who or what woke it, in words. */
export function wokenByWords({ by, who, subnet, what }: Waker): string {
  switch (by) {
    case "dns":
      return `DNS query from ${who ?? "an unknown resolver"}${subnet ? ` for ${subnet}` : ""}`;
    case "http":
      return `${what ?? "HTTP request"}${who ? ` from ${who}` : ""}`;
    case "event":
      return `event${what ? ` "${what}"` : ""}${who ? ` of ${who}` : ""}`;
    case "api":
      return `API request${who ? ` from ${who}` : ""}`;
    case "workflow":
      return `workflow${who ? ` ${who}` : ""}`;
    case "schedule":
      return `schedule${who ? ` ${who}` : ""}`;
    case "cli":
      return `${who ?? "a person"} (rouse)`;
    case "hand":
      return `by hand${who ? ` (${who})` : ""}`;
  }
}

function keptUpWords({ used, traffic }: SleptLine): string | null {
  if (used === undefined) return null;
  const { minutes, queriesOnly = 0, lastAt } = used;
  if (minutes === 0) return "nobody used it";
  if (minutes === queriesOnly) return `only DNS queries, in ${count(minutes, "minute")}`;
  const sum = traffic === undefined ? "" : `, ${traffic.unit === "bytes" ? bytes(traffic.sum) : count(traffic.sum, "request")} in all`;
  return `used in ${count(minutes - queriesOnly, "minute")}${lastAt ? `, the last at ${lastAt.slice(11, 16)}Z` : ""}${sum}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

function bytes(n: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [value, unit] = [n, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function alertsOf(lines: readonly HistoryLine[]): Alert[] {
  const notices = new Map<string, NoticeLine>();
  for (const line of lines) if (line.line === "notice" && !notices.has(line.notice.id)) notices.set(line.notice.id, line);
  const deliveries = lines.filter((line): line is DeliveryLine => line.line === "delivery");
  // Of two that are told in the same moment the later line is the newer one.
  return [...notices.values()]
    .reverse()
    .map(({ at, subject, notice }) => ({ at, subject, notice, deliveries: deliveriesOf(deliveries.filter(({ id }) => id === notice.id)) }))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** One for each place: where it worked at last, it worked. */
function deliveriesOf(lines: readonly DeliveryLine[]): Alert["deliveries"] {
  const places = new Map<string, DeliveryLine>();
  for (const line of lines) {
    const key = `${line.channel} ${line.to}`;
    if (!places.get(key)?.ok) places.set(key, line);
  }
  return [...places.values()].map(({ channel, to, ok, error, at }) => ({ channel, to, ok, at, ...(error === undefined ? {} : { error }) }));
}
