import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call, Handler } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createEvents, type EventsDeps } from "./index.ts";

export const SCOPE = { account: "000000000000", region: "us-west-2" };
export const CALL: Call = { ...SCOPE, requestId: "r", principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account } };
export const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:reconcile";
export const TOPIC = "arn:aws:sns:us-west-2:000000000000:alerts";
export const QUEUE = "arn:aws:sqs:us-west-2:000000000000:q";
export const RULE_ARN = "arn:aws:events:us-west-2:000000000000:rule/r";

export interface Delivered {
  to: string;
  payload: unknown;
  source: unknown;
  at: number;
}

/** EventBridge alone, with targets that only write down what reaches them, or fail with `failures` first. */
export function setup(options: { failures?: Error[]; store?: Store; clock?: VirtualClock; changes?: Partial<EventsDeps> } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const delivered: Delivered[] = [];
  const failed: unknown[] = [];
  const counted: Record<string, number> = {};
  const calls: { service: string; operation: string; input: object; as?: string }[] = [];
  const failures = options.failures ?? [];
  const take = async (to: string, payload: unknown, source: unknown): Promise<void> => {
    const failure = failures.shift();
    if (failure) throw failure;
    delivered.push({ to, payload, source, at: clock.now() });
  };
  const deps: EventsDeps = {
    store: options.store ?? new Store(),
    clock,
    ids: seededIds(),
    api: {
      async call<O>(service: string, operation: string, input: object, scope: typeof SCOPE, as?: Call["principal"]): Promise<O> {
        calls.push({ service, operation, input, ...(as ? { as: as.arn } : {}) });
        if (service === "events") return (await events.operations[operation]!(input, { ...CALL, ...scope })) as O;
        if (operation === "DescribeResourcePolicies") return { resourcePolicies: [{ policyDocument: "the policy" }] } as O;
        return { tasks: [{}], failures: [] } as O;
      },
    },
    lambda: {
      invokeAsync: take,
      invokeSync: () => Promise.reject(new Error("not by EventBridge")),
    },
    sns: { publish: (to, message, source) => take(to, message.body, source) },
    sqs: {
      async send(to, message, source) {
        await take(to, message, source);
        return { messageId: "m" };
      },
    },
    logs: { write: (_scope, group, _stream, lines) => void delivered.push({ to: group, payload: lines, source: undefined, at: clock.now() }) },
    metrics: {
      put: (_scope, namespace, data) => {
        for (const one of data) {
          const name = `${namespace} ${one.name} ${Object.values(one.dimensions).join("/")}`;
          counted[name] = (counted[name] ?? 0) + one.value;
        }
      },
    },
    iam: { canAssume: () => true, allowsService: (_policy, service) => service === "events.amazonaws.com" },
    onDeliveryError: (error) => failed.push(error),
    ...options.changes,
  };
  const events = createEvents(deps);
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the answer's type where it is looked at
  const call = <O>(operation: string, input: object): O => (events.operations[operation] as Handler)(input, CALL) as O;
  return { events, call, clock, delivered, failed, counted, calls, store: deps.store };
}

/** What most tests emit. */
export const event = { source: "aws.ecs", detailType: "ECS Task State Change", detail: { lastStatus: "RUNNING", n: 5 }, resources: ["arn:task"] };
