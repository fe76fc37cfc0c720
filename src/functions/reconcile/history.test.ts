import { expect, test } from "vitest";
import { failedLine, lifeOf, phasesOf, upSeconds, wakerOf } from "./history.ts";

const NOW = Date.parse("2026-01-05T12:01:00.000Z");
const wake = { at: "2026-01-05T12:00:00.100Z", noticed: "2026-01-05T12:00:02.500Z", by: "dns", who: "192.0.2.53" } as const;
const launch = {
  description: "Launching a new EC2 instance: i-1",
  cause:
    "At 2026-01-05T12:00:02Z a user request explicitly set group desired capacity changing the desired capacity from 0 to 1.  At 2026-01-05T12:00:05Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.",
  at: Date.parse("2026-01-05T12:00:05.200Z"),
  endedAt: Date.parse("2026-01-05T12:00:30.000Z"),
};
const seen = { instances: [], tasks: [], marks: { wake } };

test("the phases of a wake that Auto Scaling and the mark tell; the count was not raised before it was noticed", () => {
  expect(phasesOf(lifeOf("i-1", seen, [launch], NOW))).toEqual({
    asked: wake.at,
    noticed: wake.noticed,
    desired: wake.noticed,
    instance: "2026-01-05T12:00:30.000Z",
  });
});

test("a mark of long ago did not wake this instance, nor one that came after its launch", () => {
  expect(wakerOf(lifeOf("i-1", seen, [launch], NOW))).toEqual({ by: "dns", who: "192.0.2.53" });
  const old = { ...seen, marks: { wake: { ...wake, at: "2026-01-05T11:00:00.000Z" } } };
  expect(wakerOf(lifeOf("i-1", old, [launch], NOW))).toEqual({ by: "hand" });
  const later = { ...seen, marks: { wake: { ...wake, at: "2026-01-05T13:00:00.000Z" } } };
  expect(wakerOf(lifeOf("i-1", later, [launch], NOW))).toEqual({ by: "hand" });
});

test("it was up from its launch until it was gone, as far as Auto Scaling says so", () => {
  const gone = { description: "Terminating EC2 instance: i-1", cause: "", at: NOW, endedAt: launch.at + 600_000 };
  expect(upSeconds(lifeOf("i-1", seen, [gone, launch], NOW + 900_000))).toBe(600);
  expect(upSeconds(lifeOf("i-1", seen, [launch], launch.at + 60_000))).toBe(60);
  expect(upSeconds(lifeOf("i-1", seen, [], NOW))).toBeUndefined();
});

test("a launch that fails is a wake of its own, the same for each try; one before the wake is not about it", () => {
  const failed = { ...launch, description: "Launching a new EC2 instance. Status Reason: no capacity", failed: "no capacity" };
  const first = failedLine(seen.marks, [failed], NOW);
  expect(first).toMatchObject({ why: "failed", reason: "no instance could be launched: no capacity", upSeconds: 0, woken: { by: "dns" } });
  expect(failedLine(seen.marks, [{ ...failed, at: failed.at + 60_000 }], NOW + 60_000)?.wake).toBe(first!.wake);
  expect(failedLine(seen.marks, [launch], NOW)).toBeUndefined();
  expect(failedLine(seen.marks, [{ ...failed, at: Date.parse("2026-01-05T11:00:00Z") }], NOW)).toBeUndefined();
});
