import {
  type AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DescribePoliciesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  ResourceNotFound,
} from "@aws-sdk/client-cloudwatch";
import { writeMark } from "../shared/marks.ts";
import { type LeafId, MARKS } from "../shared/names.ts";
import { marked, type Watch, watchdogAlarms, withActions } from "../shared/watchdog-alarms.ts";
import type { Watchdog } from "./watchdog.ts";

export interface WatchdogParts {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly id: LeafId;
  readonly group: string;
  readonly watch: Watch;
  /** ARN of this function, which the left-up alarm invokes. */
  readonly self: string;
}

/** By group: its policy is the same for as long as the group is there, and this function with it. */
const policies = new Map<string, string>();

export function awsWatchdog({ autoScaling, cloudWatch, id, group, watch, self }: WatchdogParts): Watchdog {
  const { idle, leftUp } = watchdogAlarms(id, watch);
  const wanted = [marked(idle), marked(leftUp)];
  return {
    look: async () => {
      const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: wanted.map(({ AlarmName }) => AlarmName!) }));
      return (MetricAlarms ?? []).map(({ AlarmName, AlarmDescription, StateValue, StateTransitionedTimestamp }) => ({
        name: AlarmName!,
        description: AlarmDescription ?? "",
        ...(StateValue === "ALARM" && StateTransitionedTimestamp ? { since: StateTransitionedTimestamp.getTime() } : {}),
      }));
    },
    lacking: (found) =>
      wanted
        .filter(({ AlarmName, AlarmDescription }) => !found.some(({ name, description }) => name === AlarmName && description === AlarmDescription))
        .map(({ AlarmName }) => AlarmName!),
    put: async (names) => {
      const alarms = withActions(id, watch, { stop: await stopPolicy(autoScaling, group), tell: self });
      const lacking = alarms.filter(({ AlarmName }) => names.includes(AlarmName!));
      await Promise.all(lacking.map((alarm) => cloudWatch.send(new PutMetricAlarmCommand(alarm))));
    },
    remove: async (names) => {
      // One by one: of a list with an unknown name none is deleted (CloudWatch API reference, DeleteAlarms).
      await Promise.all(names.map((name) => removeOne(cloudWatch, name)));
    },
    mark: async (mark) => {
      const tag = { ResourceId: group, ResourceType: "auto-scaling-group", Key: MARKS.unwatched, Value: writeMark(mark), PropagateAtLaunch: false };
      await autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [tag] }));
    },
    stop: async () => {
      await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group, DesiredCapacity: 0 }));
    },
  };
}

/**
 * The policy of the template: the one that sets the count to exactly 0 when a value is below the threshold. CloudFormation makes up its
 * name and its ARN, and it comes after the group, which comes after this function.
 * @throws Error while there is none: the stack is being made, or deleted
 */
async function stopPolicy(autoScaling: AutoScalingClient, group: string): Promise<string> {
  const known = policies.get(group);
  if (known !== undefined) return known;
  const { ScalingPolicies } = await autoScaling.send(new DescribePoliciesCommand({ AutoScalingGroupName: group, PolicyTypes: ["StepScaling"] }));
  const found = ScalingPolicies?.find(
    ({ AdjustmentType, StepAdjustments }) =>
      AdjustmentType === "ExactCapacity" &&
      StepAdjustments?.some(({ MetricIntervalUpperBound, ScalingAdjustment }) => MetricIntervalUpperBound === 0 && ScalingAdjustment === 0),
  );
  if (!found?.PolicyARN) throw new Error(`the group ${group} has no policy that sets its desired count to 0`);
  policies.set(group, found.PolicyARN);
  return found.PolicyARN;
}

async function removeOne(cloudWatch: CloudWatchClient, name: string): Promise<void> {
  try {
    await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
  } catch (error) {
    if (!(error instanceof ResourceNotFound)) throw error;
  }
}
