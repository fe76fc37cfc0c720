import { describe, expect, test } from "vitest";
import { parseSchedule } from "./schedule.ts";

const START = Date.UTC(2026, 0, 5, 0, 0, 30);

function times(expression: string, count = 3, after = START): string[] {
  const schedule = parseSchedule(expression)!;
  const found: string[] = [];
  for (let at: number | undefined = after; found.length < count; found.push(new Date(at).toISOString().slice(0, 16))) {
    at = schedule.next(at, START);
    if (at === undefined) break;
  }
  return found;
}

describe("cron expressions of the documentation (Setting a schedule pattern for scheduled rules)", () => {
  test.each([
    ["cron(0 10 * * ? *)", ["2026-01-05T10:00", "2026-01-06T10:00", "2026-01-07T10:00"]],
    ["cron(0/15 * * * ? *)", ["2026-01-05T00:15", "2026-01-05T00:30", "2026-01-05T00:45"]],
    ["cron(5,35 14 * * ? *)", ["2026-01-05T14:05", "2026-01-05T14:35", "2026-01-06T14:05"]],
    ["cron(0 18 ? * MON-FRI *)", ["2026-01-05T18:00", "2026-01-06T18:00", "2026-01-07T18:00"]],
    ["cron(0 2 ? * 1 *)", ["2026-01-11T02:00", "2026-01-18T02:00", "2026-01-25T02:00"]],
    ["cron(0 8 1 * ? *)", ["2026-02-01T08:00", "2026-03-01T08:00", "2026-04-01T08:00"]],
    ["cron(0/5 8-17 ? * MON-FRI *)", ["2026-01-05T08:00", "2026-01-05T08:05", "2026-01-05T08:10"]],
    ["cron(15 10 ? * 6L 2026-2027)", ["2026-01-30T10:15", "2026-02-27T10:15", "2026-03-27T10:15"]],
    ["cron(0 2 ? * SAT#3 *)", ["2026-01-17T02:00", "2026-02-21T02:00", "2026-03-21T02:00"]],
    ["cron(0 0 ? * 3#2 *)", ["2026-01-13T00:00", "2026-02-10T00:00", "2026-03-10T00:00"]],
    ["cron(0 0 L * ? *)", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]],
    ["cron(0 0 LW * ? *)", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-31T00:00"]],
    ["cron(0 0 3W * ? *)", ["2026-02-03T00:00", "2026-03-03T00:00", "2026-04-03T00:00"]],
    ["cron(0 0 1W * ? *)", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]],
    ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]],
    ["cron(30 22-1 ? JAN TUE 2026)", ["2026-01-06T00:30", "2026-01-06T01:30", "2026-01-06T22:30"]],
  ])("%s", (expression, expected) => {
    expect(times(expression)).toEqual(expected);
  });

  test("a schedule in the past never fires", () => {
    expect(times("cron(15 10 ? * 6L 2002-2005)")).toEqual([]);
  });
});

test("rate() counts from its start", () => {
  expect(times("rate(5 minutes)")).toEqual(["2026-01-05T00:05", "2026-01-05T00:10", "2026-01-05T00:15"]);
  expect(times("rate(1 day)", 2)).toEqual(["2026-01-06T00:00", "2026-01-07T00:00"]);
});

// Refused by AWS: localstack's test_events_schedule, recorded against AWS.
test.each([
  "rate(10 seconds)",
  "rate(1 minutes)",
  "rate(10 minute)",
  "rate()",
  "rate(10)",
  "rate(foo minutes)",
  "rate(0 minutes)",
  "rate(-10 minutes)",
  "rate(10 MINUTES)",
  "rate( 10 minutes )",
  " rate(10 minutes)",
  "cron(0 1 * * * *)",
  "cron(7 20 * * NOT *)",
  "cron(INVALID)",
  "cron(0 dummy ? * MON-FRI *)",
  "cron(71 8 1 * ? *)",
  "cron(0 1 ? * ? *)",
])("%s is no schedule", (expression) => {
  expect(parseSchedule(expression)).toBeUndefined();
});
