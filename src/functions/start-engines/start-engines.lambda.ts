import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEngines } from "../shared/aws-engines.ts";
import { readInvocation, respond, waitUntil } from "../shared/engine-request.ts";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import { enginesPath } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import { asSubject } from "../shared/subject.ts";
import { awsStart } from "./aws-start.ts";
import { START_ENGINES_ENV } from "./env.ts";
import { startEngines } from "./start-engines.ts";

const env = readEnv(START_ENGINES_ENV);
const ssm = new SSMClient(CLIENT);
let elb: ElasticLoadBalancingV2Client | undefined;
const clients = { ecs: new ECSClient(CLIENT), elb: () => (elb ??= new ElasticLoadBalancingV2Client(CLIENT)) };

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<object> {
  const invocation = readInvocation(event);
  const setting = {
    engines: () => readEngines(ssm, enginesPath(env.application, env.environment)),
    world: (meant: Parameters<typeof awsStart>[1]) => awsStart(clients, meant),
    tell: async (subject: string, Message: string) =>
      void (await new SNSClient(CLIENT).send(new PublishCommand({ TopicArn: env.topic, Subject: asSubject(subject), Message }))),
    pollMs: Number(env.pollMs),
    until: waitUntil(invocation, { now: Date.now(), limitMs: Number(env.limitMs), remainingMs: context.getRemainingTimeInMillis() }),
  };
  return respond(invocation, await startEngines(invocation, setting, logLine));
}
