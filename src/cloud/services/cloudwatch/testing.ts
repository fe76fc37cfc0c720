import type { DescribeAlarmsOutput, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { EventsPort } from "../../core/ports.ts";
import { Store } from "../../core/store.ts";
import { createCloudWatch } from "./index.ts";

export const scope = { account: "000000000000", region: "us-west-2" };
const call = { ...scope, principal: { kind: "root" as const, arn: "arn:aws:iam::000000000000:root", account: scope.account }, requestId: "" };
export const TOPIC = "arn:aws:sns:us-west-2:000000000000:alerts";
export const POLICY = "arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:u:autoScalingGroupName/g:policyName/p";
export const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:f";
export const MINUTE = 60_000;

/** CloudWatch with a virtual clock and ports that write down what they are told. */
export function createHarness(store = new Store(), clock = new VirtualClock()) {
  const events: Parameters<EventsPort["emit"]>[1][] = [];
  const messages: { topic: string; subject?: string; body: string }[] = [];
  const invocations: unknown[] = [];
  const executions: { policyArn: string; breach: object; at: number }[] = [];
  let topicsFail = false;
  const service = createCloudWatch({
    store,
    clock,
    ids: seededIds(),
    events: { emit: (_scope, event) => void events.push(event) },
    sns: {
      publish: (topic, message) => {
        if (topicsFail) return Promise.reject(new Error("Topic does not exist"));
        messages.push({ topic, ...message });
        return Promise.resolve();
      },
    },
    lambda: {
      invokeAsync: (functionArn, payload, source) => {
        invocations.push({ functionArn, payload, source });
        return Promise.resolve();
      },
      invokeSync: () => Promise.reject(new Error("not used")),
    },
    scaling: {
      executePolicy: (policyArn, breach) => {
        executions.push({ policyArn, breach, at: clock.now() });
        return Promise.resolve();
      },
    },
  });
  const op = async <O = object>(operation: string, input: object): Promise<O> => (await service.operations[operation]!(input, call)) as O;
  const alarm = async (name = "a"): Promise<MetricAlarm> =>
    (await op<DescribeAlarmsOutput>("DescribeAlarms", { AlarmNames: [name] })).MetricAlarms![0]!;
  const put = (name: string, value: number): void => service.put(scope, "App", [{ name, dimensions: { Host: "h" }, value, unit: "Count" }]);
  /** One value in each of the next minutes; undefined is a minute without one. Ends just after the last one's evaluation. */
  const minutes = async (name: string, ...values: (number | undefined)[]): Promise<void> => {
    for (const value of values) {
      if (value !== undefined) put(name, value);
      await clock.advance(MINUTE);
    }
  };
  return { store, clock, service, op, alarm, put, minutes, events, messages, invocations, executions, failTopics: () => (topicsFail = true) };
}
type Harness = ReturnType<typeof createHarness>;

export async function started(): Promise<Harness> {
  const harness = createHarness();
  void harness.service.start?.();
  // Past the evaluation of a minute: a value put now is in the minute that the next one looks at.
  await harness.clock.advance(6000);
  return harness;
}

/** A query of one metric, not returned. */
export const metric = (Id: string, MetricName: string): object => ({
  Id,
  MetricStat: { Metric: { Namespace: "App", MetricName, Dimensions: [{ Name: "Host", Value: "h" }] }, Period: 60, Stat: "Sum" },
  ReturnData: false,
});
