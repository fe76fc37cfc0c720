import { createColors } from "picocolors";
import type { Project } from "../config/index.ts";
import { wallTime } from "../schedule/zone.ts";
import { type BootTimes, PHASE_NAMES } from "../simulation/boot-times.ts";
import type { Money } from "../simulation/cost.ts";
import { PATTERNS } from "../simulation/patterns.ts";
import type { LeafResult } from "../simulation/result.ts";
import type { SimulateOptions } from "./commands/simulate.ts";

export interface Report {
  readonly project: Project;
  readonly results: readonly LeafResult[];
  readonly money: Money;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly days: number;
  readonly options: SimulateOptions;
  /** Of all leaves that have none of their own. */
  readonly times: BootTimes;
  readonly lines: readonly string[];
  /** That it took. */
  readonly seconds: number;
  /** One leaf, and nothing of what is shared. */
  readonly only: boolean;
}

type Paint = ReturnType<typeof createColors>;

const day = (at: number, timezone: string): string => new Date(wallTime(at, timezone)).toISOString().slice(0, 10);

/** A simulation in words. */
export function simulationText(report: Report, color: boolean): string {
  const paint = createColors(color);
  const { project, options, start, days } = report;
  const who = options.visits === undefined ? `pattern ${options.pattern}: ${PATTERNS[options.pattern].what}` : `visits of ${options.visits}`;
  return [
    `${project.base.name}, ${days} ${days === 1 ? "day" : "days"} from ${day(start, options.timezone)} (${options.timezone}), simulated in ${report.seconds.toFixed(1)} s\n${who}\n`,
    table(report, paint),
    moneyText(report, paint),
    usersText(report.results),
    paint.dim(assumedText(report)),
    ...(report.lines.length === 0 ? [] : [`${paint.yellow("The cloud said:")}\n${[...new Set(report.lines)].slice(0, 10).join("\n")}\n`]),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function table({ results, money, only, days }: Report, paint: Paint): string {
  const headings = ["LEAF", "WAKES", "FALSE", "READY P50", "P95", "HOURS AWAKE", "OF ALL", "A MONTH", "ALWAYS ON"];
  const rows = results.map((leaf) => {
    const cost = money.leaves.find(({ name }) => name === leaf.name)!;
    return [
      leaf.name,
      leaf.kind === "service" ? "on" : String(leaf.wakes),
      leaf.falseWakes === null ? "-" : String(leaf.falseWakes),
      seconds(leaf.readySeconds?.p50),
      seconds(leaf.readySeconds?.p95),
      leaf.hoursAwake.toFixed(1),
      `${((leaf.hoursAwake / (days * 24)) * 100).toFixed(1)} %`,
      `$${cost.month.toFixed(2)}`,
      `$${cost.always.toFixed(2)}`,
    ];
  });
  if (!only) {
    const { shared, total } = money;
    rows.push(["shared", "", "", "", "", "", "", `$${shared.month.toFixed(2)}`, `$${shared.always.toFixed(2)}`]);
    rows.push(["together", "", "", "", "", "", "", `$${total.month.toFixed(2)}`, `$${total.always.toFixed(2)}`]);
  }
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  const written = rows.map((row, i) => (!only && i === rows.length - 1 ? paint.bold(line(row)) : line(row)));
  return `${[paint.dim(line(headings)), ...written].join("\n")}\n`;
}

const seconds = (value: number | undefined): string => (value === undefined ? "-" : value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`);

function moneyText({ money, results, only }: Report, paint: Paint): string {
  const [leaf] = money.leaves;
  const { month, always } = only && leaf ? leaf : money.total;
  const saved = always - month;
  if (results.length === 0 || always <= 0) return "";
  return `${paint.bold(`$${saved.toFixed(2)} less a month than always on`)}, ${Math.round((saved / always) * 100)} % of $${always.toFixed(2)}.\n`;
}

/** Only what is not as it should be, beside the waits. */
function usersText(results: readonly LeafResult[]): string {
  const lines = results.flatMap(({ name, visits, waitSeconds, gaveUp, cutOff }) => {
    if (visits === 0) return [];
    const waits =
      waitSeconds === null
        ? "nobody got in"
        : `half of the users were in within ${seconds(waitSeconds.p50)}, 95 % within ${seconds(waitSeconds.p95)}`;
    const bad = [...(gaveUp > 0 ? [`${gaveUp} gave up`] : []), ...(cutOff > 0 ? [`${cutOff} were cut off`] : [])];
    return [`  ${name}: ${visits} ${visits === 1 ? "visit" : "visits"}; ${[waits, ...bad].join("; ")}`];
  });
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function assumedText({ times, options }: Report): string {
  const steps = PHASE_NAMES.map((name) => {
    const { seconds: median, what } = times[name];
    return `  ${name.padEnd(9)}  ${`${Number(median.toPrecision(3))} s`.padStart(6)}  ${what}`;
  });
  const scanners = options.visits === undefined ? `${options.scanners} queries or requests of bots a day and leaf (--scanners); ` : "";
  return `Assumed, medians (--boot; sources in docs/simulating.md):\n${steps.join("\n")}\n${scanners}images of ${options.image} GB (--image); seed ${options.seed} (--seed).\nCosts are those of rouse cost, with the simulated hours, queries and invocations.\n`;
}

/** The same for programs. */
export function simulationJson({ project, results, money, start, days, options, times, lines, seconds: took }: Report): string {
  const leaves = results.map(({ ups, ...leaf }) => ({
    ...leaf,
    usd: money.leaves.find(({ name }) => name === leaf.name)!,
    ups: ups.map(({ asked, by, launched, ready, gone, users }) => ({
      by,
      asked: iso(asked),
      launched: iso(launched),
      ready: ready === undefined ? null : iso(ready),
      gone: gone === undefined ? null : iso(gone),
      users,
    })),
  }));
  const about = { application: project.base.name, environment: project.environment.name, start: iso(start), days, seconds: took };
  const assumed = { ...options, times: Object.fromEntries(PHASE_NAMES.map((name) => [name, times[name]])) };
  const all = { ...about, leaves, shared: money.shared, total: money.total, currency: "USD", assumed, messages: lines };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

const iso = (at: number): string => new Date(at).toISOString();
