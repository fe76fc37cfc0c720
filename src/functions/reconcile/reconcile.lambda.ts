import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { Route53Client } from "@aws-sdk/client-route-53";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import { awsWorld } from "./aws-world.ts";
import { converge } from "./converge.ts";
import { RECONCILE_ENV } from "./env.ts";
import { hostedZone } from "./hosted-zone.ts";

const env = readEnv(RECONCILE_ENV);
// Route 53 is a global service; its endpoint is in us-east-1.
const clients = {
  autoScaling: new AutoScalingClient({}),
  cloudWatch: new CloudWatchClient({}),
  ec2: new EC2Client({}),
  ecs: new ECSClient({}),
  route53: new Route53Client({ region: "us-east-1" }),
  sns: new SNSClient({}),
};
// The shared zone's ID is where the zone is made.
const zone = hostedZone(env.hostedZone, () => new SSMClient({ region: "us-east-1" }));
const about = { ...env, ports: JSON.parse(env.ports) as string[], healthCheck: env.healthCheck === "true", bootMs: Number(env.boot) * 1000 };

/** Something has happened to the group or to a task. What, does not matter: see reconcile.ts. */
export async function handler(event: { id?: string; "detail-type"?: string }): Promise<void> {
  logLine("woken", { leaf: env.leaf, event: event.id, type: event["detail-type"] });
  await converge(awsWorld(clients, { ...env, hostedZone: await zone() }), about, logLine);
}
