import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDnsLeaf, type Leaf, type Project } from "../../config/index.ts";
import { readWanted } from "../../deployment/assembly.ts";
import { TAGS } from "../../functions/shared/names.ts";
import { isTimeZone, instantsOf, wallTime } from "../../schedule/zone.ts";
import { readBootTimes, SimulationError, timesOf } from "../../simulation/boot-options.ts";
import { chartSvg } from "../../simulation/chart.ts";
import { moneyOf } from "../../simulation/cost.ts";
import { PATTERNS, type PatternName, visitsOf } from "../../simulation/patterns.ts";
import { resultOf } from "../../simulation/result.ts";
import { simulateInShards } from "../../simulation/shards.ts";
import { readTrace } from "../../simulation/trace.ts";
import { DAY, inOrder, type Visit } from "../../simulation/visits.ts";
import { costAssembly, tablesFor } from "../bill.ts";
import { type CliContext, unlessInterrupted, UserError } from "../command.ts";
import { isColored } from "../paint.ts";
import { progressFor } from "../progress.ts";
import { openProject } from "../project.ts";
import { type Report, simulationJson, simulationText } from "../simulation-text.ts";
import { findLeaf } from "../target.ts";

/** A Monday. Where nothing says when, every simulation is of the same days, and comes to the same. */
const MONDAY = Date.UTC(2026, 0, 5);

export interface SimulateOptions {
  readonly visits?: string;
  readonly pattern: PatternName;
  readonly days?: number;
  readonly scanners: number;
  readonly rate?: number;
  readonly requests: number;
  readonly timezone: string;
  readonly seed: number;
  readonly boot?: string[];
  readonly retry: number;
  readonly image: number;
  readonly minutes: number;
  readonly svg?: string;
  readonly json?: boolean;
}

export async function run(context: CliContext, [name]: string[], given: Record<string, unknown>): Promise<number> {
  const options = given as unknown as SimulateOptions;
  const { project } = await openProject(context, given);
  const only = name === undefined ? undefined : findLeaf(project, name);
  if (!isTimeZone(options.timezone)) throw new UserError(`--timezone takes a name such as Europe/Berlin, not ${JSON.stringify(options.timezone)}`);
  const names = project.leaves.map((leaf) => leaf.name);
  const boot = explained(() => readBootTimes(options.boot ?? [], names));
  const { visits, start, days } = visitsFor(context, project, only, options);
  const tables = tablesFor(project);
  const progress = progressFor(context);
  progress.step("Synthesizing the stacks");
  const assembly = await costAssembly(context, project);
  const stacks = readWanted(assembly).map(({ tags, ...stack }) => ({ ...stack, leaf: tags[TAGS.leaf] }));
  progress.step("Deploying them into a cloud in memory");
  const began = performance.now();
  const simulation = await unlessInterrupted(
    context.interrupted,
    simulateInShards({
      project,
      leaves: (only === undefined ? project.leaves : [only]).map((leaf) => leaf.name),
      assembly,
      stacks,
      visits,
      start,
      days,
      seed: options.seed,
      manners: { retry: options.retry * 1000, patience: PATIENCE_MS },
      times: Object.fromEntries(names.map((leaf) => [leaf, timesOf(leaf, boot)])),
      imageGb: options.image,
      minutes: options.minutes,
      onDay: (day) => progress.step(`Day ${day} of ${days}`),
    }),
  ).finally(() => progress.stop());
  const kindOf = (leaf: string): Leaf["kind"] => project.leaves.find((each) => each.name === leaf)!.kind;
  const results = simulation.leaves.map((leaf) => resultOf(leaf, kindOf(leaf.name), { start, days }));
  const money = moneyOf({
    stacks,
    pricesOf: (region) => tables.get(region),
    leaves: project.leaves.map(({ name: leaf, kind }) => ({ name: leaf, kind })),
    results,
    days,
    invocations: simulation.invocations,
    imageGb: options.image,
    minutes: options.minutes,
  });
  const report: Report = {
    project,
    results,
    money,
    start,
    days,
    options,
    lines: simulation.lines,
    seconds: (performance.now() - began) / 1000,
    only: only !== undefined,
    times: timesOf("", boot),
  };
  if (options.svg !== undefined) writeChart(resolve(context.directory, options.svg), report);
  const color = isColored(context, "stdout");
  context.stdout.write(options.json ? simulationJson(report) : simulationText(report, color));
  return 0;
}

function writeChart(file: string, { project, results, money, start, days, options }: Report): void {
  const who = options.visits === undefined ? `pattern ${options.pattern}` : options.visits;
  const title = `${project.base.name}, ${days} days, ${who}`;
  const svg = chartSvg({
    title,
    results,
    start,
    days,
    wall: (time) => wallTime(time, options.timezone),
    usd: (leaf) => money.leaves.find(({ name }) => name === leaf),
  });
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw new UserError(`cannot write the picture: ${(error as Error).message}`);
  }
}

/** After so long a user does not try any more. */
const PATIENCE_MS = 15 * 60_000;

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SimulationError) throw new UserError(error.message);
    throw error;
  }
}

/** Who comes, from when on, and for how many days. */
function visitsFor(
  context: CliContext,
  project: Project,
  only: Leaf | undefined,
  options: SimulateOptions,
): { visits: Visit[]; start: number; days: number } {
  const leaves = only === undefined ? project.leaves : [only];
  if (options.visits !== undefined) {
    const visits = traceFrom(resolve(context.directory, options.visits), project, options).filter(({ leaf }) =>
      leaves.some(({ name }) => name === leaf),
    );
    const first = visits[0]?.at ?? MONDAY;
    const start = midnightOf(first, options.timezone);
    const last = visits.reduce((latest, { at, ms }) => Math.max(latest, at + ms), start);
    return { visits, start, days: options.days ?? Math.max(1, Math.ceil((last - start) / DAY)) };
  }
  const start = midnightOf(MONDAY + DAY / 2, options.timezone);
  const days = options.days ?? 30;
  const { pattern, timezone, seed, scanners } = options;
  const visits = leaves.flatMap((leaf) =>
    leaf.kind === "task" || leaf.kind === "service"
      ? []
      : visitsOf(leaf.name, {
          pattern: PATTERNS[pattern],
          timezone,
          seed,
          start,
          days,
          scanners,
          bytesPerSecond: options.rate ?? usualRate(leaf),
          requestsPerMinute: options.requests,
        }),
  );
  return { visits: inOrder(visits), start, days };
}

/** Well above what the leaf takes for idleness. */
const usualRate = (leaf: Leaf): number => (isDnsLeaf(leaf) ? Math.max(1000, leaf.watchdog.idle.below * 3) : 1000);

function midnightOf(at: number, timezone: string): number {
  const wall = wallTime(at, timezone);
  const midnight = Math.floor(wall / DAY) * DAY;
  return instantsOf(midnight, timezone)[0] ?? midnight;
}

function traceFrom(file: string, project: Project, { rate, requests }: SimulateOptions): Visit[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UserError(`cannot read the visits: there is no ${file}`);
  }
  const trace = readTrace(text, { leaves: project.leaves.map(({ name }) => name), bytesPerSecond: rate ?? 5000, requestsPerMinute: requests });
  if (trace.ok) return trace.visits;
  const told = trace.problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new UserError(`${told.length === 1 ? "one mistake" : `${told.length} mistakes`} in the visits\n\n${told.join("\n")}`);
}
