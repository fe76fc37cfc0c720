import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import type { SeenEvent } from "./failure.ts";

/** @param region where the stack is */
export type ClientOf = (region: string) => CloudFormationClient;

/** Pages of stack events that are read, a hundred events each: an operation has a few for each resource. */
const MOST_PAGES = 10;

/** Its events, the newest first. @param enough says when older ones are not needed */
export async function eventsOf(
  client: CloudFormationClient,
  stackId: string,
  enough: (events: readonly SeenEvent[]) => boolean,
): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await client.send(new DescribeStackEventsCommand({ StackName: stackId, NextToken }));
    for (const event of answer.StackEvents ?? []) {
      events.push({
        id: event.EventId ?? "",
        at: event.Timestamp?.getTime() ?? 0,
        physicalId: event.PhysicalResourceId ?? "",
        logicalId: event.LogicalResourceId ?? "",
        type: event.ResourceType ?? "",
        status: event.ResourceStatus ?? "",
        ...(event.ResourceStatusReason ? { reason: event.ResourceStatusReason } : {}),
      });
    }
    ({ NextToken } = answer);
    if (!NextToken || enough(events)) break;
  }
  return events;
}

/** By its ID, so that one that is deleted is found, too. */
export async function describe(client: CloudFormationClient, stackId: string): Promise<Stack | undefined> {
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackId }));
  return Stacks?.[0];
}

/** ARN of the topic in a leaf's own stack; undefined where there is none (any more). */
export async function topicIn(client: CloudFormationClient, stackName: string): Promise<string | undefined> {
  try {
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: stackName }));
    return StackResources.find(
      ({ ResourceType, ResourceStatus = "" }) => ResourceType === "AWS::SNS::Topic" && !/DELETE|CREATE_FAILED/.test(ResourceStatus),
    )?.PhysicalResourceId;
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}
