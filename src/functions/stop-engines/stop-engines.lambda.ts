import { ECSClient } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEngines } from "../shared/aws-engines.ts";
import { poke } from "../shared/aws-poke.ts";
import { describeTasks, lookAtTasks, markTask } from "../shared/aws-tasks.ts";
import { readInvocation, respond, waitUntil } from "../shared/engine-request.ts";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import { enginesPath } from "../shared/names.ts";
import { realTime } from "../shared/poll.ts";
import { CLIENT } from "../shared/sdk.ts";
import { STOP_ENGINES_ENV } from "./env.ts";
import { stopEngines, type StopWorld } from "./stop-engines.ts";

const env = readEnv(STOP_ENGINES_ENV);
const ecs = new ECSClient(CLIENT);
const ssm = new SSMClient(CLIENT);

const world: StopWorld = {
  ...realTime,
  engines: () => readEngines(ssm, enginesPath(env.application, env.environment)),
  look: (engine) => lookAtTasks(ecs, engine),
  describe: (engine, arns) => describeTasks(ecs, engine, arns),
  mark: (arn, mark) => markTask(ecs, arn, mark),
  poke: ({ reconcile }) => poke(reconcile),
};

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<object> {
  const invocation = readInvocation(event);
  const until = waitUntil(invocation, { now: Date.now(), limitMs: Number(env.limitMs), remainingMs: context.getRemainingTimeInMillis() });
  return respond(invocation, await stopEngines(invocation, world, { pollMs: Number(env.pollMs), until }, logLine));
}
