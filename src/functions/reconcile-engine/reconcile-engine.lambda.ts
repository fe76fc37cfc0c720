import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { answerCustomResource, type CustomResourceEvent, isCustomResource } from "../shared/custom-resource.ts";
import { readEnv } from "../shared/env.ts";
import type { Engine } from "../shared/engine.ts";
import { logLine } from "../shared/log.ts";
import { announcedPath, scheduleGroupName } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import { isByRouse } from "../shared/seen-task.ts";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { keepCheck } from "./aws-check.ts";
import { instanceAddresses } from "./aws-instances.ts";
import { readMinutes } from "./aws-minutes.ts";
import { awsRecord } from "../shared/aws-record.ts";
import { tailOf } from "../shared/aws-tail.ts";
import { tellAndRecord } from "../shared/aws-tell.ts";
import { awsWorld, clearWorld } from "./aws-world.ts";
import { clear } from "./clear.ts";
import { converge } from "./converge.ts";
import { ENGINE_TASKS, RECONCILE_ENGINE_ENV } from "./env.ts";
import type { Config, Occasion } from "./observation.ts";

const env = readEnv(RECONCILE_ENGINE_ENV);
const engine = JSON.parse(env.engine) as Engine;
const ecs = new ECSClient(CLIENT);
const addresses: Record<string, string> = {};
const config: Config = {
  application: env.application,
  environment: env.environment,
  leaf: env.leaf,
  engine,
  idleMs: Number(env.idle) * 1000,
  leftUpMs: Number(env.leftUp) * 1000,
  leftUpStop: env.leftUpStop === "true",
  drainMs: Number(env.drain) * 1000,
  address: env.address,
  isMeasured: env.targetGroupMetric !== "",
  isRouted: env.rule !== "",
  hourUsd: env.hourUsd,
};
const record = awsRecord(env, "reconcile-engine", logLine);
const check = { group: scheduleGroupName(env.application, env.leaf), self: env.self, role: env.schedulerRole };
const metrics = { loadBalancer: env.loadBalancerMetric, targetGroup: env.targetGroupMetric };

// Clients that a wake does not need on its way to the first answer are made when they are needed.
const parts = { ecs, elb: new ElasticLoadBalancingV2Client(CLIENT), announced: awsAnnounced<Occasion>(announcedPath(env)) };
const places = { engine, rule: env.rule, doorman: env.doorman };
const world = awsWorld(
  {
    ...parts,
    instances: (arns) => (arns.length === 0 ? Promise.resolve({}) : instanceAddresses(ecs, engine.cluster, arns, addresses)),
    minutes: (from, to) => readMinutes(metrics, from, to),
    tell: (message) => tellAndRecord(JSON.parse(env.topics) as string[], message, record),
    record,
    tail: async (task) => (await tailOf(env, engine.container, task, new CloudWatchLogsClient(CLIENT))).lines,
    check: (at) => keepCheck(check, at),
  },
  places,
);

/** How long it waits inside for targets to become healthy or to drain; the check schedule takes over afterwards. */
const LONGEST_MS = 240_000;
/** For what is left to do after the waiting. */
const SPARE_MS = 20_000;

type Event = { readonly id?: string; readonly "detail-type"?: string } | CustomResourceEvent;

/** Something has happened to the engine, or somebody wants it looked at. What, does not matter: see decide.ts. Or it is deleted. */
export async function handler(event: Event, context: { getRemainingTimeInMillis(): number }): Promise<void> {
  const until = Date.now() + Math.max(0, Math.min(LONGEST_MS, context.getRemainingTimeInMillis() - SPARE_MS));
  if (isCustomResource(event)) return await answerCustomResource(event, () => onStack(event, until));
  logLine("woken", { leaf: env.leaf, event: event.id, type: event["detail-type"] });
  await converge(world, config, until, logLine);
}

/** CloudFormation says what becomes of the leaf's stack. Only its end matters. */
async function onStack({ RequestType, ResourceProperties }: CustomResourceEvent, until: number): Promise<void> {
  logLine("stack", { leaf: env.leaf, request: RequestType });
  if (RequestType !== "Delete") return;
  const isAll = ResourceProperties[ENGINE_TASKS.stop] === ENGINE_TASKS.all;
  await clear(clearWorld(parts, places), ({ startedBy }) => isAll || isByRouse(startedBy), until, logLine);
}
