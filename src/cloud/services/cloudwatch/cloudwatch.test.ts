import { CloudWatch, ResourceNotFound } from "@aws-sdk/client-cloudwatch";
import { expect, onTestFinished, test } from "vitest";
import { withCloud } from "../../testing/with-cloud.ts";

test("metrics, math, alarms and dashboards, over the real SDK", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const cw = cloud.client(CloudWatch);
  const now = cloud.clock.now();
  await cw.putMetricData({
    Namespace: "App",
    MetricData: [
      { MetricName: "Load", Timestamp: new Date(now), Value: 5, Unit: "Count" },
      { MetricName: "Load", Timestamp: new Date(now + 60_000), Values: [1, 3], Counts: [1, 2], Unit: "Count" },
    ],
  });
  const stat = { Metric: { Namespace: "App", MetricName: "Load" }, Period: 60, Stat: "Sum" };
  const { MetricDataResults } = await cw.getMetricData({
    StartTime: new Date(now),
    EndTime: new Date(now + 180_000),
    ScanBy: "TimestampAscending",
    MetricDataQueries: [
      { Id: "m1", MetricStat: stat },
      { Id: "e1", Expression: "FILL(m1, 0) * 2", Label: "twice" },
    ],
  });
  expect(MetricDataResults).toMatchObject([
    { Id: "m1", Label: "Load", Values: [5, 7], Timestamps: [new Date(now), new Date(now + 60_000)] },
    { Id: "e1", Label: "twice", Values: [10, 14, 0], StatusCode: "Complete" },
  ]);
  expect((await cw.listMetrics({ Namespace: "App" })).Metrics).toEqual([{ Namespace: "App", MetricName: "Load", Dimensions: [] }]);

  const alarm = { AlarmName: "high", Namespace: "App", MetricName: "Load", Statistic: "Sum" as const, Period: 60 };
  await cw.putMetricAlarm({
    ...alarm,
    EvaluationPeriods: 1,
    Threshold: 4,
    ComparisonOperator: "GreaterThanThreshold",
    Tags: [{ Key: "leaf", Value: "hello" }],
  });
  await cloud.clock.advance(66_000);
  const [found] = (await cw.describeAlarms({})).MetricAlarms!;
  expect(found).toMatchObject({ AlarmName: "high", StateValue: "ALARM", ActionsEnabled: true });
  expect(found!.StateReason).toMatch(/^Threshold Crossed: 1 datapoint \[5\.0 \(05\/01\/26 00:00:00\)\] was greater than the threshold \(4\.0\)\.$/);
  expect((await cw.listTagsForResource({ ResourceARN: found!.AlarmArn })).Tags).toEqual([{ Key: "leaf", Value: "hello" }]);
  expect((await cw.describeAlarmHistory({ AlarmName: "high", HistoryItemType: "StateUpdate" })).AlarmHistoryItems).toMatchObject([
    { HistorySummary: "Alarm updated from INSUFFICIENT_DATA to ALARM" },
  ]);
  await cw.deleteAlarms({ AlarmNames: ["high"] });
  await expect(cw.deleteAlarms({ AlarmNames: ["high"] })).rejects.toBeInstanceOf(ResourceNotFound);
  // The SDK has two shapes of the code ResourceNotFound and takes the first.
  await expect(cw.getDashboard({ DashboardName: "none" })).rejects.toMatchObject({
    message: "Dashboard none does not exist",
    $metadata: { httpStatusCode: 404 },
  });
  await expect(
    cw.putMetricAlarm({ ...alarm, EvaluationPeriods: 1441, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" }),
  ).rejects.toMatchObject({
    name: "ValidationException",
  });
});
