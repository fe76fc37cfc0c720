import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Principal, Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { readServiceSchema } from "../../wire/schema.ts";
import type { Json } from "./asl/types.ts";
import { createStates } from "./index.ts";

export const SCOPE = { account: "000000000000", region: "us-west-2" };
export const ROLE = "arn:aws:iam::000000000000:role/machine";
export const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:f";
const CALL: Call = { ...SCOPE, requestId: "r", principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account } };

/** What a service answers to a task: a value, or a throw. */
export type Answer = (input: never, as: Principal) => unknown;

const CLIENTS: Record<string, () => Promise<object>> = {
  ecs: () => import("@aws-sdk/client-ecs"),
  events: () => import("@aws-sdk/client-eventbridge"),
  lambda: () => import("@aws-sdk/client-lambda"),
  sns: () => import("@aws-sdk/client-sns"),
  sqs: () => import("@aws-sdk/client-sqs"),
  states: () => import("@aws-sdk/client-sfn"),
};

/** A function's answer, as Invoke gives it. */
export const answerOf = (payload: Json, error = false): object => ({
  StatusCode: 200,
  ExecutedVersion: "$LATEST",
  Payload: Buffer.from(JSON.stringify(payload)),
  ...(error ? { FunctionError: "Unhandled" } : {}),
});

/** Step Functions alone, on a virtual clock; other services answer as the test says. */
export function statesAlone(options: { store?: Store; clock?: VirtualClock; seed?: number } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const store = options.store ?? new Store();
  const answers: Record<string, Answer> = {};
  const calls: { operation: string; input: Record<string, unknown>; as: string | undefined }[] = [];
  const emitted: { status: string; detail: Record<string, unknown> }[] = [];
  const counted: Record<string, number> = {};
  const lines: string[] = [];
  const states = createStates({
    store,
    clock,
    ids: seededIds(options.seed),
    api: {
      async call<O>(service: string, operation: string, input: object, _scope: typeof SCOPE, as?: Principal): Promise<O> {
        calls.push({ operation: `${service}:${operation}`, input: input as Record<string, unknown>, as: as?.arn });
        const answer = answers[`${service}:${operation}`];
        if (answer) return (await answer(input as never, as!)) as O;
        if (service === "states") return (await states.operations[operation]!(input, CALL)) as O;
        throw new AwsError("ResourceNotFoundException", "not there", { status: 404 });
      },
    },
    events: { emit: (_scope, { detail }) => void emitted.push({ status: (detail as { status: string }).status, detail: detail as never }) },
    metrics: { put: (_scope, _namespace, data) => data.forEach(({ name, value }) => (counted[name] = (counted[name] ?? 0) + value)) },
    logs: { write: (_scope, group, _stream, written) => void lines.push(...written.map(({ message }) => `${group} ${message}`)) },
    iam: { canAssume: (role) => role === ROLE },
    schemaOf: async (service, operation) => {
      const client = CLIENTS[service];
      return client && readServiceSchema(await client()).operations.get(operation);
    },
    log: (line) => {
      throw new Error(line);
    },
  });
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-unnecessary-type-parameters -- names the answer's type where it is looked at
  const call = async <O = any>(operation: string, input: object): Promise<O> => (await states.operations[operation]!(input, CALL)) as O;
  const create = async (definition: object | string, more: object = {}): Promise<string> => {
    const text = typeof definition === "string" ? definition : JSON.stringify(definition);
    return (await call<{ stateMachineArn: string }>("CreateStateMachine", { name: "m", definition: text, roleArn: ROLE, ...more })).stateMachineArn;
  };
  const start = async (stateMachineArn: string, input: Json = {}, more: object = {}): Promise<string> =>
    (await call<{ executionArn: string }>("StartExecution", { stateMachineArn, input: JSON.stringify(input), ...more })).executionArn;
  const describe = async (executionArn: string) => {
    const found = await call<{ status: string; output?: string; error?: string; cause?: string }>("DescribeExecution", { executionArn });
    return { ...found, output: found.output === undefined ? undefined : (JSON.parse(found.output) as Json) };
  };
  /** Makes a machine, starts it, lets `ms` pass, and describes the execution. */
  const run = async (definition: object, input: Json = {}, ms = 60_000) => {
    const arn = await create(definition, { name: `m${calls.length}${store.table("states.machines", SCOPE).size}` });
    const executionArn = await start(arn, input);
    await clock.advance(ms);
    return { executionArn, ...(await describe(executionArn)) };
  };
  const types = async (executionArn: string): Promise<string[]> =>
    (await call<{ events: { type: string }[] }>("GetExecutionHistory", { executionArn, maxResults: 1000 })).events.map(({ type }) => type);
  return { states, call, create, start, describe, run, types, answers, calls, emitted, counted, lines, clock, store };
}

/** A machine of one state after the other. */
export const chain = (states: Record<string, object>, more: object = {}): object => {
  const names = Object.keys(states);
  const linked = names.map((name, index): [string, object] => {
    const state = states[name]! as { Type: string; Next?: string };
    if (["Choice", "Succeed", "Fail"].includes(state.Type) || state.Next !== undefined) return [name, state];
    return [name, { ...state, ...(index + 1 < names.length ? { Next: names[index + 1] } : { End: true }) }];
  });
  return { StartAt: names[0], States: Object.fromEntries(linked), ...more };
};
