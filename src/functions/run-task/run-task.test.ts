import { describe, expect, test } from "vitest";
import type { Capacity, RunAnswer } from "../shared/ensure-task.ts";
import { runTaskInput } from "../shared/aws-tasks.ts";
import type { RunSpec } from "../shared/run-spec.ts";
import type { SeenTask } from "../shared/seen-task.ts";
import { startedByTick, tickOf } from "../shared/start-run.ts";
import { arnOf, ENGINE, stopped, task } from "../testing/engines.ts";
import { type Event, type Letter, readEvent, retryAfter, runTask, type RunWorld } from "./run-task.ts";

const SPEC: RunSpec = { ...ENGINE, leaf: "report", overlap: "skip", retries: 2, input: { environment: {} } };
const SPOT: Capacity = { providers: [{ name: "FARGATE_SPOT", weight: 1, base: 0 }] };
const SCHEDULE = "arn:aws:scheduler:us-west-2:111111111111:schedule/arcade-report/run";
const AT = "2026-01-05T07:00:00Z";
const TICK: Event = { schedule: SCHEDULE, at: AT };
const NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone";

class AwsError extends Error {
  readonly $metadata: { httpStatusCode: number };
  constructor(name: string, status: number, message = name) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

/** ECS as far as a start sees it; one token is one task. */
class Fake implements RunWorld {
  time = 1_000_000;
  tasks: SeenTask[] = [];
  asked: { token: string; on: string }[] = [];
  letters: Letter[] = [];
  skips = 0;
  stops: string[] = [];
  changed: number | undefined = 0;
  /** What RunTask answers, in turn, before it starts something. */
  problems: (RunAnswer | Error)[] = [];
  /** Runs in the moment in which RunTask is called. */
  meanwhile: () => void = () => {};
  private readonly byToken = new Map<string, SeenTask>();

  now = (): number => this.time;
  sleep = (ms: number): Promise<void> => Promise.resolve(void (this.time += ms));
  changedAt = (): Promise<number | undefined> => Promise.resolve(this.changed);
  skipped = (): Promise<void> => Promise.resolve(void this.skips++);
  bury = (letter: Letter): Promise<void> => Promise.resolve(void this.letters.push(letter));
  runs = {
    look: () => Promise.resolve([...this.tasks]),
    describe: (arns: readonly string[]) => Promise.resolve(this.tasks.filter(({ arn }) => arns.includes(arn))),
    stop: (arn: string) => Promise.resolve(void this.stops.push(arn)),
    run: (token: string, capacity: Capacity, startedBy: string): Promise<RunAnswer> => {
      this.asked.push({ token, on: "launchType" in capacity ? capacity.launchType : capacity.providers[0]!.name });
      const answer = this.problems.shift();
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer) return Promise.resolve(answer);
      const known = this.byToken.get(token);
      const fresh = known ?? task(`new-${this.byToken.size}`, { createdAt: this.time, startedBy });
      this.byToken.set(token, fresh);
      this.meanwhile();
      if (!known) this.tasks.push(fresh);
      return Promise.resolve({ task: fresh });
    },
  };
}

const run = async (fake: Fake, spec: RunSpec = SPEC, event: Event = TICK, untilMs = 600_000): Promise<string[]> => {
  const said: string[] = [];
  await runTask(fake, spec, event, fake.time + untilMs, (decision) => said.push(decision));
  return said;
};

describe("a tick", () => {
  test("starts one run, which says of which tick it is", async () => {
    const fake = new Fake();
    expect(await run(fake)).toEqual(["started"]);
    expect(fake.tasks.map(({ startedBy }) => tickOf(startedBy))).toEqual([AT]);
  });

  test("that comes again starts nothing more: not beside its run, not after it, and is no skip", async () => {
    const fake = new Fake();
    await Promise.all([run(fake), run(fake)]);
    await run(fake);
    expect(fake.tasks).toHaveLength(1);
    fake.tasks[0] = { ...fake.tasks[0]!, lastStatus: "STOPPED", desiredStatus: "STOPPED" };
    expect(await run(fake)).toEqual(["started"]);
    // ECS has forgotten the task, and not yet the token.
    fake.tasks = [];
    await run(fake);
    expect(new Set(fake.asked.map(({ token }) => token)).size).toBe(1);
    expect(fake.skips).toBe(0);
  });

  test("of two schedules at the same time is one run with skip, and two with allow", async () => {
    const other: Event = { schedule: `${SCHEDULE}-2`, at: AT };
    const skip = new Fake();
    await Promise.all([run(skip), run(skip, SPEC, other)]);
    expect(skip.tasks).toHaveLength(1);
    const allow = new Fake();
    await Promise.all([run(allow, { ...SPEC, overlap: "allow" }), run(allow, { ...SPEC, overlap: "allow" }, other)]);
    expect(allow.tasks).toHaveLength(2);
  });

  test.each<[string, Partial<SeenTask>]>([
    ["runs", {}],
    ["starts", { lastStatus: "PROVISIONING" }],
    ["is stopping, and still there", { desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" }],
  ])("while another run %s is skipped, and counted", async (_what, changes) => {
    const fake = new Fake();
    fake.tasks = [task("before", changes)];
    expect(await run(fake)).toEqual(["skipped: the run before goes on"]);
    expect([fake.asked, fake.skips, fake.letters]).toEqual([[], 1, []]);
  });

  test("in the moment in which a person starts a run: the younger one of both goes", async () => {
    const fake = new Fake();
    fake.meanwhile = () => void fake.tasks.push(task("cli", { createdAt: fake.time - 1, startedBy: "rouse/cli" }));
    expect(await run(fake)).toEqual(["another run was there", "skipped: the run before goes on"]);
    expect(fake.stops).toEqual([arnOf("new-0")]);
    const younger = new Fake();
    younger.meanwhile = () => void younger.tasks.push(task("cli", { createdAt: younger.time + 1 }));
    expect(await run(younger)).toEqual(["started"]);
    expect(younger.stops).toEqual([]);
  });

  test("of a rate that comes with its making is the deployment's, and runs nothing", async () => {
    const fake = new Fake();
    fake.changed = Date.parse(AT);
    const rate: Event = { ...TICK, rate: true };
    expect(await run(fake, SPEC, rate)).toEqual([expect.stringContaining("not run")]);
    fake.changed = Date.parse(AT) - 300_000;
    expect(await run(fake, SPEC, rate)).toEqual(["started"]);
  });
});

describe("a start that fails", () => {
  test.each<[string, RunAnswer | Error]>([
    ["no room", { failures: ["RESOURCE:MEMORY"] }],
    ["no capacity", { failures: [NO_CAPACITY] }],
    ["no capacity, as an error", new AwsError("ClientException", 400, NO_CAPACITY)],
    ["throttling", new AwsError("ThrottlingException", 400, "Rate exceeded")],
    ["a fault of ECS", new AwsError("ServerException", 500)],
    ["a broken connection", new Error("ECONNRESET")],
  ])("for %s is tried again, later and later", async (_what, problem) => {
    const fake = new Fake();
    fake.problems = [problem, problem];
    const before = fake.time;
    expect(await run(fake)).toEqual(["not started", "not started", "started"]);
    expect(fake.time - before).toBe(6_000);
  });

  test("again and again is a letter that says why, when it was to run, and how often it was tried", async () => {
    const fake = new Fake();
    fake.problems = Array.from({ length: 3 }, () => ({ failures: ["RESOURCE:MEMORY"] }));
    await run(fake);
    expect(fake.letters).toEqual([
      { ERROR_CODE: "TaskFailedToStart", ERROR_MESSAGE: "RESOURCE:MEMORY", RETRY_ATTEMPTS: "2", SCHEDULED_TIME: AT, SCHEDULE_ARN: SCHEDULE },
    ]);
  });

  test("for what stays wrong is not tried again", async () => {
    const fake = new Fake();
    fake.problems = [new AwsError("AccessDeniedException", 400, "not authorized to perform: ecs:RunTask")];
    await run(fake);
    expect(fake.letters).toMatchObject([{ ERROR_CODE: "AccessDeniedException", RETRY_ATTEMPTS: "0" }]);
  });

  test("is not tried for longer than the function runs", async () => {
    const fake = new Fake();
    fake.problems = Array.from({ length: 20 }, () => ({ failures: ["AGENT"] }));
    await run(fake, { ...SPEC, retries: 10 }, TICK, 60_000);
    expect(fake.letters).toHaveLength(1);
    expect(fake.time - 1_000_000).toBeLessThan(60_000);
    expect(Array.from({ length: 10 }, (_, index) => retryAfter(index + 1)).reduce((a, b) => a + b)).toBeLessThan(580_000);
  });
});

describe("spot capacity", () => {
  const spec: RunSpec = { ...SPEC, capacity: SPOT };
  test.each<[string, RunAnswer | Error]>([
    ["a failure", { failures: [NO_CAPACITY] }],
    ["an error", new AwsError("ClientException", 400, NO_CAPACITY)],
  ])("that is not there, told as %s, is made up for at once, under a token of its own", async (_what, problem) => {
    const fake = new Fake();
    fake.problems = [problem];
    expect(await run(fake, spec)).toEqual(["no spot capacity", "started"]);
    expect(fake.asked.map(({ on }) => on)).toEqual(["FARGATE_SPOT", "FARGATE"]);
    expect(fake.asked[0]!.token).not.toBe(fake.asked[1]!.token);
  });

  test("that is not there, told by the task's end: one run on demand takes its place, however often that is asked for", async () => {
    const fake = new Fake();
    const gone = stopped("gone", 900_000, {
      stopCode: "TaskFailedToStart",
      stoppedReason: NO_CAPACITY,
      capacity: "FARGATE_SPOT",
      startedBy: startedByTick(AT),
    });
    fake.tasks = [gone];
    for (let i = 0; i < 3; i++) await run(fake, spec, { insteadOf: gone.arn });
    expect(fake.tasks.slice(1).map(({ startedBy }) => startedBy)).toEqual([startedByTick(AT)]);
    expect(fake.asked.map(({ on }) => on)).toEqual(["FARGATE", "FARGATE", "FARGATE"]);
  });
});

test("what nobody sends is refused", () => {
  for (const event of [undefined, {}, { schedule: SCHEDULE }, { schedule: SCHEDULE, at: "<aws.scheduler.scheduled-time>" }])
    expect(() => readEvent(event)).toThrow("no tick");
  expect(readEvent(TICK)).toBe(TICK);
});

test("a run is told its input over the leaf's own settings, and nothing where there is none", () => {
  const run = { token: "t", capacity: SPEC.capacity, startedBy: "x" };
  expect(runTaskInput(SPEC, { ...run, input: SPEC.input }).overrides).toBeUndefined();
  expect(runTaskInput(SPEC, { ...run, input: { command: ["a"], environment: { B: "c" } } }).overrides).toEqual({
    containerOverrides: [{ name: "auth", command: ["a"], environment: [{ name: "B", value: "c" }] }],
  });
});
