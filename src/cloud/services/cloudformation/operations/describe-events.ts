import type { DescribeEventsInput, DescribeEventsOutput, OperationEvent } from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { events, stackScopes, stacks, type EventRow, type StackRow } from "../../../deploy/engine/state.ts";
import { needChangeSet } from "../change-set-state.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";

/**
 * What happened in a stack, in one of its operations, or while a change set was made; the latest first. A change set is
 * checked before it is accepted, so there is nothing to tell of one that is there.
 */
export function DescribeEvents({ deployer }: CloudFormationDeps, input: DescribeEventsInput, call: Call): DescribeEventsOutput {
  const { engine } = deployer;
  if (input.ChangeSetName !== undefined) {
    needChangeSet(engine, input, call);
    return { OperationEvents: [] };
  }
  if (input.StackName === undefined && input.OperationId === undefined)
    throw new AwsError("ValidationError", "Either StackName, ChangeSetName or OperationId must be specified.");
  const rows = input.StackName === undefined ? stacksHere(engine.store, call) : [needStack(engine, call, input.StackName)];
  const all = rows
    .flatMap((stack) => [...events(engine.store, call, stack.stackId).entries()].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, event]) => event))
    .filter((event) => input.OperationId === undefined || event.operation?.id === input.OperationId)
    .filter((event) => !input.Filters?.FailedEvents || event.status.endsWith("_FAILED"));
  const { items, NextToken } = paginate(all, input.NextToken);
  return { OperationEvents: items.map(describe), NextToken };
}

const stacksHere = (store: CloudFormationDeps["deployer"]["engine"]["store"], call: Call): StackRow[] =>
  stackScopes(store).some(({ account, region }) => account === call.account && region === call.region) ? stacks(store, call).values() : [];

const describe = (event: EventRow): OperationEvent => ({
  EventId: event.eventId,
  StackId: event.stackId,
  OperationId: event.operation?.id,
  OperationType: event.operation?.type,
  // The stack's own events are those of the operation.
  ...(event.physicalId === event.stackId ? { OperationStatus: operationStatus(event.status) } : {}),
  EventType: event.status.endsWith("_FAILED") && event.physicalId !== event.stackId ? "PROVISIONING_ERROR" : "STACK_EVENT",
  LogicalResourceId: event.logicalId,
  PhysicalResourceId: event.physicalId,
  ResourceType: event.type,
  Timestamp: new Date(event.timestamp),
  ResourceStatus: event.status as OperationEvent["ResourceStatus"],
  ResourceStatusReason: event.reason,
  ResourceProperties: event.properties,
  ClientRequestToken: event.clientRequestToken,
});

function operationStatus(status: string): OperationEvent["OperationStatus"] {
  if (status.endsWith("_IN_PROGRESS")) return "IN_PROGRESS";
  return status.endsWith("_FAILED") || status.includes("ROLLBACK") ? "FAILED" : "SUCCEEDED";
}
