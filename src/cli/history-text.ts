import type { createColors } from "picocolors";
import type { History, Wake } from "../operate/history-types.ts";
import { span } from "../operate/words.ts";

interface Style {
  readonly paint: ReturnType<typeof createColors>;
  /** The phases of each wake, too. */
  readonly details: boolean;
  /** As it was asked for: `7d`. */
  readonly since: string;
}

/** Wakes of all leaves together, the newest first: aligned columns, and a line with the sums. */
export function historyText(histories: readonly History[], { paint, details, since }: Style): string {
  const wakes = histories.flatMap(({ wakes }) => wakes).sort((a, b) => beginning(b).localeCompare(beginning(a)));
  if (wakes.length === 0) return `Nothing was woken in the last ${since}.\n`;
  const several = histories.length > 1;
  const columns = (cells: Cells): string[] => [cells.when, ...(several ? [cells.leaf] : []), cells.ready, cells.up, cells.cost, cells.why];
  const headings = columns({ when: "WHEN", leaf: "LEAF", ready: "READY IN", up: "UP", cost: "COST", why: "WHY IT SLEPT" });
  const rows = wakes.map((wake) => columns(cellsOf(wake)));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  const lines = wakes.flatMap((wake, i) => [
    line(rows[i]!),
    paint.dim(`  ${wake.wokenBy}`) + (wake.isFalse ? paint.yellow("  nobody used it") : ""),
    ...(details ? phaseLines(wake).map((text) => paint.dim(`  ${text}`)) : []),
  ]);
  return `${[paint.dim(line(headings)), ...lines, "", totals(wakes, since)].join("\n")}\n`;
}

interface Cells {
  readonly when: string;
  readonly leaf: string;
  readonly ready: string;
  readonly up: string;
  readonly cost: string;
  readonly why: string;
}

const beginning = ({ phases, slept }: Wake): string => phases[0]?.at ?? slept?.at ?? "";

function cellsOf(wake: Wake): Cells {
  const { leaf, readyMs, slept, upSeconds, usd } = wake;
  return {
    when: minute(beginning(wake)),
    leaf,
    ready: readyMs === null ? "-" : duration(readyMs),
    up: upSeconds === null ? "-" : duration(upSeconds * 1000),
    cost: usd === null ? "-" : dollars(usd),
    why: slept?.reason ?? (upSeconds === null ? "not told" : "it is up"),
  };
}

/** Each phase with the time that it took: `noticed +2.1 s`. */
function phaseLines({ phases: known, keptUp, address }: Wake): string[] {
  // A task may be placed before Auto Scaling says that its instance is in service.
  const phases = known.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const steps = phases.map(({ name, at }, i) =>
    i === 0 ? `${name} ${at.slice(11, 23)}Z` : `${name} +${duration(Date.parse(at) - Date.parse(phases[i - 1]!.at))}`,
  );
  return [steps.join(" → "), ...(address ? [`reached at ${address}`] : []), ...(keptUp ? [`kept up: ${keptUp}`] : [])];
}

function totals(wakes: readonly Wake[], since: string): string {
  const sum = (of: (wake: Wake) => number): number => wakes.reduce((total, wake) => total + of(wake), 0);
  const unused = wakes.filter(({ isFalse }) => isFalse).length;
  const ready = wakes.flatMap(({ readyMs }) => readyMs ?? []).sort((a, b) => a - b);
  const parts = [
    `${wakes.length} ${wakes.length === 1 ? "wake" : "wakes"} in the last ${since}`,
    ...(unused > 0 ? [`${unused} of them unused`] : []),
    ...(ready.length > 0 ? [`ready in ${duration(ready[Math.floor((ready.length - 1) / 2)]!)} (median)`] : []),
    `up for ${duration(sum(({ upSeconds }) => upSeconds ?? 0) * 1000)}`,
    `${dollars(sum(({ usd }) => usd ?? 0))} for the hours up`,
  ];
  return parts.join(", ");
}

/** `2026-01-05 17:03Z`: UTC, the same for everybody who compares notes. */
const minute = (iso: string): string => (iso === "" ? "-" : `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`);

/** `850 ms`, `42 s`, `12 min`, `3 h 05 min`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
}

/** US dollars; what is less than a cent with as many digits as it needs. */
const dollars = (usd: number): string => (usd === 0 || usd >= 0.995 ? `$${usd.toFixed(2)}` : usd >= 0.00005 ? `$${usd.toFixed(4)}` : "< $0.0001");
