import type { Clock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { MetricsPort, SqsPort } from "../../core/ports.ts";
import { parseArn } from "../../core/scope.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { Broker } from "./engine/broker.ts";
import { QueueMetrics } from "./engine/metrics.ts";
import * as attributeOperations from "./operations/attributes.ts";
import { DeleteMessage, DeleteMessageBatch } from "./operations/delete-message.ts";
import { ListMessageMoveTasks, StartMessageMoveTask } from "./operations/move-tasks.ts";
import { AddPermission, RemovePermission } from "./operations/permissions.ts";
import { CreateQueue, DeleteQueue, GetQueueUrl, ListDeadLetterSourceQueues, ListQueues, PurgeQueue } from "./operations/queues.ts";
import { ReceiveMessage } from "./operations/receive-message.ts";
import { send, SendMessage, SendMessageBatch } from "./operations/send-message.ts";
import * as tagOperations from "./operations/tags.ts";
import { ChangeMessageVisibility, ChangeMessageVisibilityBatch } from "./operations/visibility.ts";
import { noSuchQueue, queueByArn } from "./shared.ts";
import { queues, type QueueRow } from "./state.ts";

export interface SqsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  metrics: MetricsPort;
  /** IAM: does the queue's policy let a service in? */
  allowsService: (policy: string, service: string, action: string, resource: string, context?: Record<string, string>) => boolean;
  /** This cloud's address, for the URLs of queues that are made inside the process. */
  endpoint: () => string;
}

/** What the operations need, made once. */
export interface SqsParts extends Omit<SqsDeps, "metrics"> {
  broker: Broker;
  metrics: QueueMetrics;
}

/** Amazon SQS: standard and FIFO queues. See README.md. */
export function createSqs(deps: SqsDeps): Service & SqsPort {
  const { store } = deps;
  const metrics = new QueueMetrics(deps.clock, deps.metrics, (scope, name) => {
    const queue = queues(store, scope).get(name);
    return queue && broker.live(scope, queue);
  });
  const broker = new Broker({ store, clock: deps.clock, ids: deps.ids, metrics });
  const parts: SqsParts = { ...deps, broker, metrics };
  const stop = (): void => {
    broker.stop();
    metrics.stop();
  };
  return {
    name: "sqs",
    signingNames: ["sqs"],
    sdk: () => import("@aws-sdk/client-sqs"),
    // Clients from before 2023 speak the query protocol (Amazon SQS API reference, "AWS JSON protocol").
    protocols: ["awsJson1_0", "awsQuery"],
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    apiVersion: "2012-11-05",
    operations: bind(parts, {
      CreateQueue,
      DeleteQueue,
      GetQueueUrl,
      ListQueues,
      ListDeadLetterSourceQueues,
      PurgeQueue,
      ...attributeOperations,
      SendMessage,
      SendMessageBatch,
      ReceiveMessage,
      DeleteMessage,
      DeleteMessageBatch,
      ChangeMessageVisibility,
      ChangeMessageVisibilityBatch,
      StartMessageMoveTask,
      ListMessageMoveTasks,
      AddPermission,
      RemovePermission,
      ...tagOperations,
    }),
    access: createAccess(store),
    async send(queueArn, message, source) {
      const found = queueByArn(store, queueArn);
      if (!found) throw noSuchQueue();
      if (!letsIn(deps, found.queue, source)) {
        throw new AwsError("AccessDenied", `${source.principal} is not authorized to perform: sqs:SendMessage on resource: ${queueArn}`, {
          status: 403,
        });
      }
      const { body, attributes, groupId, deduplicationId } = message;
      const content = {
        MessageBody: body,
        ...(attributes ? { MessageAttributes: attributes } : {}),
        ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
        ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
      };
      return { messageId: send(broker, found, content, source.principal).MessageId };
    },
    start() {
      for (const scope of store.scopes("sqs.queues")) for (const { name } of queues(store, scope).values()) metrics.touch(scope, name);
    },
    stop,
    reset: stop,
  };
}

/** A service gets in by the queue's policy only. */
function letsIn(deps: SqsDeps, queue: QueueRow, source: { principal: string; arn?: string }): boolean {
  const policy = queue.attributes["Policy"];
  if (policy === undefined) return false;
  const account = parseArn(source.arn ?? "")?.account;
  return deps.allowsService(policy, source.principal, "sqs:SendMessage", queue.arn, {
    ...(source.arn ? { "aws:SourceArn": source.arn } : {}),
    ...(account ? { "aws:SourceAccount": account } : {}),
  });
}
