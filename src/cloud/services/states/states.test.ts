import { beforeEach, describe, expect, test } from "vitest";
import { AwsError } from "../../core/errors.ts";
import { answerOf, chain, FUNCTION, ROLE, SCOPE, statesAlone } from "./testing.ts";

let alone: ReturnType<typeof statesAlone>;
beforeEach(() => (alone = statesAlone()));

const code = (name: string) => expect.objectContaining({ code: name }) as Error;
const wait = chain({ W: { Type: "Wait", Seconds: 10 } });

describe("a state machine", () => {
  test("is made once for the same definition, described, updated, listed, tagged, deleted", async () => {
    const arn = await alone.create(wait, { tags: [{ key: "a", value: "1" }] });
    expect(arn).toBe("arn:aws:states:us-west-2:000000000000:stateMachine:m");
    expect(await alone.create(wait)).toBe(arn);
    await expect(alone.create(chain({ P: { Type: "Pass" } }))).rejects.toThrow(code("StateMachineAlreadyExists"));
    const definition = JSON.stringify(chain({ P: { Type: "Pass" } }));
    const { revisionId } = await alone.call("UpdateStateMachine", { stateMachineArn: arn, definition });
    expect(await alone.call("DescribeStateMachine", { stateMachineArn: arn })).toMatchObject({
      name: "m",
      status: "ACTIVE",
      type: "STANDARD",
      definition,
      revisionId,
      loggingConfiguration: { level: "OFF", includeExecutionData: false },
    });
    expect((await alone.call("ListStateMachines", {})).stateMachines).toHaveLength(1);
    await alone.call("TagResource", { resourceArn: arn, tags: [{ key: "b", value: "2" }] });
    await alone.call("UntagResource", { resourceArn: arn, tagKeys: ["a"] });
    expect(await alone.call("ListTagsForResource", { resourceArn: arn })).toEqual({ tags: [{ key: "b", value: "2" }] });
    await alone.call("DeleteStateMachine", { stateMachineArn: arn });
    await expect(alone.call("DescribeStateMachine", { stateMachineArn: arn })).rejects.toThrow(code("StateMachineDoesNotExist"));
  });

  test("needs a role that Step Functions may take on, a good name, and a log group for its logs", async () => {
    await expect(alone.create(wait, { roleArn: "arn:aws:iam::000000000000:role/other" })).rejects.toThrow(code("AccessDeniedException"));
    await expect(alone.create(wait, { name: "a b" })).rejects.toThrow(code("InvalidName"));
    await expect(alone.create(wait, { loggingConfiguration: { level: "ALL" } })).rejects.toThrow(code("InvalidLoggingConfiguration"));
  });
});

describe("an execution", () => {
  test("has a history of real events, events on the bus, and metrics", async () => {
    const arn = await alone.create(wait);
    const executionArn = await alone.start(arn, { a: 1 }, { name: "e" });
    expect(executionArn).toBe("arn:aws:states:us-west-2:000000000000:execution:m:e");
    await alone.clock.advance(5000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "RUNNING" });
    await alone.clock.advance(5000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: { a: 1 } });
    const { events } = await alone.call("GetExecutionHistory", { executionArn });
    expect(events).toMatchObject([
      { id: 1, previousEventId: 0, type: "ExecutionStarted", executionStartedEventDetails: { input: '{"a":1}', roleArn: ROLE } },
      { id: 2, previousEventId: 1, type: "WaitStateEntered", stateEnteredEventDetails: { name: "W", input: '{"a":1}' } },
      { id: 3, previousEventId: 2, type: "WaitStateExited", stateExitedEventDetails: { name: "W", output: '{"a":1}' } },
      { id: 4, previousEventId: 3, type: "ExecutionSucceeded", executionSucceededEventDetails: { output: '{"a":1}' } },
    ]);
    expect(events[2].timestamp - events[1].timestamp).toBe(10_000);
    expect(alone.emitted.map(({ status }) => status)).toEqual(["RUNNING", "SUCCEEDED"]);
    expect(alone.emitted[1]!.detail).toMatchObject({ executionArn, stateMachineArn: arn, name: "e", output: '{"a":1}', error: null });
    expect(alone.counted).toEqual({ ExecutionsStarted: 1, ExecutionsSucceeded: 1, ExecutionTime: 10_000 });
    const page = await alone.call("GetExecutionHistory", { executionArn, reverseOrder: true, maxResults: 3 });
    expect(page.events.map(({ id }: { id: number }) => id)).toEqual([4, 3, 2]);
    expect(
      (await alone.call("GetExecutionHistory", { executionArn, reverseOrder: true, nextToken: page.nextToken, maxResults: 3 })).events,
    ).toHaveLength(1);
  });

  test("under the same name is the same while it runs, and refused after", async () => {
    const arn = await alone.create(wait);
    const first = await alone.start(arn, {}, { name: "e" });
    expect(await alone.start(arn, {}, { name: "e" })).toBe(first);
    await expect(alone.start(arn, { other: true }, { name: "e" })).rejects.toThrow(code("ExecutionAlreadyExists"));
    await alone.clock.advance(10_000);
    await expect(alone.start(arn, {}, { name: "e" })).rejects.toThrow(code("ExecutionAlreadyExists"));
    await expect(alone.call("StartExecution", { stateMachineArn: arn, input: "{" })).rejects.toThrow(code("InvalidExecutionInput"));
    expect((await alone.call("ListExecutions", { stateMachineArn: arn, statusFilter: "SUCCEEDED" })).executions).toHaveLength(1);
  });

  test("can be stopped, and has a time limit", async () => {
    const arn = await alone.create({ ...wait, TimeoutSeconds: 5 });
    const stopped = await alone.start(arn);
    await alone.clock.advance(1000);
    await alone.call("StopExecution", { executionArn: stopped, error: "E", cause: "why" });
    expect(await alone.describe(stopped)).toMatchObject({ status: "ABORTED", error: "E", cause: "why" });
    expect(await alone.types(stopped)).toEqual(["ExecutionStarted", "WaitStateEntered", "WaitStateAborted", "ExecutionAborted"]);
    const late = await alone.start(arn);
    await alone.clock.advance(10_000);
    expect(await alone.describe(late)).toMatchObject({ status: "TIMED_OUT", error: "States.Timeout" });
    expect(alone.counted).toMatchObject({ ExecutionsAborted: 1, ExecutionsTimedOut: 1 });
  });

  test("keeps the definition that it began with", async () => {
    const arn = await alone.create(wait);
    const executionArn = await alone.start(arn);
    await alone.call("UpdateStateMachine", { stateMachineArn: arn, definition: JSON.stringify(chain({ F: { Type: "Fail" } })) });
    await alone.clock.advance(10_000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "SUCCEEDED" });
    expect((await alone.call("DescribeStateMachineForExecution", { executionArn })).definition).toBe(JSON.stringify(wait));
  });

  test("writes its events to the log group, with or without data", async () => {
    const logGroupArn = "arn:aws:logs:us-west-2:000000000000:log-group:/aws/vendedlogs/states/m:*";
    const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn } }];
    const all = await alone.create(wait, { loggingConfiguration: { level: "ALL", includeExecutionData: true, destinations } });
    await alone.start(all, { secret: 1 });
    const errors = await alone.create(chain({ F: { Type: "Fail", Error: "E", Cause: "c" } }), {
      name: "n",
      loggingConfiguration: { level: "ERROR", destinations },
    });
    await alone.clock.advance(10_000);
    expect(alone.lines).toHaveLength(4);
    expect(alone.lines[0]).toContain('/aws/vendedlogs/states/m {"id":"1","type":"ExecutionStarted","details":{"input":"{\\"secret\\":1}"');
    alone.lines.length = 0;
    await alone.start(errors);
    await alone.clock.settle();
    expect(alone.lines.map((line) => JSON.parse(line.slice(line.indexOf("{"))) as object)).toMatchObject([
      { type: "ExecutionFailed", details: { error: "E" } },
    ]);
  });

  test("goes on after a restart: what was done is not done again, what was under way is", async () => {
    let invoked = 0;
    const first = alone;
    first.answers["lambda:Invoke"] = () => answerOf({ n: ++invoked });
    const arn = await first.create(
      chain({
        Call: { Type: "Task", Resource: FUNCTION },
        Both: {
          Type: "Parallel",
          Branches: [
            chain({ Slow: { Type: "Wait", Seconds: 100 } }),
            chain({ Quick: { Type: "Task", Resource: FUNCTION }, Rest: { Type: "Wait", Seconds: 50 } }),
          ],
        },
        Last: { Type: "Task", Resource: FUNCTION },
      }),
    );
    const executionArn = await first.start(arn);
    await first.clock.advance(20_000);
    expect(invoked).toBe(2);
    void first.states.stop!();
    await first.clock.advance(40_000);
    const again = statesAlone({ store: first.store, clock: first.clock, seed: 2 });
    again.answers["lambda:Invoke"] = () => answerOf({ n: ++invoked });
    void again.states.start!();
    await again.clock.advance(39_000);
    expect(await again.describe(executionArn)).toMatchObject({ status: "RUNNING" });
    await again.clock.advance(1000);
    expect(await again.describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: { n: 3 } });
    const types = await again.types(executionArn);
    expect(types.filter((type) => type === "LambdaFunctionSucceeded")).toHaveLength(3);
    expect(types.filter((type) => type === "ParallelStateStarted")).toHaveLength(1);
    expect(types.filter((type) => type === "WaitStateEntered")).toHaveLength(2);
    expect(first.store.table(`states.journal/${executionArn}`, SCOPE).size).toBe(0);
  });
});

describe("Express", () => {
  test("StartSyncExecution answers with the end", async () => {
    const arn = await alone.create(chain({ W: { Type: "Wait", Seconds: 2 }, P: { Type: "Pass", Result: 1 } }), { type: "EXPRESS" });
    const answer = alone.call("StartSyncExecution", { stateMachineArn: arn });
    await alone.clock.advance(2000);
    expect(await answer).toMatchObject({ status: "SUCCEEDED", output: "1", billingDetails: { billedDurationInMilliseconds: 2000 } });
    const standard = await alone.create(wait, { name: "s" });
    await expect(alone.call("StartSyncExecution", { stateMachineArn: standard })).rejects.toThrow(code("StateMachineTypeNotSupported"));
    const sync = chain({ T: { Type: "Task", Resource: "arn:aws:states:::ecs:runTask.sync" } });
    await expect(alone.create(sync, { type: "EXPRESS", name: "x" })).rejects.toThrow(/does not support 'runTask.sync'/);
  });
});

describe("errors", () => {
  const failing = (...names: string[]) => {
    alone.answers["lambda:Invoke"] = () => {
      const errorType = names.shift();
      return errorType === undefined ? answerOf("ok") : answerOf({ errorType, errorMessage: "no" }, true);
    };
  };

  test("are tried again with growing delays, at most as often and as long as asked", async () => {
    failing("A", "A", "A", "A");
    const Retry = [{ ErrorEquals: ["A"], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 }];
    const times: number[] = [];
    const invoke = alone.answers["lambda:Invoke"]!;
    const began = alone.clock.now();
    alone.answers["lambda:Invoke"] = (...args) => {
      times.push((alone.clock.now() - began) / 1000);
      return invoke(...args);
    };
    expect(await alone.run(chain({ T: { Type: "Task", Resource: FUNCTION, Retry } }))).toMatchObject({ status: "SUCCEEDED", output: "ok" });
    expect(times).toEqual([0, 2, 8, 18, 28]);
  });

  test("that no retrier takes go to a catcher, with error and cause where it wants them", async () => {
    failing("B");
    const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "C" }];
    const definition = chain({
      T: { Type: "Task", Resource: FUNCTION, Retry: [{ ErrorEquals: ["A"] }], Catch, Next: "C" },
      C: { Type: "Pass" },
    });
    const { output, executionArn } = await alone.run(definition, { x: 1 });
    expect(output).toEqual({ x: 1, error: { Error: "B", Cause: '{"errorType":"B","errorMessage":"no"}' } });
    expect(await alone.types(executionArn)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionFailed",
      "TaskStateExited",
      "PassStateEntered",
      "PassStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("that nobody takes fail the execution", async () => {
    alone.answers["lambda:Invoke"] = () => {
      throw new AwsError("TooManyRequestsException", "slow down", { status: 429 });
    };
    const { status, error, cause } = await alone.run(chain({ T: { Type: "Task", Resource: FUNCTION } }));
    expect([status, error]).toEqual(["FAILED", "Lambda.TooManyRequestsException"]);
    expect(cause).toMatch(/^slow down \(Service: Lambda, Status Code: 429, Request ID: /);
    expect(alone.counted).toMatchObject({ ExecutionsFailed: 1 });
  });

  test("of the data cannot be caught, and say where", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "P" }];
    const definition = chain({ T: { Type: "Task", Resource: FUNCTION, InputPath: "$.none", Catch, Next: "P" }, P: { Type: "Pass" } });
    expect(await alone.run(definition)).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: expect.stringContaining("'$.none'") as string,
    });
  });
});
