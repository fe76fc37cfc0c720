import { describe, expect, test } from "vitest";
import { RealClock, VirtualClock } from "./clock.ts";

describe("virtual time", () => {
  test("steps from due timer to due timer, in order of their times and then of their setting", async () => {
    const clock = new VirtualClock({ start: 0 });
    const log: string[] = [];
    clock.setTimer(20, () => void log.push(`b@${clock.now()}`));
    clock.setTimer(10, () => {
      log.push(`a@${clock.now()}`);
      clock.setTimer(5, () => void log.push(`nested@${clock.now()}`));
    });
    clock.setTimer(20, () => void log.push(`c@${clock.now()}`));
    await clock.advance(100);
    expect(log).toEqual(["a@10", "nested@15", "b@20", "c@20"]);
    expect(clock.now()).toBe(100);
  });

  test("does not advance while something is held", async () => {
    const clock = new VirtualClock({ start: 0 });
    const log: string[] = [];
    clock.setTimer(
      10,
      () => void clock.during(new Promise<void>((resolve) => setImmediate(resolve)).then(() => void log.push(`work@${clock.now()}`))),
    );
    clock.setTimer(11, () => void log.push(`next@${clock.now()}`));
    await clock.advance(20);
    expect(log).toEqual(["work@10", "next@11"]);
  });

  test("lets a sleeping function sleep on while others work", async () => {
    const clock = new VirtualClock({ start: 0 });
    let woke = 0;
    void clock.sleep(60_000).then(() => (woke = clock.now()));
    await clock.advance(59_999);
    expect(woke).toBe(0);
    await clock.advance(1);
    expect(woke).toBe(60_000);
  });

  test("may be waited for from several places at once", async () => {
    const clock = new VirtualClock({ start: 0 });
    const release = clock.hold();
    const waiting = Promise.all([clock.settle(), clock.advance(10), clock.settle()]);
    setImmediate(release);
    await waiting;
    expect(clock.now()).toBe(10);
  });

  test("a cancelled timer does not fire", async () => {
    const clock = new VirtualClock({ start: 0 });
    let fired = false;
    clock.setTimer(5, () => void (fired = true)).cancel();
    await clock.advance(10);
    expect(fired).toBe(false);
  });

  test("a timer that fails tells the clock's owner and does not stop the others", async () => {
    const errors: unknown[] = [];
    const clock = new VirtualClock({ start: 0, onError: (error) => errors.push(error) });
    let ran = false;
    clock.setTimer(1, () => Promise.reject(new Error("async")));
    clock.setTimer(2, () => {
      throw new Error("sync");
    });
    clock.setTimer(3, () => void (ran = true));
    await clock.advance(5);
    expect(errors.map(String)).toEqual(["Error: async", "Error: sync"]);
    expect(ran).toBe(true);
  });

  test("advanceUntil stops at the moment that the condition comes true", async () => {
    const clock = new VirtualClock({ start: 0 });
    let state = "asleep";
    clock.setTimer(90_500, () => void (state = "awake"));
    await clock.advanceUntil(() => state === "awake", 3_600_000);
    expect(clock.now()).toBe(90_500);
    await expect(clock.advanceUntil(() => state === "gone", 5000, "going away")).rejects.toThrow("going away did not come true within 5 s");
  });
});

test("a clock that is 1000 times faster ends a sleep of a second in about a millisecond", async () => {
  const clock = new RealClock({ speed: 1000 });
  const before = clock.now();
  await clock.sleep(1000);
  expect(clock.now() - before).toBeGreaterThanOrEqual(1000);
  expect(clock.now() - before).toBeLessThan(900_000);
});
