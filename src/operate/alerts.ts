import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, FilterLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { mailOf } from "../config/alerts.ts";
import type { Alerts, Leaf, Project } from "../config/schema.ts";
import { type Channel, labelOf } from "../functions/shared/alerts.ts";
import { tell } from "../functions/shared/aws-tell.ts";
import type { Occasion } from "../functions/shared/notice.ts";
import type { DeliveryLine } from "../functions/shared/record.ts";
import { channelsOf } from "../stacks/alerts/channels.ts";
import { functionName, stackNames } from "../stacks/names.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";

/** Somebody who is told. */
export interface Hearer {
  readonly channel: "email" | Channel["kind"];
  /** An address; or what a channel is called, with nothing secret in it. */
  readonly to: string;
  /** Who says so: `rouse.yaml`, or the leaf. */
  readonly from: string;
  /** What it hears of; null: everything. */
  readonly on: readonly Occasion[] | null;
}

/** How a test went. */
export interface Tried extends Hearer {
  /** True: it was reached, or for a mail: it was handed to SNS, which does not tell more. */
  readonly ok: boolean;
  readonly error?: string;
}

/** Who hears of everything, and with a leaf also who hears of it. */
export function hearersOf({ base }: Project, leaf: Leaf | undefined): Hearer[] {
  const of = (alerts: Alerts, from: string): Hearer[] => [
    ...alerts.email.map(mailOf).map(({ address, on }): Hearer => ({ channel: "email", to: address, from, on: on ?? null })),
    ...channelsOf(alerts).map((channel): Hearer => ({ channel: channel.kind, to: labelOf(channel), from, on: channel.on ?? null })),
  ];
  return [...of(base.alerts, "rouse.yaml"), ...(leaf ? of(leaf.alerts, leaf.name) : [])];
}

/** The project, or the leaf, is not deployed. */
export class NotDeployed extends Error {}

/** Milliseconds of this machine's time for the channels to be reached. */
const LIMIT_MS = 30_000;
const POLL_MS = 500;

/**
 * Tells everybody of a leaf (or of everything) that this is a test, through the real topics, and waits for what comes of it.
 * @param id of the notice, new each time
 * @throws NotDeployed
 */
export async function testAlerts(
  project: Project,
  leaf: Leaf | undefined,
  connection: Connection,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<Tried[]> {
  const topics = await topicsOf(project, leaf, connection);
  const hearers = hearersOf(project, leaf);
  const pending = await unconfirmed(topics, connection);
  const logs = clientOf(CloudWatchLogsClient, connection);
  const seen = await deliveriesOf(logs, project, id);
  const now = serverTime(logs);
  const whom = leaf ? leaf.name : "every leaf";
  await tell(
    topics,
    {
      subject: `Test: you hear of ${whom}`,
      body: `Somebody tries whether messages about ${whom} of ${project.base.name} (${project.environment.name}) arrive. This one did. Nothing has happened.`,
      notice: {
        id,
        occasion: "test",
        application: project.base.name,
        environment: project.environment.name,
        ...(leaf ? { leaf: leaf.name } : {}),
        at: new Date(now()).toISOString(),
        why: "somebody tries whether messages arrive",
      },
    },
    clientOf(SNSClient, connection),
  );
  const channels = hearers.filter(({ channel }) => channel !== "email");
  const lines =
    seen === undefined || channels.length === 0 ? [] : await settled(logs, project, { id, count: new Set(channels.map(nameOf)).size, signal });
  return hearers.map((hearer) =>
    hearer.channel === "email" ? mailed(hearer, pending) : { ...hearer, ...outcomeOf(hearer, lines, seen !== undefined) },
  );
}

const nameOf = ({ channel, to }: { readonly channel: string; readonly to: string }): string => `${channel} ${to}`;

const mailed = (hearer: Hearer, pending: ReadonlyMap<string, boolean>): Tried => {
  const confirmed = pending.get(hearer.to.toLowerCase());
  if (confirmed === undefined) return { ...hearer, ok: false, error: "not subscribed: it is not deployed yet, or its owner has unsubscribed" };
  return confirmed ? { ...hearer, ok: true } : { ...hearer, ok: false, error: "its owner has not clicked the link in the mail from AWS" };
};

function outcomeOf(hearer: Hearer, lines: readonly DeliveryLine[], isDeployed: boolean): { ok: boolean; error?: string } {
  if (!isDeployed) return { ok: false, error: "it is not deployed yet" };
  const last = lines.findLast((line) => nameOf(line) === nameOf(hearer));
  if (!last) return { ok: false, error: `nothing is known of it after ${LIMIT_MS / 1000} s` };
  return { ok: last.ok, ...(last.error === undefined ? {} : { error: last.error }) };
}

/** ARNs of the topics that are told: the leaf's and the admin's, as for every notice. */
async function topicsOf(project: Project, leaf: Leaf | undefined, connection: Connection): Promise<string[]> {
  const client = clientOf(CloudFormationClient, connection);
  const stacks = [stackNames.base(project), ...(leaf ? [stackNames.leaf(project, leaf)] : [])];
  return await Promise.all(
    stacks.map(async (StackName) => {
      const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName })).catch((error: unknown) => {
        // CloudFormation has no error of its own for a stack that is not there.
        if (error instanceof Error && /does not exist/.test(error.message)) return { StackResources: [] };
        throw error;
      });
      const topic = StackResources.find(({ ResourceType }) => ResourceType === "AWS::SNS::Topic")?.PhysicalResourceId;
      if (!topic) throw new NotDeployed(`${StackName} is not deployed in ${project.environment.name}`);
      return topic;
    }),
  );
}

/** Addresses that are subscribed, in lower case, and whether their owners have confirmed it. */
async function unconfirmed(topics: readonly string[], connection: Connection): Promise<Map<string, boolean>> {
  const sns = clientOf(SNSClient, connection);
  const found = new Map<string, boolean>();
  for (const TopicArn of topics) {
    let NextToken: string | undefined;
    do {
      const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, ...(NextToken === undefined ? {} : { NextToken }) }));
      for (const { Protocol, Endpoint, SubscriptionArn } of page.Subscriptions ?? [])
        if (Protocol === "email") found.set(Endpoint!.toLowerCase(), SubscriptionArn !== "PendingConfirmation" && SubscriptionArn !== "Deleted");
      ({ NextToken } = page);
    } while (NextToken);
  }
  return found;
}

/** What the notify function has written of a notice; undefined where there is no such function. */
async function deliveriesOf(client: CloudWatchLogsClient, project: Project, id: string): Promise<DeliveryLine[] | undefined> {
  const logGroupName = `/aws/lambda/${functionName(project.base.name, undefined, "notify")}`;
  try {
    const lines: DeliveryLine[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new FilterLogEventsCommand({ logGroupName, filterPattern: `"${id}"`, ...(nextToken === undefined ? {} : { nextToken }) }),
      );
      for (const { message = "" } of page.events ?? [])
        if (message.startsWith('{"decision":"delivery"')) lines.push(JSON.parse(message) as DeliveryLine);
      ({ nextToken } = page);
    } while (nextToken);
    return lines;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Waits until each channel has been reached, or never will be. */
async function settled(
  client: CloudWatchLogsClient,
  project: Project,
  { id, count, signal }: { readonly id: string; readonly count: number; readonly signal: AbortSignal },
): Promise<DeliveryLine[]> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const lines = (await deliveriesOf(client, project, id)) ?? [];
    const done = new Set(lines.filter(({ ok, error = "" }) => ok || !error.endsWith("tried again")).map(nameOf));
    if (done.size >= count || Date.now() >= end || signal.aborted) return lines;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
