import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { awsRecord } from "../shared/aws-record.ts";
import { tailOf } from "../shared/aws-tail.ts";
import { tellAndRecord } from "../shared/aws-tell.ts";
import { answerCustomResource, type CustomResourceEvent, isCustomResource } from "../shared/custom-resource.ts";
import { readEnv } from "../shared/env.ts";
import { logLine, told } from "../shared/log.ts";
import type { Message } from "../shared/aws-tell.ts";
import { announcedPath } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import { lookAtService } from "./aws-look.ts";
import { WATCH_SERVICE_ENV } from "./env.ts";
import { messageFor } from "./messages.ts";
import { type Announcement, type Config, decide, type Occasion } from "./watch-service.ts";

const env = readEnv(WATCH_SERVICE_ENV);
const ecs = new ECSClient(CLIENT);
const announced = awsAnnounced<Occasion>(announcedPath(env));
const record = awsRecord(env, "watch-service", logLine);
const config: Config = {
  application: env.application,
  environment: env.environment,
  leaf: env.leaf,
  crashLoop: { stops: Number(env.stops), withinMs: Number(env.within) * 1000 },
  logGroup: env.logGroup,
};

interface EcsEvent {
  readonly id?: string;
  readonly "detail-type"?: string;
  readonly detail?: { readonly eventName?: string; readonly deploymentId?: string; readonly reason?: string };
}

/** Something has happened to the service: tells people what they should know, each thing once. Or its stack is changed or deleted. */
export async function handler(event: EcsEvent | CustomResourceEvent): Promise<void> {
  if (isCustomResource(event)) return await answerCustomResource(event, () => onStack(event));
  const [seen, known] = await Promise.all([lookAtService(ecs, env), announced.read()]);
  if (!seen) return logLine("none", { leaf: env.leaf, why: "there is no such service" });
  const observed = { ...seen, announced: known, now: Date.now() };
  const { eventName, deploymentId, reason } = event.detail ?? {};
  const hint = { name: eventName, deployment: deploymentId, reason };
  const { due, renew, forget } = decide(hint, observed, config);
  logLine("look", { leaf: env.leaf, event: event.id, hint, desired: observed.desired, running: observed.running, due, renew, forget });
  for (const one of due) await tellOnce(one, async () => messageFor(one, observed, config, await endOf(one)));
  for (const one of renew) await announced.renew(one);
  for (const one of forget) await announced.forget(one);
}

/** Who gets the lock tells. Lambda invokes it again where that fails, and so it must be free then. */
async function tellOnce(one: Announcement, message: () => Promise<Message>): Promise<void> {
  if (!(await announced.lock(one))) return;
  try {
    await tellAndRecord(JSON.parse(env.topics) as string[], await message(), record);
  } catch (error) {
    await announced.forget({ ...one, at: Date.now() });
    throw error;
  }
}

/** The last lines of the task that ended last; none where they cannot be had. */
async function endOf({ last }: Announcement): Promise<readonly string[]> {
  if (last === undefined) return [];
  const tail = await tailOf(env, env.leaf, last, new CloudWatchLogsClient(CLIENT)).catch((error: unknown) => {
    logLine("no log", { task: last, error: told(error) });
    return undefined;
  });
  return tail?.lines ?? [];
}

/** What was told is remembered in parameters that no template knows: they go with the stack. */
async function onStack({ RequestType }: CustomResourceEvent): Promise<void> {
  if (RequestType !== "Delete") return;
  for (const one of await announced.read()) await announced.forget(one);
}
