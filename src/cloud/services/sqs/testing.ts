import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createSqs } from "./index.ts";

export const SCOPE = { account: "000000000000", region: "us-west-2" };
const CALL: Call = { ...SCOPE, requestId: "r", principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account } };

/** SQS alone, on a virtual clock, with what it told CloudWatch. */
export function sqsAlone(options: { seed?: number; store?: Store; clock?: VirtualClock; allows?: () => boolean } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const store = options.store ?? new Store();
  const metrics: { name: string; value: number; at?: number; queue: string }[] = [];
  const sqs = createSqs({
    store,
    clock,
    ids: seededIds(options.seed),
    metrics: {
      put: (_scope, _namespace, data) => {
        for (const { name, value, at, dimensions } of data) metrics.push({ name, value, at, queue: dimensions["QueueName"]! });
      },
    },
    allowsService: options.allows ?? (() => true),
    endpoint: () => "http://127.0.0.1:4590",
  });
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters, typescript/no-explicit-any -- names the answer's type where it is looked at
  const call = <O = any>(operation: string, input: object): O => sqs.operations[operation]!(input, CALL) as O;
  const create = (QueueName: string, Attributes: Record<string, string> = {}): string =>
    call<{ QueueUrl: string }>("CreateQueue", { QueueName, Attributes }).QueueUrl;
  const receive = async (QueueUrl: string, more: object = {}) =>
    (
      await call<Promise<{ Messages?: { Body: string; ReceiptHandle: string; MessageId: string; Attributes?: Record<string, string> }[] }>>(
        "ReceiveMessage",
        { QueueUrl, MessageSystemAttributeNames: ["All"], ...more },
      )
    ).Messages ?? [];
  return { sqs, call, create, receive, clock, store, metrics };
}
