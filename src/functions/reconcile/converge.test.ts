import { describe, expect, test } from "vitest";
import type { Message } from "../shared/aws-tell.ts";
import type { UnwatchedMark } from "../shared/marks.ts";
import type { HistoryLine } from "../shared/record.ts";
import { converge, type World } from "./converge.ts";
import { isUp } from "./watchdog.ts";
import { type Observation, type ObservedInstance, type ObservedTask, type Published, shouldBe } from "./reconcile.ts";

const about = {
  application: "arcade",
  environment: "prod",
  leaf: "minecraft",
  domain: "minecraft.example.com",
  ports: ["25565/tcp"],
  idleAlarm: "idle",
  leftUpAlarm: "left-up",
  leftUp: { after: 28_800, stop: false },
  idleBelow: 1000,
  hourUsd: "0.1",
  healthCheck: false,
  bootMs: 0,
};
const quiet = () => {};

const instance = (id: string, lifecycle: string): ObservedInstance => ({ id, lifecycle, state: "running", address: `203.0.113.${id.slice(2)}` });
const task = (instanceId: string, lastStatus = "RUNNING", desiredStatus = "RUNNING"): ObservedTask => ({ instanceId, lastStatus, desiredStatus });
const state = (desired: number, instances: ObservedInstance[], tasks: ObservedTask[]): Observation => ({ desired, instances, tasks, marks: {} });

/** A wake, an idle stop, a wake during the shutdown, and a stop: each state follows the one before at an event. */
const LIFE: Observation[] = [
  state(0, [], []),
  state(1, [], []),
  state(1, [instance("i-1", "Pending")], []),
  state(1, [instance("i-1", "InService")], []),
  state(1, [instance("i-1", "InService")], [task("i-1")]),
  state(0, [instance("i-1", "InService")], [task("i-1")]),
  state(0, [instance("i-1", "Terminating:Wait")], [task("i-1")]),
  state(0, [instance("i-1", "Terminating:Wait")], [task("i-1", "STOPPING", "STOPPED")]),
  state(1, [instance("i-1", "Terminating:Wait"), instance("i-2", "Pending")], [task("i-1", "STOPPING", "STOPPED")]),
  state(1, [instance("i-1", "Terminating:Wait"), instance("i-2", "InService")], [task("i-2")]),
  state(1, [instance("i-2", "InService")], [task("i-2")]),
  state(0, [instance("i-2", "Terminating:Wait")], [task("i-2", "RUNNING", "STOPPED")]),
  state(0, [], []),
];

const NAMES = ["idle", "left-up"];

/** Route 53, ECS, Auto Scaling and CloudWatch as far as the function sees them. `pause` is how long each call takes. */
class Fake {
  state = LIFE[0]!;
  alarms: ReadonlySet<string> = new Set();
  leftUpSince: number | undefined;
  canPut = true;
  now = 0;
  stops = 0;
  records: Published = { address: "0.0.0.0", announced: "asleep" };
  readonly told: string[] = [];
  readonly lines: HistoryLine[] = [];
  private readonly pause: () => Promise<void>;
  constructor(pause: () => Promise<void> = async () => {}) {
    this.pause = pause;
  }

  /** The answer is what was so at some time during the call: the pause is on both sides of it. */
  private async call<T>(answer: () => T): Promise<T> {
    await this.pause();
    const value = answer();
    await this.pause();
    return value;
  }

  get world(): World {
    return {
      observe: async (_before, whenKnown) => {
        whenKnown?.(await this.call(() => this.state.desired));
        return await this.call(() => this.state);
      },
      published: () => this.call(() => this.records),
      swap: (before, after) =>
        this.call(() => {
          if (this.records.address !== before.address || this.records.announced !== before.announced) return false;
          this.records = after;
          return true;
        }),
      activities: () => this.call(() => []),
      use: () => Promise.resolve([]),
      tail: () => Promise.resolve([]),
      record: async (...lines) => void this.lines.push(...lines),
      tell: (message: Message) =>
        this.call(() => void this.told.push(`${message.subject} ${/\((address .*)\)/.exec(message.body)?.[1] ?? ""}`.trim())),
      used: () => Promise.resolve(),
      watchdog: this.watchdog,
      now: () => this.now,
    };
  }

  private get watchdog(): World["watchdog"] {
    const since = (name: string) => (name === "left-up" && this.leftUpSince !== undefined ? { since: this.leftUpSince } : {});
    return {
      look: () => this.call(() => [...this.alarms].map((name) => ({ name, description: "", ...since(name) }))),
      lacking: (found) => NAMES.filter((wanted) => !found.some(({ name }) => name === wanted)),
      put: (names) =>
        this.call(() => {
          if (!this.canPut) throw new Error("LimitExceeded");
          this.alarms = new Set([...this.alarms, ...names]);
        }),
      remove: (names) => this.call(() => void (this.alarms = new Set([...this.alarms].filter((name) => !names.includes(name))))),
      mark: (unwatched: UnwatchedMark) => this.call(() => void (this.state = { ...this.state, marks: { ...this.state.marks, unwatched } })),
      stop: () => this.call(() => void (this.stops += 1)),
    };
  }

  /** Both alarms of a leaf that is up, none of one that sleeps. */
  get isWatchedRight(): boolean {
    return this.alarms.size === (isUp(this.state, shouldBe(this.state, this.records, false)) ? 2 : 0);
  }

  event = (): Promise<void> => converge(this.world, about, quiet);

  get isRight(): boolean {
    const { address, announced } = shouldBe(this.state, this.records, false);
    return address === this.records.address && announced === this.records.announced;
  }
}

/** Numbers that look random, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("events in order", () => {
  test("each occasion is announced once, though every event comes three times", async () => {
    const fake = new Fake();
    for (const next of LIFE) {
      fake.state = next;
      for (let times = 0; times < 3; times++) await fake.event();
      expect([fake.isRight, fake.isWatchedRight]).toEqual([true, true]);
    }
    expect(fake.told).toEqual([
      "minecraft is starting",
      "minecraft is up address 203.0.113.1",
      "minecraft has stopped: reason unknown",
      "minecraft is starting",
      "minecraft is up address 203.0.113.2",
      "minecraft has stopped: reason unknown",
    ]);
  });
});

describe("events that come late, twice, at once and in any order", () => {
  // A handler knows nothing of its event, so any order of delivery is some assignment of runs to times: each state's two
  // runs begin anywhere from its change until long after the last one, and overlap as they like.
  test.each(Array.from({ length: 300 }, (_, seed) => seed))("leave the record right (seed %i)", async (seed) => {
    const next = random(seed);
    const wait = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const pause = (): Promise<void> => wait(Math.floor(next() * 6));
    const fake = new Fake(pause);
    const last = Math.floor(next() * LIFE.length);
    const runs: Promise<void>[] = [];
    const late = async (): Promise<void> => {
      for (let waits = Math.floor(next() * 12); waits > 0; waits--) await pause();
      await fake.event();
    };
    for (const present of LIFE.slice(0, last + 1)) {
      fake.state = present;
      runs.push(late(), late());
      // From its look to its write a round takes up to ten turns here, and a leaf stays up for longer than that. (On AWS: a
      // run ends after 30 s, and no watchdog stops a leaf within a minute. See docs/decisions/0011-record-writer.md.)
      await wait(12);
    }
    await Promise.all(runs);
    expect([fake.isRight, fake.isWatchedRight]).toEqual([true, true]);
    expect(fake.records.address).toBe(shouldBe(LIFE[last]!, fake.records, false).address);
    const ups = fake.told.filter((line) => line.includes(" is up "));
    expect(new Set(ups).size).toBe(ups.length);
    expect(fake.told.filter((line) => line.endsWith("is starting")).length).toBeLessThanOrEqual(2);
    expect(fake.told.filter((line) => line.includes("has stopped")).length).toBeLessThanOrEqual(2);
  });
});

test("with all of the group's events lost, the tasks' alone leave the record right", async () => {
  const fake = new Fake();
  let tasks = "";
  for (const next of LIFE) {
    fake.state = next;
    const before = tasks;
    tasks = JSON.stringify(next.tasks);
    if (tasks !== before) await fake.event();
  }
  expect([fake.records.address, fake.alarms.size]).toEqual(["0.0.0.0", 0]);
});

test("a record that will not come to rest is an error, so that Lambda tries again", async () => {
  const fake = new Fake();
  fake.state = LIFE[4]!;
  await expect(converge({ ...fake.world, swap: async () => false }, about, quiet)).rejects.toThrow("did not come to rest");
});

describe("the watchdog", () => {
  const up = state(1, [{ ...instance("i-1", "InService"), launchedAt: 1000 }], [task("i-1")]);
  const down = state(0, [instance("i-1", "Terminating:Wait")], [task("i-1")]);
  const PUBLISHED = { address: "203.0.113.1", announced: "up i-1" };

  test("is there before the address is published", async () => {
    const fake = new Fake();
    fake.state = up;
    const there: number[] = [];
    const { world } = fake;
    await converge({ ...world, swap: (...to) => (there.push(fake.alarms.size), world.swap(...to)) }, about, quiet);
    expect(there).toEqual([2]);
  });

  test("is there while there is no instance yet, and gone as soon as the leaf is not wanted any more", async () => {
    const fake = new Fake();
    fake.state = state(1, [], []);
    await fake.event();
    expect(fake.alarms.size).toBe(2);
    fake.state = down;
    await fake.event();
    expect([fake.alarms.size, fake.records.announced]).toEqual([0, "asleep"]);
  });

  test("of a leaf that is woken while its alarms are being deleted is there in the end", async () => {
    const fake = new Fake();
    [fake.state, fake.alarms] = [down, new Set(NAMES)];
    const { watchdog } = fake.world;
    const remove = async (names: readonly string[]): Promise<void> => {
      fake.state = state(1, [...down.instances, instance("i-2", "Pending")], []);
      await watchdog.remove(names);
    };
    await converge({ ...fake.world, watchdog: { ...watchdog, remove } }, about, quiet);
    expect([fake.alarms.size, fake.records.announced]).toEqual([2, "starting i-2"]);
  });

  test("that was made from a view that is too old is deleted again", async () => {
    const fake = new Fake();
    fake.state = up;
    const { watchdog } = fake.world;
    const put = async (names: readonly string[]): Promise<void> => {
      fake.state = state(0, [], []);
      await watchdog.put(names);
    };
    await converge({ ...fake.world, watchdog: { ...watchdog, put } }, about, quiet);
    expect([fake.alarms.size, fake.records.announced]).toEqual([0, "asleep"]);
  });

  test("that cannot be made: nothing is published, and Lambda tries again", async () => {
    const fake = new Fake();
    [fake.state, fake.canPut] = [up, false];
    await expect(fake.event()).rejects.toThrow("LimitExceeded");
    expect(fake.records).toEqual({ address: "0.0.0.0", announced: "starting i-1" });
    fake.canPut = true;
    await fake.event();
    expect(fake.records).toEqual(PUBLISHED);
    expect(fake.stops).toBe(0);
  });

  test("that cannot be made is no reason to leave a stopped container's address in DNS, nor to take one away", async () => {
    const fake = new Fake();
    [fake.state, fake.canPut, fake.records] = [up, false, PUBLISHED];
    await expect(fake.event()).rejects.toThrow("LimitExceeded");
    expect(fake.records).toEqual(PUBLISHED);
    fake.state = { ...up, tasks: [] };
    await expect(fake.event()).rejects.toThrow("LimitExceeded");
    expect(fake.records).toEqual({ address: "0.0.0.0", announced: "up i-1" });
  });

  test("that still cannot be made at Lambda's third try: the leaf is put to sleep, and people hear why", async () => {
    const fake = new Fake();
    [fake.state, fake.canPut] = [up, false];
    for (const now of [0, 60_000, 180_000]) {
      expect(fake.stops).toBe(0);
      fake.now = now;
      await expect(fake.event()).rejects.toThrow("LimitExceeded");
    }
    expect(fake.stops).toBe(1);
    fake.state = { ...down, marks: fake.state.marks };
    await fake.event();
    expect(fake.told.at(-1)).toBe("minecraft has stopped: it had no watchdog");
  });

  test("that CloudWatch does not tell of is not taken for one that is missing: nothing new is published, nobody is stopped", async () => {
    const fake = new Fake();
    [fake.state, fake.records] = [up, { address: "0.0.0.0", announced: "starting i-1" }];
    const watchdog = { ...fake.world.watchdog, look: () => Promise.reject(new Error("Throttling")) };
    for (const now of [0, 60_000, 180_000]) {
      fake.now = now;
      await expect(converge({ ...fake.world, watchdog }, about, quiet)).rejects.toThrow("Throttling");
    }
    expect([fake.records.address, fake.stops]).toEqual(["0.0.0.0", 0]);
  });

  test("with old alarms, which cannot be changed, is a watchdog", async () => {
    const fake = new Fake();
    [fake.state, fake.canPut, fake.alarms] = [up, false, new Set(NAMES)];
    const watchdog = { ...fake.world.watchdog, lacking: () => NAMES };
    await expect(converge({ ...fake.world, watchdog }, about, quiet)).rejects.toThrow("LimitExceeded");
    expect([fake.records, fake.stops]).toEqual([PUBLISHED, 0]);
  });

  test("tells once that the leaf is left up, whatever event comes, and however often its alarm is made anew", async () => {
    const fake = new Fake();
    [fake.state, fake.records, fake.alarms] = [up, PUBLISHED, new Set(NAMES)];
    fake.leftUpSince = 5000;
    for (let times = 0; times < 3; times++) await fake.event();
    expect(fake.told).toEqual(["minecraft has been up for 8 h"]);
    // A crash in between, and the alarm goes off again.
    fake.leftUpSince = 9000;
    for (const tasks of [[], [task("i-1")]]) {
      fake.state = { ...up, tasks };
      await fake.event();
    }
    expect(fake.told).toHaveLength(1);
    expect(fake.records).toEqual({ address: "203.0.113.1", announced: "up i-1 left-up" });
  });

  test("that stops what is left up tells so before it tells of the stop", async () => {
    const fake = new Fake();
    [fake.state, fake.records, fake.alarms] = [down, PUBLISHED, new Set(NAMES)];
    fake.leftUpSince = 5000;
    await fake.event();
    expect(fake.told).toEqual(["minecraft has been up for 8 h", "minecraft has stopped: reason unknown"]);
  });

  test("whose alarm went off in the life before does not tell of the new one", async () => {
    const fake = new Fake();
    const next = { ...instance("i-2", "InService"), launchedAt: 6000 };
    [fake.state, fake.records, fake.alarms] = [state(1, [next], [task("i-2")]), PUBLISHED, new Set(NAMES)];
    fake.leftUpSince = 5000;
    await fake.event();
    expect(fake.told).toEqual(["minecraft is starting", "minecraft is up address 203.0.113.2"]);
    // Woken again while it was falling asleep: the mark is there before the instance is.
    fake.state = { ...state(1, [], []), marks: { wake: { at: new Date(9000).toISOString(), by: "dns" } } };
    fake.leftUpSince = 8000;
    await fake.event();
    expect(fake.told).toHaveLength(2);
  });
});
