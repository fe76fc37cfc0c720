import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { TAGS } from "../shared/names.ts";
import { type ClientOf, describe, eventsOf, topicIn } from "./aws-stacks.ts";
import { type Failure, failureOf, type SeenEvent } from "./failure.ts";
import { type FailedStack, failedMessage } from "./message.ts";
import type { Message } from "../shared/aws-tell.ts";

/** AWS CloudFormation user guide, "Stack Status Change event detail". */
export interface StackEvent {
  readonly time: string;
  readonly detail: { readonly "stack-id": string; readonly "status-details": { readonly status: string } };
}

export interface Config {
  readonly application: string;
  readonly environment: string;
  readonly region: string;
  readonly topic: string;
}

/** What is to be said of it, and to whom. */
export interface Told {
  readonly stack: string;
  /** Of the operation that failed. */
  readonly id: string;
  readonly message: Message;
  readonly topics: readonly string[];
}

/** @returns undefined where there is nothing to tell: a nested stack, whose parent fails with it, or a stack of somebody else */
export async function look(event: StackEvent, config: Config, clientOf: ClientOf): Promise<Told | undefined> {
  const { "stack-id": stackId } = event.detail;
  const { status } = event.detail["status-details"];
  const region = stackId.split(":")[3]!;
  const client = clientOf(region);
  const stack = await describe(client, stackId);
  const tags = new Map((stack?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  const isOurs = tags.get(TAGS.application) === config.application && tags.get(TAGS.environment) === config.environment;
  if (!stack || stack.ParentId || !isOurs) return undefined;
  const ended = { status, at: Date.parse(event.time) };
  const find = (events: readonly SeenEvent[]) => failureOf(stackId, events, ended);
  const failure = find(await eventsOf(client, stackId, (events) => find(events) !== undefined));
  if (!failure) throw new Error(`${stackId}: none of its events says how it came to ${status}`);
  const cause = await causeOf(client, failure);
  const leaf = tags.get(TAGS.leaf);
  if (leaf !== undefined && status === "UPDATE_ROLLBACK_COMPLETE" && isToldElsewhere(cause)) return undefined;
  const name = stack.StackName!;
  const failed: FailedStack = { name, region, status, at: ended.at, ...(leaf === undefined ? {} : { leaf }) };
  const own = leaf === undefined ? undefined : await topicIn(clientOf(config.region), ownStack(name));
  return {
    stack: `${name}.${region}`,
    id: failure.id,
    message: failedMessage(failed, failure, cause, config),
    topics: [config.topic, ...(own === undefined ? [] : [own])],
  };
}

/**
 * A new version of a service that did not come up: its watch-service function, which knows why, has told that already, and ECS has
 * gone back to the version before. (Where the service is new, that function goes with the stack and may have told nothing.)
 */
const isToldElsewhere = ({ resource = "", reason }: { resource?: string; reason: string }): boolean =>
  resource.endsWith("(AWS::ECS::Service)") && /Circuit Breaker was triggered/i.test(reason);

/** A leaf's own stack of one of its stacks: `Arcade-Hello` of `Arcade-Hello-Domain` (stacks/names.ts). */
const ownStack = (name: string): string => name.split("-").slice(0, 2).join("-");

/** Stacks within stacks within stacks. */
const DEEPEST = 4;

/** What failed first; where that is a nested stack, what failed in it: of its own, CloudFormation says only that it failed. */
async function causeOf(
  client: CloudFormationClient,
  failure: Pick<Failure, "resource" | "reason">,
  depth = 0,
): Promise<{ resource?: string; reason: string }> {
  const { resource, reason } = failure;
  if (!resource) return { reason };
  const here = { resource: `${resource.logicalId} (${resource.type})`, reason };
  if (resource.type !== "AWS::CloudFormation::Stack" || resource.physicalId === "" || depth === DEEPEST) return here;
  const ofNested = (events: readonly SeenEvent[]): Failure | undefined => {
    // Whatever state it is in by now: the last operation that went wrong.
    const end = events.find(({ physicalId, status }) => physicalId === resource.physicalId && /FAILED|ROLLBACK/.test(status));
    return end && failureOf(resource.physicalId, events, { status: end.status, at: end.at });
  };
  const nested = await eventsOf(client, resource.physicalId, (events) => ofNested(events) !== undefined)
    .then(ofNested)
    .catch(() => undefined);
  return nested?.resource ? await causeOf(client, nested, depth + 1) : here;
}
