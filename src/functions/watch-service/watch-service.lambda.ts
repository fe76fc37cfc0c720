import { ECSClient } from "@aws-sdk/client-ecs";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { tell } from "../shared/aws-tell.ts";
import { answerCustomResource, type CustomResourceEvent, isCustomResource } from "../shared/custom-resource.ts";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import type { Message } from "../shared/aws-tell.ts";
import { announcedPath } from "../shared/names.ts";
import { lookAtService } from "./aws-look.ts";
import { WATCH_SERVICE_ENV } from "./env.ts";
import { messageFor } from "./messages.ts";
import { type Announcement, type Config, decide, type Occasion } from "./watch-service.ts";

const env = readEnv(WATCH_SERVICE_ENV);
const ecs = new ECSClient({});
const announced = awsAnnounced<Occasion>(announcedPath(env));
const config: Config = {
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
  const [seen, told] = await Promise.all([lookAtService(ecs, env), announced.read()]);
  if (!seen) return logLine("none", { leaf: env.leaf, why: "there is no such service" });
  const observed = { ...seen, announced: told, now: Date.now() };
  const { eventName, deploymentId, reason } = event.detail ?? {};
  const hint = { name: eventName, deployment: deploymentId, reason };
  const { due, renew, forget } = decide(hint, observed, config);
  logLine("look", { leaf: env.leaf, event: event.id, hint, desired: observed.desired, running: observed.running, due, renew, forget });
  for (const one of due) await tellOnce(one, messageFor(one, observed, config));
  for (const one of renew) await announced.renew(one);
  for (const one of forget) await announced.forget(one);
}

/** Who gets the lock tells. Lambda invokes it again where that fails, and so it must be free then. */
async function tellOnce(one: Announcement, message: Message): Promise<void> {
  if (!(await announced.lock(one))) return;
  try {
    await tell(JSON.parse(env.topics) as string[], message);
  } catch (error) {
    await announced.forget({ ...one, at: Date.now() });
    throw error;
  }
}

/** What was told is remembered in parameters that no template knows: they go with the stack. */
async function onStack({ RequestType }: CustomResourceEvent): Promise<void> {
  if (RequestType !== "Delete") return;
  for (const one of await announced.read()) await announced.forget(one);
}
