import { describe, expect, test } from "vitest";
import { converge, type World } from "./converge.ts";
import type { Message } from "./messages.ts";
import { type Observation, type ObservedInstance, type ObservedTask, type Published, shouldBe } from "./reconcile.ts";

const about = {
  leaf: "minecraft",
  domain: "minecraft.example.com",
  ports: ["25565/tcp"],
  idleAlarm: "idle",
  leftUpAlarm: "left-up",
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

/** Route 53, ECS and Auto Scaling as far as the function sees them. `pause` is how long each call takes. */
class Fake {
  state = LIFE[0]!;
  records: Published = { address: "0.0.0.0", announced: "asleep" };
  readonly told: string[] = [];
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
      observe: () => this.call(() => this.state),
      published: () => this.call(() => this.records),
      swap: (before, after) =>
        this.call(() => {
          if (this.records.address !== before.address || this.records.announced !== before.announced) return false;
          this.records = after;
          return true;
        }),
      activities: () => this.call(() => []),
      tell: (message: Message) =>
        this.call(() => void this.told.push(`${message.subject} ${/\((address .*)\)/.exec(message.body)?.[1] ?? ""}`.trim())),
      used: () => Promise.resolve(),
      now: () => 0,
    };
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
      expect(fake.isRight).toBe(true);
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
    expect(fake.isRight).toBe(true);
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
  expect(fake.records.address).toBe("0.0.0.0");
});

test("a record that will not come to rest is an error, so that Lambda tries again", async () => {
  const fake = new Fake();
  fake.state = LIFE[4]!;
  await expect(converge({ ...fake.world, swap: async () => false }, about, quiet)).rejects.toThrow("did not come to rest");
});
