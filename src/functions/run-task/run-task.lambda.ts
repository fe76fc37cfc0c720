import { ECSClient } from "@aws-sdk/client-ecs";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import type { RunSpec } from "../shared/run-spec.ts";
import { CLIENT } from "../shared/sdk.ts";
import { awsRunWorld } from "./aws-run-world.ts";
import { RUN_TASK_ENV } from "./env.ts";
import { readEvent, runTask } from "./run-task.ts";

const env = readEnv(RUN_TASK_ENV);
const spec = JSON.parse(env.spec) as RunSpec;
const ecs = new ECSClient(CLIENT);

/** For the letter, after the last try. */
const SPARE_MS = 20_000;

/** A schedule's tick: starts one run of the leaf. */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<void> {
  const world = awsRunWorld(ecs, spec, env, { deadLetters: env.deadLetters, body: JSON.stringify(event) });
  await runTask(world, spec, readEvent(event), Date.now() + context.getRemainingTimeInMillis() - SPARE_MS, logLine);
}
