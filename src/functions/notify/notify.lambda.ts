import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEnv } from "../shared/env.ts";
import { logLine } from "../shared/log.ts";
import { realTime } from "../shared/poll.ts";
import { CLIENT } from "../shared/sdk.ts";
import { readChannels } from "./aws-channels.ts";
import { recordDeliveries } from "./record-deliveries.ts";
import { awsSecrets } from "./aws-secrets.ts";
import { deliverAll, deliverLater, type Later, type World } from "./deliver.ts";
import { NOTIFY_ENV } from "./env.ts";
import { hearers, letterOf, type SnsRecord } from "./letter.ts";
import { post } from "./post.ts";

const env = readEnv(NOTIFY_ENV);
const lambda = new LambdaClient(CLIENT);
const ssm = new SSMClient(CLIENT);

const world: World = {
  time: realTime,
  post,
  ...awsSecrets(realTime.now),
  record: recordDeliveries(env.application),
  again: async (later) =>
    void (await lambda.send(new InvokeCommand({ FunctionName: env.self, InvocationType: "Event", Payload: Buffer.from(JSON.stringify({ later })) }))),
  done: new Set(),
};

/** A message of the admin's topic, which hears of everything; or one delivery of it that is tried again. */
export async function handler(event: { readonly Records?: readonly SnsRecord[]; readonly later?: Later }): Promise<void> {
  if (event.later) return await deliverLater(event.later, world);
  for (const record of event.Records ?? []) {
    const letter = letterOf(record);
    const channels = hearers(letter, await readChannels(ssm, env, letter.leaf));
    logLine("tell", { id: letter.id, occasion: letter.occasion, leaf: letter.leaf, channels: channels.length });
    await deliverAll(letter, channels, world);
  }
}
