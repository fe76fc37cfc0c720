import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { ECSClient } from "@aws-sdk/client-ecs";
import { GetScheduleCommand, ResourceNotFoundException, SchedulerClient } from "@aws-sdk/client-scheduler";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { awsRuns } from "../shared/aws-runs.ts";
import { hitDimensions, type LeafId, SKIPPED } from "../shared/names.ts";
import { realTime } from "../shared/poll.ts";
import type { RunSpec } from "../shared/run-spec.ts";
import { CLIENT } from "../shared/sdk.ts";
import type { RunWorld } from "./run-task.ts";

/** Clients that most ticks do not need are made when they are needed. */
export function awsRunWorld(ecs: ECSClient, spec: RunSpec, id: LeafId, { deadLetters, body }: { deadLetters: string; body: string }): RunWorld {
  return {
    ...realTime,
    runs: awsRuns(ecs, spec),
    changedAt: async (arn) => {
      const [GroupName, Name] = arn.split("/").slice(-2);
      try {
        const { CreationDate, LastModificationDate } = await new SchedulerClient(CLIENT).send(new GetScheduleCommand({ GroupName, Name }));
        return (LastModificationDate ?? CreationDate)?.getTime();
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    skipped: async () => {
      const Dimensions = Object.entries(hitDimensions(id)).map(([Name, Value]) => ({ Name, Value }));
      const MetricData = [{ MetricName: SKIPPED.name, Dimensions, Value: 1, Unit: "Count" as const }];
      await new CloudWatchClient(CLIENT).send(new PutMetricDataCommand({ Namespace: SKIPPED.namespace, MetricData }));
    },
    bury: async (letter) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(letter).map(([name, StringValue]) => [name, { DataType: "String", StringValue: StringValue || "-" }]),
      );
      await new SQSClient(CLIENT).send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: body, MessageAttributes }));
    },
  };
}
