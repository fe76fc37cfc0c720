import { describe, expect, test } from "vitest";
import { ensureTask } from "../shared/ensure-task.ts";
import { taskId } from "../shared/seen-task.ts";
import { ENGINE, random } from "../testing/engines.ts";
import { FakeCloud, killAfter } from "../testing/fake-cloud.ts";
import { Scheduler } from "../testing/scheduler.ts";
import { converge } from "./converge.ts";
import type { Config } from "./observation.ts";

const DRAIN_MS = 30_000;
const HOUR_MS = 60 * 60_000;
const CHAOS_MS = 25 * 60_000;
const quiet = (): void => {};

interface Model {
  readonly cloud: FakeCloud;
  readonly config: Config;
  readonly errors: unknown[];
  invoke(): void;
  wake(): void;
  sleep(drain: boolean): void;
  /** From now on everything is delivered and nothing is killed. */
  calm(): void;
}

function model(seed: number): Model {
  const next = random(seed);
  const scheduler = new Scheduler(next);
  const cloud = new FakeCloud(scheduler, ENGINE, next, DRAIN_MS);
  const config: Config = {
    application: "arcade",
    environment: "prod",
    leaf: "auth",
    engine: ENGINE,
    idleMs: next() < 0.5 ? 0 : 5 * 60_000,
    leftUpMs: next() < 0.3 ? 10 * 60_000 : 0,
    leftUpStop: next() < 0.5,
    drainMs: DRAIN_MS,
    address: "",
    isMeasured: true,
    isRouted: true,
    hourUsd: "0.36",
  };
  const errors: unknown[] = [];
  let isCalm = false;

  const run = async (attempt: number): Promise<void> => {
    const guard = killAfter(!isCalm && next() < 0.3 ? Math.floor(next() * 30) : Infinity);
    try {
      await converge(cloud.worldFor(guard), config, scheduler.now + 240_000, quiet);
    } catch (error) {
      if (!/killed/.test(String(error))) errors.push(error);
      // Lambda invokes asynchronous functions twice more (AWS Lambda Developer Guide, "Error handling for asynchronous invocation").
      if (attempt < 3) scheduler.later(60_000, () => run(attempt + 1));
    }
  };
  const invoke = (): void => scheduler.later(next() * 2_000, () => run(1));
  cloud.onEvent = () => {
    if (!isCalm && next() < 0.1) return;
    invoke();
    if (next() < 0.2) scheduler.later(next() * 120_000, () => run(1));
  };
  cloud.onCheck = invoke;

  const wake = async (): Promise<void> => {
    const guard = killAfter(!isCalm && next() < 0.1 ? Math.floor(next() * 8) : Infinity);
    const by = next() < 0.8 ? "http" : "event";
    const until = scheduler.now + 120_000;
    while (scheduler.now < until) {
      if (cloud.request()) return;
      const ensured = await ensureTask(cloud.tasksFor(guard), ENGINE, { by, now: scheduler.now });
      if (ensured.kind === "crashed") return;
      await scheduler.wait(2_000);
    }
  };
  return {
    cloud,
    config,
    errors,
    invoke,
    wake: () => scheduler.spawn(wake),
    sleep: (drain) => {
      const [there] = cloud.living;
      if (!there) return;
      cloud.mark(there.arn, { at: new Date(scheduler.now).toISOString(), by: "cli", drain });
      cloud.onEvent();
    },
    calm: () => void (isCalm = true),
  };
}

async function chaos(seed: number): Promise<Model> {
  const made = model(seed);
  const { cloud } = made;
  const next = random(seed + 1_000_000);
  const end = cloud.scheduler.now + CHAOS_MS;
  while (cloud.scheduler.now < end) {
    const dice = next();
    if (dice < 0.5) for (let times = 1 + Math.floor(next() * 3); times > 0; times--) made.wake();
    else if (dice < 0.6) made.sleep(next() < 0.7);
    else if (dice < 0.7 && cloud.living[0]) cloud.die(cloud.living[0].arn);
    else if (dice < 0.8) made.invoke();
    else cloud.request();
    await cloud.scheduler.run(cloud.scheduler.now + next() * 90_000);
  }
  made.calm();
  // Time for what is under way, then the hourly look, and time for what follows from it.
  await cloud.scheduler.run(cloud.scheduler.now + 5 * 60_000);
  made.invoke();
  await cloud.scheduler.run(cloud.scheduler.now + 12 * 60_000);
  return made;
}

describe("tasks that start, die and are told of late, twice or never; functions that are killed at any call, at once", () => {
  test.each(Array.from({ length: 50 }, (_, block) => block * 12))("leave nothing wrong (seeds from %i)", async (from) => {
    for (let seed = from; seed < from + 12; seed++) {
      const { cloud, errors } = await chaos(seed);
      const about = `seed ${seed}`;
      expect(errors, about).toEqual([]);
      expect(cloud.wrongs, about).toEqual([]);

      const living = cloud.living;
      // No marked task is left over; a running one is registered, and nothing else is.
      expect(
        living.filter(({ mark }) => mark?.by !== "idle" && mark),
        about,
      ).toEqual([]);
      const registered = cloud.targets.filter(({ drainedAt }) => drainedAt === undefined || drainedAt > cloud.scheduler.now);
      const serving = registered.filter(({ drainedAt }) => drainedAt === undefined).map(({ address }) => address);
      expect(serving, about).toEqual(living.filter(({ lastStatus, mark }) => lastStatus === "RUNNING" && !mark).map(({ address }) => address));
      const world = cloud.worldFor(() => {});
      let targets: readonly { state: string }[] = [];
      cloud.scheduler.spawn(async () => void (targets = await world.targets()));
      await cloud.scheduler.run(cloud.scheduler.now + 1_000);
      if (cloud.started > 0 || cloud.rule !== "other") {
        if (targets.some(({ state }) => state === "healthy")) expect(cloud.rule, about).toBe("service");
        if (serving.length === 0) expect(cloud.rule, about).not.toBe("service");
      }
      if (living.length === 0) expect(cloud.check, about).toBeUndefined();

      // One message per occasion, and none that says the opposite of what is.
      const locks = cloud.announced.map(({ occasion, task }) => `${occasion} ${task}`);
      expect(new Set(locks).size, about).toBe(locks.length);
      expect(cloud.told.length, about).toBeLessThanOrEqual(locks.length);
      const ups = cloud.announced.filter(({ occasion }) => occasion === "up");
      const gone = ups.filter(({ task }) => !living.some(({ arn }) => taskId(arn) === task));
      const stops = cloud.announced.filter(({ occasion }) => occasion === "stopped");
      expect(new Set(stops.map(({ task }) => task)), about).toEqual(new Set(gone.map(({ task }) => task)));
      expect(cloud.told.filter((subject) => subject.includes("is up")).length, about).toBeLessThanOrEqual(ups.length);
    }
  });
});

test("without chaos every occasion has its message, and an engine that nobody uses falls asleep", async () => {
  const made = model(7);
  const { cloud, config } = made;
  made.calm();
  cloud.isRough = false;
  const { scheduler } = cloud;
  cloud.onEvent = cloud.onCheck = () =>
    scheduler.later(10, () => converge(cloud.worldFor(quiet), { ...config, idleMs: 5 * 60_000, leftUpMs: 0 }, scheduler.now + 240_000, quiet));
  made.wake();
  await scheduler.run(scheduler.now + 3 * 60_000);
  expect(cloud.rule).toBe("service");
  const used = cloud.requests.at(-1)!;
  expect(used).toBeGreaterThan(0);
  await scheduler.run(used + 7 * 60_000);
  expect(cloud.rule).toBe("service");
  await scheduler.run(scheduler.now + HOUR_MS);
  expect(cloud.tasks).toHaveLength(1);
  expect(cloud.living).toEqual([]);
  expect(cloud.rule).toBe("doorman");
  expect(cloud.targets.filter(({ drainedAt }) => !drainedAt)).toEqual([]);
  expect(cloud.check).toBeUndefined();
  expect(cloud.told).toEqual(["auth is up", "auth has stopped: nobody used it"]);
  expect(cloud.wrongs).toEqual([]);
});
