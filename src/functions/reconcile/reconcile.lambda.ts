import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { Route53Client } from "@aws-sdk/client-route-53";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEnv } from "../shared/env.ts";
import { logLine, told } from "../shared/log.ts";
import { CLIENT } from "../shared/sdk.ts";
import type { Watch } from "../shared/watchdog-alarms.ts";
import { answerCustomResource, type CustomResourceEvent, isCustomResource } from "../shared/custom-resource.ts";
import { awsWorld } from "./aws-world.ts";
import { converge, type World } from "./converge.ts";
import { RECONCILE_ENV } from "./env.ts";
import { hostedZone } from "./hosted-zone.ts";

const env = readEnv(RECONCILE_ENV);
// Route 53 is a global service; its endpoint is in us-east-1.
const clients = {
  autoScaling: new AutoScalingClient(CLIENT),
  // CloudWatch takes few alarms a second from an account (CloudWatch user guide, "CloudWatch service quotas"): many leaves may wake at once.
  cloudWatch: new CloudWatchClient({ ...CLIENT, maxAttempts: 6 }),
  ec2: new EC2Client(CLIENT),
  ecs: new ECSClient(CLIENT),
  logs: new CloudWatchLogsClient(CLIENT),
  route53: new Route53Client({ ...CLIENT, region: "us-east-1" }),
  sns: new SNSClient(CLIENT),
};
// The shared zone's ID is where the zone is made.
const zone = hostedZone(env.hostedZone, () => new SSMClient({ ...CLIENT, region: "us-east-1" }));
const world = async (): Promise<World> => awsWorld(clients, { ...env, hostedZone: await zone() });
const watch = JSON.parse(env.watch) as Watch;
const about = {
  ...env,
  ports: JSON.parse(env.ports) as string[],
  healthCheck: env.healthCheck === "true",
  bootMs: Number(env.boot) * 1000,
  leftUp: watch.leftUp,
  idleBelow: watch.idle.below,
};

type Event = { readonly id?: string; readonly "detail-type"?: string; readonly source?: string } | CustomResourceEvent;

/** Something has happened to the group or to a task, or the left-up alarm went off. What, does not matter: see reconcile.ts. */
export async function handler(event: Event): Promise<void> {
  if (isCustomResource(event)) return await answerCustomResource(event, () => onStack(event));
  logLine("woken", { leaf: env.leaf, event: event.id, type: event["detail-type"] ?? event.source });
  await converge(await world(), about, logLine);
}

/** CloudFormation says that the alarms are to be others, or that the leaf is deleted. The group, if it was ours, is gone then. */
async function onStack({ RequestType }: CustomResourceEvent): Promise<void> {
  logLine("stack", { leaf: env.leaf, request: RequestType });
  // Without the zone, whose ID may be gone already.
  if (RequestType === "Delete") return await awsWorld(clients, env).watchdog.remove([env.idleAlarm, env.leftUpAlarm]);
  await converge(await world(), about, logLine).catch((error: unknown) => {
    // A leaf that is up has alarms, if old ones, and the next event tries again. A deployment that failed for it could not be rolled back.
    if (RequestType === "Create") throw error;
    logLine("alarms not changed", { leaf: env.leaf, error: told(error) });
  });
}
