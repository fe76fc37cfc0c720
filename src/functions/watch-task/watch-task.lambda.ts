import { ECSClient } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { awsRecord } from "../shared/aws-record.ts";
import { answerCustomResource, type CustomResourceEvent, isCustomResource } from "../shared/custom-resource.ts";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import type { RunSpec } from "../shared/run-spec.ts";
import { CLIENT } from "../shared/sdk.ts";
import { awsLetters } from "./aws-letters.ts";
import { awsEndWorld, awsWatchWorld, type WatchParts } from "./aws-watch-world.ts";
import { endRuns } from "./end-runs.ts";
import { WATCH_TASK_ENV } from "./env.ts";
import { readLetters } from "./letters.ts";
import type { WatchConfig } from "./run.ts";
import { watchRun } from "./watch-run.ts";

const env = readEnv(WATCH_TASK_ENV);
const spec = JSON.parse(env.spec) as RunSpec;
const topics = JSON.parse(env.topics) as string[];
const parts: WatchParts = {
  ecs: new ECSClient(CLIENT),
  ssm: new SSMClient(CLIENT),
  id: env,
  spec,
  topics,
  record: awsRecord(env, "watch-task", logLine),
  self: env.self,
  schedulerRole: env.schedulerRole,
  runTask: env.runTask,
};
const world = awsWatchWorld(parts);
const config: WatchConfig = {
  application: env.application,
  environment: env.environment,
  leaf: env.leaf,
  container: spec.container,
  overlap: spec.overlap,
  leftUpMs: Number(env.leftUp) * 1000,
  leftUpStop: env.leftUpStop === "true",
  stopTimeout: Number(env.stopTimeout),
  replaces: env.runTask !== "",
  direct: env.runTask === "",
  hourUsd: env.hourUsd,
};

/** For the answer to CloudFormation. */
const SPARE_MS = 10_000;

type Event =
  | CustomResourceEvent
  /** From EventBridge. */
  | { readonly source: "aws.ecs"; readonly detail: { readonly taskArn: string } }
  /** From the alarm ("Invoke a Lambda function from an alarm", CloudWatch user guide). */
  | { readonly source: "aws.cloudwatch"; readonly alarmData: { readonly state: { readonly value: string } } }
  /** From the schedule that this function has made. */
  | { readonly task: string };

/** Watches the runs of a leaf: those that fail, those that do not end, and those that could not be started. */
export async function handler(event: Event, context: { getRemainingTimeInMillis(): number }): Promise<void> {
  if (isCustomResource(event)) {
    const until = Date.now() + context.getRemainingTimeInMillis() - SPARE_MS;
    return await answerCustomResource(event, async () => {
      if (event.RequestType === "Delete") await endRuns(awsEndWorld(parts), until, logLine);
    });
  }
  if ("task" in event) return await watchRun(world, config, event.task, logLine);
  if (event.source === "aws.ecs") return await watchRun(world, config, event.detail.taskArn, logLine);
  const letters = awsLetters({ deadLetters: env.deadLetters, keptLetters: env.keptLetters, alarm: env.alarm, topics, record: parts.record });
  await readLetters(letters, config, env.keptLetters.split("/").at(-1)!, logLine);
}
