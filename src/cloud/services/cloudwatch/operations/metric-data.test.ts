import type { GetMetricDataOutput, GetMetricStatisticsOutput, ListMetricsOutput } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { metric, MINUTE, started } from "../testing.ts";

describe("metric data", () => {
  const START = Date.UTC(2026, 0, 5);
  const range = { StartTime: new Date(START), EndTime: new Date(START + 10 * MINUTE) };

  test("values, statistic sets, and values with counts come back as statistics", async () => {
    const harness = await started();
    const at = { Timestamp: new Date(START), Unit: "Count" };
    await harness.op("PutMetricData", {
      Namespace: "App",
      MetricData: [
        { MetricName: "m", Value: 2, ...at },
        { MetricName: "m", Values: [1, 3], Counts: [2, 1], ...at },
        { MetricName: "m", StatisticValues: { SampleCount: 2, Sum: 20, Minimum: 10, Maximum: 10 }, ...at },
      ],
    });
    const { Datapoints } = await harness.op<GetMetricStatisticsOutput>("GetMetricStatistics", {
      Namespace: "App",
      MetricName: "m",
      ...range,
      Period: 60,
      Statistics: ["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
      ExtendedStatistics: ["p50"],
    });
    expect(Datapoints).toEqual([
      { Timestamp: new Date(START), Sum: 27, SampleCount: 6, Minimum: 1, Maximum: 10, Average: 4.5, ExtendedStatistics: { p50: 2 }, Unit: "Count" },
    ]);
    const { Metrics } = await harness.op<ListMetricsOutput>("ListMetrics", { Namespace: "App" });
    expect(Metrics).toEqual([{ Namespace: "App", MetricName: "m", Dimensions: [] }]);
  });

  test("GetMetricData: metrics and math, newest first, in pages", async () => {
    const harness = await started();
    await harness.minutes("In", 60, 120, undefined, 240);
    const input = { ...range, MetricDataQueries: [metric("m", "In"), { Id: "rate", Expression: "FILL(m, 0) / PERIOD(m)", Label: "rate" }] };
    const { MetricDataResults } = await harness.op<GetMetricDataOutput>("GetMetricData", input);
    expect(MetricDataResults).toMatchObject([{ Id: "rate", Label: "rate", StatusCode: "Complete" }]);
    expect(MetricDataResults![0]!.Values!.slice(-4)).toEqual([4, 0, 2, 1]);
    const first = await harness.op<GetMetricDataOutput>("GetMetricData", { ...input, MaxDatapoints: 6, ScanBy: "TimestampAscending" });
    expect(first.MetricDataResults![0]).toMatchObject({ Values: [1, 2, 0, 4, 0, 0], StatusCode: "PartialData" });
    const second = await harness.op<GetMetricDataOutput>("GetMetricData", {
      ...input,
      MaxDatapoints: 6,
      ScanBy: "TimestampAscending",
      NextToken: first.NextToken,
    });
    expect(second.MetricDataResults![0]).toMatchObject({ Values: [0, 0, 0, 0], StatusCode: "Complete" });
    expect(second.NextToken).toBeUndefined();
  });

  test.each([
    [{ Namespace: "AWS/EC2", MetricData: [{ MetricName: "m", Value: 1 }] }, "InvalidParameterValueException"],
    [{ Namespace: "App", MetricData: [{ MetricName: "m" }] }, "MissingRequiredParameterException"],
    [{ Namespace: "App", MetricData: [{ MetricName: "m", Value: Number.NaN }] }, "InvalidParameterValueException"],
    [{ Namespace: "App", MetricData: [{ MetricName: "m", Value: 1, Values: [1] }] }, "InvalidParameterCombinationException"],
    [{ Namespace: "App", MetricData: [{ MetricName: "m", Values: [1, 2], Counts: [1] }] }, "InvalidParameterValueException"],
    [
      { Namespace: "App", MetricData: [{ MetricName: "m", Value: 1, Timestamp: new Date(START - 15 * 86_400_000) }] },
      "InvalidParameterValueException",
    ],
    [{ Namespace: "App", MetricData: [{ MetricName: "m", Value: 1, Timestamp: new Date(START + 3 * 3_600_000) }] }, "InvalidParameterValueException"],
    [{ Namespace: "App", MetricData: [{ MetricName: "m", Value: 1, StorageResolution: 5 }] }, "InvalidParameterValueException"],
  ])("PutMetricData refuses %#", async (input, code) => {
    const harness = await started();
    await expect(harness.op("PutMetricData", input)).rejects.toMatchObject({ code });
  });

  test("more than 1,440 data points at once are refused", async () => {
    const harness = await started();
    const input = {
      Namespace: "App",
      MetricName: "m",
      StartTime: new Date(START - 2 * 86_400_000),
      EndTime: new Date(START),
      Period: 60,
      Statistics: ["Sum"],
    };
    await expect(harness.op("GetMetricStatistics", input)).rejects.toMatchObject({
      message: expect.stringContaining("You have requested up to 2,880 datapoints, which exceeds the limit of 1,440."),
    });
  });
});

test("dashboards are kept, listed, and refused when they are no dashboards", async () => {
  const harness = await started();
  const DashboardBody = JSON.stringify({ widgets: [{ type: "text", properties: { markdown: "hello" } }] });
  await harness.op("PutDashboard", { DashboardName: "d", DashboardBody });
  expect(await harness.op("GetDashboard", { DashboardName: "d" })).toEqual({
    DashboardArn: "arn:aws:cloudwatch::000000000000:dashboard/d",
    DashboardName: "d",
    DashboardBody,
  });
  expect(await harness.op("ListDashboards", {})).toMatchObject({ DashboardEntries: [{ DashboardName: "d", Size: DashboardBody.length }] });
  await expect(harness.op("PutDashboard", { DashboardName: "d", DashboardBody: "{" })).rejects.toMatchObject({ code: "DashboardInvalidInputError" });
  await harness.op("DeleteDashboards", { DashboardNames: ["d"] });
  await expect(harness.op("GetDashboard", { DashboardName: "d" })).rejects.toMatchObject({ code: "DashboardNotFoundError" });
});
