import { describe, expect, test } from "vitest";
import { stopped, task } from "../functions/testing/engines.ts";
import { describeTask, inZone, nextTicks, type SeenSchedule, type TaskObservation } from "./task-state.ts";

const at = (iso: string): number => Date.parse(iso);
const NOW = at("2026-03-28T20:00:00Z");
const daily: SeenSchedule = { expression: "cron(30 2 * * ? *)", timezone: "Europe/Berlin", enabled: true, changedAt: 0 };
const seen = (more: Partial<TaskObservation> = {}): TaskObservation => ({ tasks: [], schedules: [daily], ...more });
const ticks = (schedules: SeenSchedule[]): string[] => nextTicks(schedules, NOW).map((time) => new Date(time).toISOString());

describe("the next ticks", () => {
  test("are by the clocks of the zone; a time that is skipped in the night of the change does not come", () => {
    // On the 29th the clocks go from 2:00 to 3:00.
    expect(ticks([daily])).toEqual(["2026-03-30T00:30:00.000Z", "2026-03-31T00:30:00.000Z", "2026-04-01T00:30:00.000Z"]);
  });

  test("of several schedules are in order, and each time is there once", () => {
    const hourly = { ...daily, expression: "cron(30 * * * ? *)" };
    expect(ticks([daily, hourly, hourly])).toEqual(["2026-03-28T20:30:00.000Z", "2026-03-28T21:30:00.000Z", "2026-03-28T22:30:00.000Z"]);
  });

  test("of a rate count from when it was made; of one that is not enabled there are none", () => {
    const rate = { ...daily, expression: "rate(5 minutes)", timezone: "UTC", changedAt: at("2026-03-28T19:58:30Z") };
    expect(ticks([rate])[0]).toBe("2026-03-28T20:03:30.000Z");
    expect(ticks([{ ...rate, enabled: false }])).toEqual([]);
  });

  test("end where the schedule does", () => expect(ticks([{ ...daily, expression: "cron(0 0 1 1 ? 2027)" }])).toEqual(["2026-12-31T23:00:00.000Z"]));
});

describe("the state of a scheduled task", () => {
  test.each<[string, TaskObservation]>([
    ["asleep", seen()],
    ["asleep", seen({ tasks: [stopped("1", NOW)] })],
    ["waking", seen({ tasks: [task("1", { lastStatus: "PENDING" })] })],
    ["awake", seen({ tasks: [task("1"), task("2", { lastStatus: "PENDING" })] })],
    ["falling asleep", seen({ tasks: [task("1", { desiredStatus: "STOPPED" })] })],
  ])("is %s", (state, observed) => expect(describeTask("report", observed, NOW).state).toBe(state));

  test("without its stack is not deployed", () =>
    expect(describeTask("report", undefined, NOW)).toEqual({ name: "report", state: "not deployed", address: null, since: null }));

  test("has its last run, how long it took, and why it failed", () => {
    const last = {
      task: "1",
      startedAt: "2026-03-28T01:30:00.000Z",
      stoppedAt: "2026-03-28T01:31:05.000Z",
      exitCode: 3,
      how: "its container exited with code 3",
      failed: true,
    };
    expect(describeTask("report", seen({ last }), NOW)).toMatchObject({
      since: last.stoppedAt,
      reason: "its last run failed: its container exited with code 3",
      runs: { enabled: true, timezone: "Europe/Berlin", schedules: [daily.expression], running: [], last: { seconds: 65, exitCode: 3 } },
    });
  });
});

test("times are shown as clocks in the zone show them", () => {
  expect(inZone("2026-03-28T01:30:00Z", "Europe/Berlin")).toBe("2026-03-28 02:30");
  expect(inZone("2026-03-30T00:30:00Z", "Europe/Berlin")).toBe("2026-03-30 02:30");
});
