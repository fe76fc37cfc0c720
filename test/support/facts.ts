import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand, PutResourcePolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeInstancesCommand, EC2Client, type Instance } from "@aws-sdk/client-ec2";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import type { Deployed } from "./deployed.ts";
import { addressOf } from "./dns.ts";

/** What the tests look at, each asked of the cloud with the SDK. Names are those of the application `arcade`. */

export const MINUTE = 60_000;
export const NOWHERE = "0.0.0.0";
export const domainOf = (leaf: string): string => `${leaf}.arcade.example.com`;

export async function groupOf(world: Deployed, leaf: string) {
  const { AutoScalingGroups } = await world.cloud
    .client(AutoScalingClient)
    .send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [`arcade-${leaf}`] }));
  const group = AutoScalingGroups?.[0];
  return { desired: group?.DesiredCapacity, instances: group?.Instances ?? [], tags: group?.Tags ?? [] };
}

/** All instances that there ever were, also those that are gone. */
export async function everyInstance(world: Deployed): Promise<Instance[]> {
  const { Reservations } = await world.cloud.client(EC2Client).send(new DescribeInstancesCommand({}));
  return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
}

export async function tasksOf(world: Deployed, leaf: string, desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<Task[]> {
  const ecs = world.cloud.client(ECSClient);
  const cluster = `arcade-${leaf}`;
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus }));
  if (!taskArns?.length) return [];
  return (await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? [];
}

/** Subjects of the mails to an address, in the order in which they came. */
export function mailsTo(world: Deployed, address: string): string[] {
  const inbox = join(world.cloud.dataDir, "inbox");
  // There is none before the first mail.
  if (!existsSync(inbox)) return [];
  return (
    readdirSync(inbox)
      .toSorted()
      // A long header goes on in the next line (RFC 5322, 2.2.3).
      .map((file) => readFileSync(join(inbox, file), "utf8").replaceAll(/\r?\n[ \t]+/g, " "))
      .filter((mail) => /^To: (.*)$/m.exec(mail)?.[1]?.trim() === address)
      .map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!.trim())
  );
}

/** What DNS answers for a leaf now. A query like every other: it wakes the leaf. */
export const dnsAnswer = (world: Deployed, leaf: string): Promise<string | undefined> => addressOf(world.cloud.dns, domainOf(leaf));

/** Asks for the leaf's name and lets pass what it takes until it is awake. @returns its address */
export async function wake(world: Deployed, leaf: string): Promise<string> {
  await dnsAnswer(world, leaf);
  return (await world.until(leaf, "awake", 5 * MINUTE)).address!;
}

/** The zone that the leaves share. */
async function zoneOf(route53: Route53Client): Promise<string> {
  const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: "arcade.example.com", MaxItems: 1 }));
  return HostedZones![0]!.Id!;
}

/** The leaf's two records as Route 53 has them; no query, so nothing is woken. */
export async function recordsOf(world: Deployed, leaf: string): Promise<{ address?: string; announced?: string; ttl?: number }> {
  const route53 = world.cloud.client(Route53Client, "us-east-1");
  const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: await zoneOf(route53) }));
  const names = [domainOf(leaf), `_rouse.${domainOf(leaf)}`].map((name) => `${name}.`);
  const of = (type: string) => ResourceRecordSets.find((set) => set.Type === type && names.includes(set.Name!));
  return { address: of("A")?.ResourceRecords?.[0]?.Value, announced: of("TXT")?.ResourceRecords?.[0]?.Value?.replaceAll('"', ""), ttl: of("A")?.TTL };
}

/** Makes the leaf's records say something, as if a function of the past had written them. */
export async function writeRecords(world: Deployed, leaf: string, said: { address: string; announced: string }): Promise<void> {
  const route53 = world.cloud.client(Route53Client, "us-east-1");
  const change = (Name: string, Type: "A" | "TXT", Value: string) => ({
    Action: "UPSERT" as const,
    ResourceRecordSet: { Name, Type, TTL: 1, ResourceRecords: [{ Value }] } satisfies ResourceRecordSet,
  });
  const Changes = [change(domainOf(leaf), "A", said.address), change(`_rouse.${domainOf(leaf)}`, "TXT", `"${said.announced}"`)];
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: await zoneOf(route53), ChangeBatch: { Changes } }));
}

/** The messages of a log group, oldest first. */
export async function logLines(world: Deployed, logGroupName: string, region = "us-west-2"): Promise<string[]> {
  const { events } = await world.cloud.client(CloudWatchLogsClient, region).send(new FilterLogEventsCommand({ logGroupName }));
  return (events ?? []).map(({ message }) => message ?? "");
}

/** Invokes a deployed function and waits for its answer. @returns its error, undefined when it has none */
export async function invoke(world: Deployed, name: string, event: object, region = "us-west-2"): Promise<string | undefined> {
  const answer = await world.cloud.client(LambdaClient, region).send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return answer.FunctionError && Buffer.from(answer.Payload!).toString("utf8");
}

/** The event with which CloudWatch Logs gives log lines to a function. */
export function subscriptionEvent(messages: string[]): object {
  const payload = { messageType: "DATA_MESSAGE", logEvents: messages.map((message, id) => ({ id: String(id), timestamp: 0, message })) };
  return { awslogs: { data: gzipSync(JSON.stringify(payload)).toString("base64") } };
}

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

export interface RecordedEvent {
  "detail-type": string;
  detail: { lastStatus?: string };
}

const RECORDED = "/aws/events/recorded";

/** From now on keeps every event of Auto Scaling and ECS. @returns a function that reads them, oldest first */
export async function recordEvents(world: Deployed): Promise<() => Promise<RecordedEvent[]>> {
  const logs = world.cloud.client(CloudWatchLogsClient);
  const events = world.cloud.client(EventBridgeClient);
  const arn = `arn:aws:logs:us-west-2:000000000000:log-group:${RECORDED}`;
  const statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: ["logs:CreateLogStream", "logs:PutLogEvents"] };
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Resource: `${arn}:*` }] });
  await logs.send(new CreateLogGroupCommand({ logGroupName: RECORDED }));
  await logs.send(new PutResourcePolicyCommand({ policyName: "record", policyDocument }));
  await events.send(new PutRuleCommand({ Name: "record", EventPattern: JSON.stringify({ source: ["aws.autoscaling", "aws.ecs"] }) }));
  await events.send(new PutTargetsCommand({ Rule: "record", Targets: [{ Id: "log", Arn: arn }] }));
  return async () => (await logLines(world, RECORDED)).map((line) => JSON.parse(line) as RecordedEvent);
}
