import { expect, test } from "vitest";
import { VirtualClock } from "./clock.ts";
import { EachMinute } from "./each-minute.ts";

test("works at the end of every minute, with the time at which it began, and has no timer while it is not wanted", async () => {
  const clock = new VirtualClock({ start: 30_000 });
  const log: string[] = [];
  let wanted = false;
  const minutes = new EachMinute(clock, { wanted: () => wanted, work: (begin) => void log.push(`${begin}@${clock.now()}`) });
  minutes.wake();
  expect(clock.pending).toBe(0);
  wanted = true;
  minutes.wake();
  minutes.wake();
  expect(clock.pending).toBe(1);
  await clock.advance(100_000);
  expect(log).toEqual(["0@60000", "60000@120000"]);
  wanted = false;
  await clock.advance(600_000);
  expect(log).toEqual(["0@60000", "60000@120000", "120000@180000"]);
  expect(clock.pending).toBe(0);
});

test("time waits for work that takes long, and none is done once it is stopped", async () => {
  const clock = new VirtualClock({ start: 0 });
  const log: string[] = [];
  const work = async (begin: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${begin}@${clock.now()}`);
  };
  const minutes = new EachMinute(clock, { wanted: () => true, work });
  minutes.wake();
  await clock.advance(60_000);
  expect(log).toEqual(["0@60000"]);
  minutes.stop();
  await clock.advance(600_000);
  expect(log).toHaveLength(1);
});
