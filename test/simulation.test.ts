import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatProblems, loadProject, type Project } from "../src/config/index.ts";
import { readWanted } from "../src/deployment/assembly.ts";
import { TAGS } from "../src/functions/shared/names.ts";
import { connectionTo } from "../src/operate/environment.ts";
import { readHistory } from "../src/operate/history.ts";
import type { History } from "../src/operate/history-types.ts";
import { BOOT_TIMES, type BootTimes } from "../src/simulation/boot-times.ts";
import { resultOf } from "../src/simulation/result.ts";
import { simulate, type SimulationInput, type SimulationRun } from "../src/simulation/simulate.ts";
import { DAY, HOUR, MINUTE, type Visit } from "../src/simulation/visits.ts";
import { synth } from "../src/stacks/synth.ts";
import { BASE, HELLO, root } from "./support/deployed.ts";

/** Simulated days against what can be worked out by hand, and against what the functions themselves have written down. */

const START = Date.UTC(2026, 0, 5);
/** No step has a spread: every wake takes the same time. */
const EXACT = Object.fromEntries(Object.entries(BOOT_TIMES).map(([name, time]) => [name, { ...time, spread: 0 }])) as unknown as BootTimes;
/** Query log, instance, agent, half a GB of image, container. */
const READY = 5 + 17 + 20 + 50 + 1;

let directory: string;
let project: Project;
let input: SimulationInput;
const visit = (at: number, minutes: number, more: Partial<Visit> = {}): Visit => ({
  leaf: "hello",
  kind: "user",
  at: START + at,
  ms: minutes * MINUTE,
  bytesPerSecond: 500,
  requestsPerMinute: 1,
  ...more,
});

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rouse-simulation-"));
  mkdirSync(join(directory, "leaves"));
  writeFileSync(join(directory, "rouse.yaml"), BASE);
  writeFileSync(join(directory, "leaves", "hello.yaml"), HELLO);
  const loaded = await loadProject({ directory, environment: "local", env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, { color: false }));
  ({ project } = loaded);
  const assembly = synth(project, join(directory, "cdk.out"), join(root, "dist", "functions"));
  const stacks = readWanted(assembly).map(({ name, tags }) => ({ name, leaf: tags[TAGS.leaf] }));
  const manners = { retry: 20_000, patience: 15 * MINUTE };
  const times = { hello: EXACT };
  input = { project, leaves: ["hello"], assembly, stacks, visits: [], start: START, days: 2, seed: 1, manners, times, imageGb: 0.5, minutes: 5 };
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("two days of one leaf", () => {
  let run: SimulationRun;
  let history: History;
  const visits = [visit(10 * HOUR, 30), visit(10 * HOUR + 10 * MINUTE, 5), visit(20 * HOUR, 0, { kind: "scanner" }), visit(34 * HOUR, 60)];
  beforeAll(async () => {
    const atEnd: SimulationInput["atEnd"] = async ({ cloud, clock }) => {
      const connection = connectionTo(project, { api: cloud.url, dns: `${cloud.dns.host}:${cloud.dns.port}` });
      history = await clock.during(readHistory(project, { name: "hello" }, connection, { sinceMs: 3 * DAY }));
    };
    run = await simulate({ ...input, visits, atEnd });
  }, 60_000);

  test("it wakes for each that comes while it sleeps, as soon as its steps allow", () => {
    const { ups } = run.leaves[0]!;
    expect(ups.map(({ asked }) => (asked - START) / HOUR)).toEqual([10, 20, 34]);
    expect(ups.map(({ ready, asked }) => (ready! - asked) / 1000)).toEqual([READY, READY, READY]);
    expect(run.lines).toEqual([]);
  });

  test("it stays up while it is used, and sleeps when it was idle for three minutes", () => {
    const [used, scanned, long] = run.leaves[0]!.ups;
    const minutes = ({ gone, ready }: typeof used & {}) => (gone! - ready!) / MINUTE;
    // The user is in at the next try after it is up and serves: 120 s after the query. Then thirty minutes, three of idleness that
    // begin with a full minute, and the stop.
    expect(minutes(used!)).toBeGreaterThan(30 + 3);
    expect(minutes(used!)).toBeLessThan(30 + 3 + 4);
    expect(minutes(scanned!)).toBeLessThan(3 + 4);
    expect(minutes(long!)).toBeGreaterThan(60 + 3);
  });

  test("a scanner's wake is a false one, and users are neither kept out nor cut off", () => {
    const result = resultOf(run.leaves[0]!, "dns", { start: START, days: 2 });
    expect(result).toMatchObject({ wakes: 3, falseWakes: 1, visits: 3, gaveUp: 0, cutOff: 0, readySeconds: { p50: READY, p95: READY } });
    expect(result.waitSeconds!.p95).toBe(120);
    expect(result.hoursByDay).toHaveLength(2);
    expect(result.hoursByDay[0]! + result.hoursByDay[1]!).toBeCloseTo(result.hoursAwake);
  });

  test("the functions' own history tells the same", () => {
    const wakes = history.wakes.toReversed();
    expect(wakes.map(({ slept, isFalse }) => [slept?.why, isFalse])).toEqual([
      ["idle", false],
      ["idle", true],
      ["idle", false],
    ]);
    const published = wakes.map(({ phases }) => Date.parse(phases.find(({ name }) => name === "published")!.at));
    // The record is written in the same moment; the line is, too.
    expect(published).toEqual(run.leaves[0]!.ups.map(({ ready }) => ready));
  });

  test("again it is the same, and functions in workers do what those in this thread do", async () => {
    expect(await simulate({ ...input, visits, inWorkers: true })).toEqual(run);
  }, 60_000);
});
