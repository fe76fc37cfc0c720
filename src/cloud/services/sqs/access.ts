import { parseArn } from "../../core/scope.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { parseUrl, queueByArn } from "./shared.ts";
import { queueArn, queues } from "./state.ts";

interface NamesQueue {
  QueueUrl?: string;
  QueueName?: string;
  QueueOwnerAWSAccountId?: string;
  SourceArn?: string;
  DestinationArn?: string;
}

/**
 * Service Authorization Reference, Amazon SQS: every action but ListQueues has the resource type `queue`; the batch
 * operations need the permission of the single one.
 */
const ON_QUEUES: Record<string, string> = {
  ...Object.fromEntries(
    (
      "AddPermission ChangeMessageVisibility DeleteMessage DeleteQueue GetQueueAttributes ListDeadLetterSourceQueues ListQueueTags PurgeQueue " +
      "ReceiveMessage RemovePermission SendMessage SetQueueAttributes TagQueue UntagQueue"
    )
      .split(" ")
      .map((name) => [name, name]),
  ),
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  DeleteMessageBatch: "DeleteMessage",
  SendMessageBatch: "SendMessage",
};

/**
 * The queue's own policy counts as well, so that it may let in a role without a policy, or another account, which without one
 * does not come in.
 */
export function createAccess(store: Store): Record<string, Access> {
  const need = (action: string, resource: string, policy: string | undefined): AccessNeed => {
    const resourceAccount = parseArn(resource)?.account;
    return {
      action: `sqs:${action}`,
      resources: [resource],
      ...(resourceAccount === undefined ? {} : { resourceAccount }),
      ...(policy ? { resourcePolicies: [policy] } : {}),
    };
  };
  const onUrl =
    (action: string): Access =>
    (input: NamesQueue, call: Call) => {
      const { scope, name } = parseUrl(input.QueueUrl ?? "", call);
      return [need(action, queueArn(scope, name), queues(store, scope).get(name)?.attributes["Policy"])];
    };
  const onName =
    (action: string): Access =>
    (input: NamesQueue, call: Call) => {
      const scope = { account: input.QueueOwnerAWSAccountId ?? call.account, region: call.region };
      const name = input.QueueName ?? "*";
      return [need(action, queueArn(scope, name), queues(store, scope).get(name)?.attributes["Policy"])];
    };
  const onSource =
    (action: string): Access =>
    (input: NamesQueue) => [need(action, input.SourceArn ?? "*", queueByArn(store, input.SourceArn ?? "")?.queue.attributes["Policy"])];
  return {
    ...Object.fromEntries(Object.entries(ON_QUEUES).map(([operation, action]) => [operation, onUrl(action)])),
    CreateQueue: onName("CreateQueue"),
    GetQueueUrl: onName("GetQueueUrl"),
    ListMessageMoveTasks: onSource("ListMessageMoveTasks"),
    // "You must have … sqs:StartMessageMoveTask, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes" on the dead-letter
    // queue, and sqs:SendMessage on where the messages go (SQS Developer Guide, "Configuring queue permissions for dead-letter queue redrive").
    StartMessageMoveTask: (input: NamesQueue, call) => [
      ...["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].flatMap((action) => onSource(action)(input, call)),
      ...(input.DestinationArn === undefined
        ? []
        : [need("SendMessage", input.DestinationArn, queueByArn(store, input.DestinationArn)?.queue.attributes["Policy"])]),
    ],
  };
}
