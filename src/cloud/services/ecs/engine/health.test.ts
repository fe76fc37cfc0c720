import type { HealthCheck } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import { commandOf, watchHealth } from "./health.ts";

const check: HealthCheck = { command: ["CMD-SHELL", "true"], interval: 30, timeout: 5, retries: 3, startPeriod: 0 };

/** Runs a check whose result is `result(ms since the start)`; returns the changes of status with their times in seconds. */
async function statuses(result: (at: number) => number | undefined, forMs: number, more: HealthCheck | object = {}): Promise<[string, number][]> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const seen: [string, number][] = [];
  const stop = watchHealth(
    clock,
    { ...check, ...more },
    () => Promise.resolve(result(clock.now() - startedAt)),
    (status) => seen.push([status, (clock.now() - startedAt) / 1000]),
  );
  await clock.advance(forMs);
  stop();
  await clock.advance(600_000);
  return seen;
}

test("a container that answers at once is HEALTHY at once", async () => {
  expect(await statuses(() => 0, 100_000)).toEqual([["HEALTHY", 0]]);
});

test("a container that needs two seconds is HEALTHY then, not only after the interval", async () => {
  expect(await statuses((at) => (at >= 2000 ? 0 : 1), 100_000)).toEqual([["HEALTHY", 2]]);
});

test("three failures in a row, an interval apart, make it UNHEALTHY; the quick probes at the start do not count", async () => {
  expect(await statuses(() => 1, 200_000)).toEqual([["UNHEALTHY", 90]]);
});

test("failures in the start period do not count", async () => {
  expect(await statuses(() => 1, 300_000, { startPeriod: 100 })).toEqual([["UNHEALTHY", 180]]);
});

test("a timeout is a failure, and a success in between starts the count again", async () => {
  expect(await statuses((at) => (at === 60_000 ? 0 : at === 0 ? 0 : undefined), 200_000)).toEqual([
    ["HEALTHY", 0],
    ["UNHEALTHY", 150],
  ]);
});

test("CMD runs its arguments, CMD-SHELL a shell, NONE nothing", () => {
  expect(commandOf({ command: ["CMD", "a", "b"] })).toEqual(["a", "b"]);
  expect(commandOf({ command: ["CMD-SHELL", "a | b"] })).toEqual(["/bin/sh", "-c", "a | b"]);
  expect(commandOf({ command: ["NONE"] })).toBeUndefined();
});
