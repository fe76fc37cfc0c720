import type { DescribeAlarmHistoryOutput } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { NotSupported } from "../../../core/errors.ts";
import { createHarness, FUNCTION, metric, MINUTE, POLICY, scope, started, TOPIC } from "../testing.ts";

const onMetric = {
  AlarmName: "a",
  MetricName: "Load",
  Namespace: "App",
  Dimensions: [{ Name: "Host", Value: "h" }],
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 2,
  DatapointsToAlarm: 2,
  Threshold: 10,
  ComparisonOperator: "GreaterThanThreshold",
};

describe("an alarm on a metric", () => {
  test("starts without data, goes to OK, to ALARM and back, evaluated every minute", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", onMetric);
    expect(await harness.alarm()).toMatchObject({ StateValue: "INSUFFICIENT_DATA", StateReason: "Unchecked: Initial alarm creation" });
    await harness.minutes("Load", 1);
    expect((await harness.alarm()).StateValue).toBe("OK");
    await harness.minutes("Load", 11);
    expect((await harness.alarm()).StateValue).toBe("OK");
    await harness.minutes("Load", 12);
    expect(await harness.alarm()).toMatchObject({
      StateValue: "ALARM",
      StateReason:
        "Threshold Crossed: 2 out of the last 2 datapoints [12.0 (05/01/26 00:02:00), 11.0 (05/01/26 00:01:00)] were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).",
      StateUpdatedTimestamp: new Date(Date.UTC(2026, 0, 5, 0, 3, 5)),
    });
    await harness.minutes("Load", 1);
    expect((await harness.alarm()).StateValue).toBe("OK");
  });

  test("one that rests, as it cannot change for a while, goes off in the very minute, also when a late value changes what was looked at", async () => {
    const harness = await started();
    const patient = { ...onMetric, EvaluationPeriods: 5, DatapointsToAlarm: 5, TreatMissingData: "notBreaching" };
    await harness.op("PutMetricAlarm", patient);
    await harness.minutes("Load", 1, 20, 20, 1, 20, 20, 20, 20);
    expect((await harness.alarm()).StateValue).toBe("OK");
    await harness.minutes("Load", 20);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
    await harness.minutes("Load", 1, 20, 20, 20, 20);
    expect((await harness.alarm()).StateValue).toBe("OK");
    const Timestamp = new Date(harness.clock.now() - 5 * MINUTE);
    await harness.op("PutMetricData", {
      Namespace: "App",
      MetricData: [{ MetricName: "Load", Dimensions: onMetric.Dimensions, Timestamp, Value: 99 }],
    });
    await harness.clock.advance(MINUTE);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
  });

  test("a period of five minutes is looked at every minute, over the last five", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", { ...onMetric, Period: 300, EvaluationPeriods: 1, DatapointsToAlarm: 1, Statistic: "Sum", Threshold: 12 });
    await harness.minutes("Load", 0, 3, 3, 3, 3);
    expect((await harness.alarm()).StateValue).toBe("OK");
    await harness.minutes("Load", 3);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
  });

  test("high resolution is evaluated every ten seconds", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", { ...onMetric, Period: 10, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    harness.service.put(scope, "App", [{ name: "Load", dimensions: { Host: "h" }, value: 99, storageResolution: 1 }]);
    await harness.clock.advance(10_000);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
  });

  test("missing data: without any the alarm goes to INSUFFICIENT_DATA, notBreaching keeps it OK", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", onMetric);
    await harness.op("PutMetricAlarm", { ...onMetric, AlarmName: "quiet", TreatMissingData: "notBreaching" });
    await harness.minutes("Load", 20, 20, undefined, undefined, undefined, undefined, undefined);
    expect(await harness.alarm()).toMatchObject({ StateValue: "INSUFFICIENT_DATA", StateReason: "Insufficient Data: 2 datapoints were unknown." });
    expect((await harness.alarm("quiet")).StateValue).toBe("OK");
  });

  test("a percentile with too few samples is ignored where the alarm says so", async () => {
    const harness = await started();
    const percentile = { ...onMetric, Statistic: undefined, ExtendedStatistic: "p90", EvaluationPeriods: 1, DatapointsToAlarm: 1 };
    await harness.op("PutMetricAlarm", { ...percentile, EvaluateLowSampleCountPercentile: "ignore" });
    await harness.op("PutMetricAlarm", { ...percentile, AlarmName: "always" });
    await harness.minutes("Load", 20);
    expect((await harness.alarm()).StateValue).toBe("INSUFFICIENT_DATA");
    expect((await harness.alarm("always")).StateValue).toBe("ALARM");
    for (let sample = 0; sample < 100; sample++) harness.put("Load", 20);
    await harness.clock.advance(MINUTE);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
  });
});

const onMath = {
  AlarmName: "a",
  Metrics: [
    metric("traffic", "In"),
    metric("efs", "Read"),
    { Id: "net", Expression: "(FILL(traffic, 0) - FILL(efs, 0)) / PERIOD(traffic)", Label: "bytes per second" },
  ],
  EvaluationPeriods: 3,
  DatapointsToAlarm: 3,
  Threshold: 10,
  ComparisonOperator: "LessThanThreshold",
  AlarmActions: [POLICY, TOPIC, FUNCTION],
};

describe("an alarm on metric math, with actions", () => {
  test("scales again every minute while it lasts; topics and functions are told once", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", onMath);
    await harness.minutes("In", 60_000, 60_000, 60_000, 60_000, 60_000);
    expect((await harness.alarm()).StateValue).toBe("OK");
    await harness.minutes("In", undefined, undefined, undefined);
    expect((await harness.alarm()).StateValue).toBe("ALARM");
    const since = harness.clock.now();
    expect(harness.executions.at(-1)).toMatchObject({
      policyArn: POLICY,
      breach: { metricValue: 0, threshold: 10, datapoints: [0, 0, 0], alarm: { name: "a", state: "ALARM" } },
    });
    const before = harness.executions.length;
    await harness.minutes("In", undefined, undefined);
    expect(harness.executions.slice(before).map(({ at }) => at)).toEqual([since - 1000 + MINUTE, since - 1000 + 2 * MINUTE]);
    const alarms = (): number => harness.messages.filter(({ subject }) => subject!.startsWith("ALARM")).length;
    const told = alarms();
    await harness.minutes("In", undefined, undefined);
    expect(alarms()).toBe(told);
  });

  test("the event, the message and the payload have AWS's shapes", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", { ...onMath, AlarmDescription: "nobody uses it" });
    await harness.minutes("In", undefined, undefined, undefined);
    const alarm = await harness.alarm();
    const configuration = {
      description: "nobody uses it",
      metrics: [
        {
          id: "traffic",
          metricStat: { metric: { namespace: "App", name: "In", dimensions: { Host: "h" } }, period: 60, stat: "Sum" },
          returnData: false,
        },
        {
          id: "efs",
          metricStat: { metric: { namespace: "App", name: "Read", dimensions: { Host: "h" } }, period: 60, stat: "Sum" },
          returnData: false,
        },
        { id: "net", expression: "(FILL(traffic, 0) - FILL(efs, 0)) / PERIOD(traffic)", label: "bytes per second", returnData: true },
      ],
    };
    const timestamp = alarm.StateUpdatedTimestamp!.toISOString().replace("Z", "+0000");
    const detail = {
      alarmName: "a",
      state: { value: "ALARM", reason: alarm.StateReason, reasonData: alarm.StateReasonData, timestamp },
      previousState: { value: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation", timestamp: "2026-01-05T00:00:06.000+0000" },
      configuration,
    };
    expect(harness.events.find(({ detailType }) => detailType === "CloudWatch Alarm State Change")).toEqual({
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      resources: [alarm.AlarmArn],
      detail,
    });
    expect(harness.invocations[0]).toEqual({
      functionArn: FUNCTION,
      source: { principal: "lambda.alarms.cloudwatch.amazonaws.com", arn: alarm.AlarmArn },
      payload: {
        source: "aws.cloudwatch",
        alarmArn: alarm.AlarmArn,
        accountId: "000000000000",
        time: timestamp,
        region: "us-west-2",
        alarmData: detail,
      },
    });
    const [message] = harness.messages;
    expect(message).toMatchObject({ topic: TOPIC, subject: 'ALARM: "a" in US West (Oregon)' });
    expect(message!.body).toContain('"Threshold":10.0,"TreatMissingData":"missing"');
    expect(JSON.parse(message!.body)).toMatchObject({
      AlarmName: "a",
      AlarmDescription: "nobody uses it",
      AWSAccountId: "000000000000",
      NewStateValue: "ALARM",
      NewStateReason: alarm.StateReason,
      StateChangeTime: timestamp,
      Region: "US West (Oregon)",
      AlarmArn: "arn:aws:cloudwatch:us-west-2:000000000000:alarm:a",
      OldStateValue: "INSUFFICIENT_DATA",
      AlarmActions: [POLICY, TOPIC, FUNCTION],
      Trigger: { Period: 60, EvaluationPeriods: 3, ComparisonOperator: "LessThanThreshold" },
    });
  });

  test("disabled actions are not done; a failing one is in the history and stops no other", async () => {
    const harness = await started();
    await harness.op("PutMetricAlarm", onMath);
    await harness.op("DisableAlarmActions", { AlarmNames: ["a"] });
    await harness.minutes("In", undefined, undefined, undefined);
    expect(await harness.alarm()).toMatchObject({ StateValue: "ALARM", ActionsEnabled: false });
    expect([harness.messages, harness.executions]).toEqual([[], []]);
    await harness.op("EnableAlarmActions", { AlarmNames: ["a"] });
    harness.failTopics();
    await harness.op("SetAlarmState", { AlarmName: "a", StateValue: "OK", StateReason: "testing" });
    await harness.op("SetAlarmState", { AlarmName: "a", StateValue: "ALARM", StateReason: "testing" });
    await harness.clock.settle();
    expect(harness.invocations).toHaveLength(1);
    const { AlarmHistoryItems } = await harness.op<DescribeAlarmHistoryOutput>("DescribeAlarmHistory", { AlarmName: "a", HistoryItemType: "Action" });
    expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual(
      expect.arrayContaining([
        `Successfully executed action ${POLICY}`,
        `Successfully executed action ${FUNCTION}`,
        expect.stringContaining(`Failed to execute action ${TOPIC}`),
      ]),
    );
  });
});

test("the history has the creation, every change of state, and is there after the alarm is deleted", async () => {
  const harness = await started();
  await harness.op("PutMetricAlarm", onMetric);
  await harness.minutes("Load", 1, 20, 20);
  await harness.op("DeleteAlarms", { AlarmNames: ["a"] });
  const { AlarmHistoryItems } = await harness.op<DescribeAlarmHistoryOutput>("DescribeAlarmHistory", {
    AlarmName: "a",
    ScanBy: "TimestampAscending",
  });
  expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual([
    'Alarm "a" created',
    "Alarm updated from INSUFFICIENT_DATA to OK",
    "Alarm updated from OK to ALARM",
    'Alarm "a" deleted',
  ]);
  expect(JSON.parse(AlarmHistoryItems![2]!.HistoryData!)).toMatchObject({
    version: "1.0",
    oldState: { stateValue: "OK" },
    newState: { stateValue: "ALARM", stateReasonData: { period: 60, threshold: 10 } },
  });
  await expect(harness.op("DeleteAlarms", { AlarmNames: ["a"] })).rejects.toMatchObject({ code: "ResourceNotFound" });
});

test("after a restart alarms go on, with the metrics from before", async () => {
  const harness = await started();
  await harness.op("PutMetricAlarm", onMetric);
  await harness.minutes("Load", 1, 20);
  void harness.service.stop?.();
  const again = createHarness(harness.store, harness.clock);
  void again.service.start?.();
  await again.minutes("Load", 20);
  expect((await again.alarm()).StateValue).toBe("ALARM");
});

test("with nothing to do there is no timer", async () => {
  const harness = await started();
  await harness.op("PutMetricAlarm", onMetric);
  await harness.op("DeleteAlarms", { AlarmNames: ["a"] });
  await harness.clock.advance(2 * MINUTE);
  let ran = 0;
  harness.clock.setTimer(0, () => void ran++);
  await harness.clock.advance(24 * 60 * MINUTE);
  expect(ran).toBe(1);
});

describe("PutMetricAlarm refuses", () => {
  test.each([
    [{ Period: 60, EvaluationPeriods: 1441 }, "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."],
    [
      { Period: 3600, EvaluationPeriods: 169 },
      "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800).",
    ],
    [{ Period: 45 }, "Period must be 10, 20, 30 or a multiple of 60"],
    [{ DatapointsToAlarm: 3 }, "DatapointsToAlarm (3) must be less than or equal to EvaluationPeriods (2)."],
    [{ AlarmActions: ["nonsense"] }, "Invalid arn syntax: nonsense"],
    [{ AlarmActions: [TOPIC.replace("us-west-2", "us-east-1")] }, "Invalid region us-east-1 specified. Only us-west-2 is supported."],
    [{ AlarmName: "x".repeat(256) }, /Member must have length less than or equal to 255$/],
    [{ TreatMissingData: "never" }, /never/],
    [{ Statistic: undefined }, /Exactly one of the parameters Statistic and ExtendedStatistic/],
  ])("%o", async (change, message) => {
    const harness = await started();
    const refused = expect(harness.op("PutMetricAlarm", { ...onMetric, ...change })).rejects;
    await (typeof message === "string" ? refused.toMatchObject({ message }) : refused.toThrow(message));
  });

  test.each([
    [[metric("m1", "In")], "Exactly one element of the metrics list should return data."],
    [[metric("m1", "In"), { Id: "e1", Expression: "m1 +" }], /^Error in expression 'e1' \[/],
    [[metric("m1", "In"), { Id: "e1", Expression: "m2 + 1" }], /Unknown identifier 'm2'/],
    [[metric("m1", "In"), { Id: "e1", Expression: "SUM(m1)" }], /single time series/],
    [[metric("m1", "In"), { Id: "e1", Expression: "e2" }, { Id: "e2", Expression: "e1", ReturnData: false }], /Circular reference/],
    [[{ Id: "e1", Expression: "SEARCH('{App} x', 'Sum')" }], /SEARCH is not supported on Metric Alarms/],
  ])("metrics %#", async (Metrics, message) => {
    const harness = await started();
    const refused = expect(harness.op("PutMetricAlarm", { ...onMath, Metrics })).rejects;
    await (typeof message === "string" ? refused.toMatchObject({ message }) : refused.toThrow(message));
  });

  test("what this cloud does not have, by name", async () => {
    const harness = await started();
    for (const change of [
      { AlarmActions: ["arn:aws:automate:us-west-2:ec2:stop"] },
      { ThresholdMetricId: "ad1" },
      { ComparisonOperator: "GreaterThanUpperThreshold" },
    ]) {
      await expect(harness.op("PutMetricAlarm", { ...onMetric, ...change })).rejects.toBeInstanceOf(NotSupported);
    }
    await expect(harness.op("PutCompositeAlarm", {})).rejects.toBeInstanceOf(NotSupported);
  });
});

test("an alarm that is put again keeps its state and its tags", async () => {
  const harness = await started();
  await harness.op("PutMetricAlarm", { ...onMetric, Tags: [{ Key: "leaf", Value: "hello" }] });
  await harness.minutes("Load", 20, 20);
  await harness.op("PutMetricAlarm", { ...onMetric, Threshold: 5, Tags: [{ Key: "other", Value: "x" }] });
  const alarm = await harness.alarm();
  expect(alarm).toMatchObject({ StateValue: "ALARM", Threshold: 5 });
  expect(await harness.op("ListTagsForResource", { ResourceARN: alarm.AlarmArn })).toEqual({ Tags: [{ Key: "leaf", Value: "hello" }] });
});
