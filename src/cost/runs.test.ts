import { expect, test } from "vitest";
import { runsPerMonth } from "./runs.ts";

test.each([
  ["cron(0 * * * ? *)", 730],
  ["cron(0 7 ? * MON-FRI *)", 261 / 12],
  ["cron(0 0 1 * ? *)", 1],
  ["cron(0 0 1 JAN ? *)", 1 / 12],
  ["rate(1 day)", 365 / 12],
  ["rate(5 minutes)", 8760],
  ["cron(0 0 1 1 ? 1999)", 0],
])("%s comes due %d times a month", (expression, runs) => expect(runsPerMonth(expression)).toBeCloseTo(runs, 6));

test("every minute is counted without counting them all", () => expect(runsPerMonth("cron(* * * * ? *)")!).toBeCloseTo(43_800, -2));

test("what is no cron and no rate is not counted", () => expect(runsPerMonth("at(2027-01-01T00:00:00)")).toBeUndefined());
