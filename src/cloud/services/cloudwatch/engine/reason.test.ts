import { expect, test } from "vitest";
import type { AlarmRow } from "../state.ts";
import { decide } from "./decide.ts";
import type { Datapoint, Rule } from "./decide.ts";
import { javaDouble } from "./java.ts";
import { reasonDataOf, reasonOf } from "./reason.ts";

const START = Date.UTC(2019, 9, 2, 16, 59);
const points = (...values: (number | undefined)[]): Datapoint[] => values.map((value, index) => ({ at: START + index * 300_000, value }));

function explain(rule: Partial<Rule>, range: Datapoint[], datapointsToAlarm?: number): string {
  const whole: Rule = {
    comparison: "GreaterThanThreshold",
    threshold: 50,
    evaluationPeriods: 1,
    datapointsToAlarm: datapointsToAlarm ?? rule.evaluationPeriods ?? 1,
    treatMissingData: "missing",
    ...rule,
  };
  const decision = decide(whole, range);
  return reasonOf({ datapointsToAlarm }, whole, { ...decision, state: decision.state! });
}

test("one datapoint, both ways (the documentation's example of an event)", () => {
  expect(explain({}, points(99.50160229693434), 1)).toBe(
    "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).",
  );
  expect(explain({}, points(0.0666851903306472), 1)).toBe(
    "Threshold Crossed: 1 out of the last 1 datapoints [0.0666851903306472 (02/10/19 16:59:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
  );
});

test("several datapoints, newest first", () => {
  expect(explain({ comparison: "GreaterThanOrEqualToThreshold", threshold: 7, evaluationPeriods: 3 }, points(9, 9.72, 8.5), 3)).toBe(
    "Threshold Crossed: 3 out of the last 3 datapoints [8.5 (02/10/19 17:09:00), 9.72 (02/10/19 17:04:00), 9.0 (02/10/19 16:59:00)] were greater than or equal to the threshold (7.0) (minimum 3 datapoints for OK -> ALARM transition).",
  );
  expect(explain({ evaluationPeriods: 3 }, points(60, 10, 60), 3)).toBe(
    "Threshold Crossed: 1 out of the last 3 datapoints [10.0 (02/10/19 17:04:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
  );
});

test("five or more are named in a sentence of their own", () => {
  expect(explain({ comparison: "LessThanThreshold", threshold: 65, evaluationPeriods: 5 }, points(0, 0, 0, 0, 0), 5)).toMatch(
    /^Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold \(65\.0\)\. The most recent datapoints which crossed the threshold: \[0\.0 \(02\/10\/19 17:19:00\), .*\] \(minimum 5 datapoints for OK -> ALARM transition\)\.$/,
  );
});

test("without DatapointsToAlarm there is no M of N in the reason", () => {
  expect(explain({}, points(0))).toBe("Threshold Crossed: 1 datapoint [0.0 (02/10/19 16:59:00)] was not greater than the threshold (50.0).");
});

test("missing data", () => {
  expect(explain({ evaluationPeriods: 2 }, points(undefined, undefined))).toBe("Insufficient Data: 2 datapoints were unknown.");
  expect(explain({ treatMissingData: "notBreaching" }, points(undefined))).toBe(
    "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
  );
  expect(explain({ treatMissingData: "breaching", evaluationPeriods: 3 }, points(1, undefined, undefined))).toBe(
    "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].",
  );
});

test("the machine-readable reason lists datapoints oldest first, and evaluated ones newest first", () => {
  const range = points(11.488333333333333, 15.398333333333332).map((point) => ({ ...point, sampleCount: 5 }));
  const rule: Rule = { comparison: "GreaterThanThreshold", threshold: 10, evaluationPeriods: 2, datapointsToAlarm: 2, treatMissingData: "missing" };
  const alarm = { threshold: 10, metric: { statistic: "Average" } } as AlarmRow;
  expect(
    reasonDataOf(alarm, { decision: decide(rule, range), range, period: 300, at: Date.UTC(2019, 9, 2, 17, 10, 5, 271), evaluationPeriods: 2 }),
  ).toBe(
    '{"version":"1.0","queryDate":"2019-10-02T17:10:05.271+0000","startDate":"2019-10-02T16:59:00.000+0000","statistic":"Average","period":300,"recentDatapoints":[11.488333333333333,15.398333333333332],"threshold":10.0,"evaluatedDatapoints":[{"timestamp":"2019-10-02T17:04:00.000+0000","sampleCount":5.0,"value":15.398333333333332},{"timestamp":"2019-10-02T16:59:00.000+0000","sampleCount":5.0,"value":11.488333333333333}]}',
  );
});

test.each([
  [0, "0.0"],
  [-1, "-1.0"],
  [1175, "1175.0"],
  [0.5, "0.5"],
  [10_000_000, "1.0E7"],
  [12_345_678.5, "1.23456785E7"],
  [0.0001, "1.0E-4"],
])("numbers are written as Java writes them: %d", (value, text) => {
  expect(javaDouble(value)).toBe(text);
});
