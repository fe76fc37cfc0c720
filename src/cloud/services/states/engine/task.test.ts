import { beforeEach, describe, expect, test } from "vitest";
import { AwsError } from "../../../core/errors.ts";
import { answerOf, chain, FUNCTION, statesAlone } from "../testing.ts";

let alone: ReturnType<typeof statesAlone>;
beforeEach(() => (alone = statesAlone()));

const task = (resource: string, more: object = {}): object => chain({ T: { Type: "Task", Resource: `arn:aws:states:::${resource}`, ...more } });

describe("lambda:invoke", () => {
  test("hands over the payload as the machine's role, and gives the whole answer", async () => {
    alone.answers["lambda:Invoke"] = () => answerOf({ ok: true });
    const found = await alone.run(task("lambda:invoke", { Parameters: { FunctionName: FUNCTION, "Payload.$": "$" } }), { a: 1 });
    expect(found.output).toMatchObject({
      ExecutedVersion: "$LATEST",
      Payload: { ok: true },
      StatusCode: 200,
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    expect(alone.calls[0]).toMatchObject({
      operation: "lambda:Invoke",
      input: { FunctionName: FUNCTION, Payload: Buffer.from('{"a":1}') },
      as: expect.stringMatching(/^arn:aws:sts::000000000000:assumed-role\/machine\//) as string,
    });
    expect(await alone.types(found.executionArn)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("without permission fails as the SDK of Lambda says it", async () => {
    alone.answers["lambda:Invoke"] = () => {
      throw new AwsError("AccessDenied", "User: x is not authorized to perform: lambda:InvokeFunction", { status: 403 });
    };
    expect(await alone.run(task("lambda:invoke", { Parameters: { FunctionName: "f" } }))).toMatchObject({
      error: "Lambda.AWSLambdaException",
      cause: expect.stringContaining("is not authorized to perform") as string,
    });
  });

  test("that takes longer than TimeoutSeconds is a time-out", async () => {
    alone.answers["lambda:Invoke"] = () => new Promise(() => {});
    const found = await alone.run(task("lambda:invoke", { Parameters: { FunctionName: "f" }, TimeoutSeconds: 5 }));
    expect(found).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect(await alone.types(found.executionArn)).toContain("TaskTimedOut");
  });
});

describe("a task with a token", () => {
  const waiting = (more: object = {}) =>
    task("sqs:sendMessage.waitForTaskToken", { Parameters: { QueueUrl: "q", MessageBody: { "token.$": "$$.Task.Token", n: 1 } }, ...more });
  const begin = async (definition: object) => {
    alone.answers["sqs:SendMessage"] = () => ({ MessageId: "m", MD5OfMessageBody: "x" });
    const executionArn = await alone.start(await alone.create(definition));
    await alone.clock.settle();
    const body = JSON.parse(String(alone.calls[0]!.input["MessageBody"])) as { token: string; n: number };
    expect(body.n).toBe(1);
    return { executionArn, taskToken: body.token };
  };

  test("goes on with the answer, once", async () => {
    const { executionArn, taskToken } = await begin(waiting());
    await alone.clock.advance(3_600_000);
    await alone.call("SendTaskSuccess", { taskToken, output: '{"done":1}' });
    await alone.clock.settle();
    expect(await alone.describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: { done: 1 } });
    expect(await alone.types(executionArn)).toContain("TaskSubmitted");
    await expect(alone.call("SendTaskSuccess", { taskToken, output: "1" })).rejects.toMatchObject({ code: "InvalidToken" });
    await expect(alone.call("SendTaskSuccess", { taskToken: "x", output: "1" })).rejects.toMatchObject({ code: "InvalidToken" });
    await expect(alone.call("SendTaskSuccess", { taskToken, output: "{" })).rejects.toMatchObject({ code: "InvalidOutput" });
  });

  test("fails with the answer's error", async () => {
    const { executionArn, taskToken } = await begin(waiting());
    await alone.call("SendTaskFailure", { taskToken, error: "E", cause: "c" });
    await alone.clock.settle();
    expect(await alone.describe(executionArn)).toMatchObject({ status: "FAILED", error: "E", cause: "c" });
  });

  test("has to show that it is alive", async () => {
    const { executionArn, taskToken } = await begin(waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 100 }));
    for (let i = 0; i < 3; i++) {
      await alone.clock.advance(9000);
      await alone.call("SendTaskHeartbeat", { taskToken });
    }
    await alone.clock.advance(9000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "RUNNING" });
    await alone.clock.advance(1000);
    expect(await alone.describe(executionArn)).toMatchObject({ status: "FAILED", error: "States.HeartbeatTimeout" });
  });

  test("is still waited for after a restart", async () => {
    const { executionArn, taskToken } = await begin(waiting());
    void alone.states.stop!();
    const again = statesAlone({ store: alone.store, clock: alone.clock, seed: 2 });
    void again.states.start!();
    await again.clock.settle();
    expect(again.calls).toEqual([]);
    await again.call("SendTaskSuccess", { taskToken, output: "2" });
    await again.clock.settle();
    expect(await again.describe(executionArn)).toMatchObject({ status: "SUCCEEDED", output: 2 });
  });
});

describe("ecs:runTask", () => {
  const started = { tasks: [{ taskArn: "t", clusterArn: "c", lastStatus: "PROVISIONING" }], failures: [] };
  const parameters = {
    Cluster: "c",
    TaskDefinition: "d",
    LaunchType: "FARGATE",
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ["s"], AssignPublicIp: "ENABLED" } },
    Overrides: { ContainerOverrides: [{ Name: "main", Environment: [{ Name: "N", "Value.$": "$.n" }] }] },
  };

  test("with .sync waits for the task's end, and gives the task", async () => {
    let looks = 0;
    alone.answers["ecs:RunTask"] = () => started;
    alone.answers["ecs:DescribeTasks"] = () => ({
      tasks: [{ taskArn: "t", lastStatus: ++looks < 5 ? "RUNNING" : "STOPPED", stopCode: "EssentialContainerExited", containers: [{ exitCode: 0 }] }],
    });
    const found = await alone.run(task("ecs:runTask.sync", { Parameters: parameters }), { n: "1" });
    expect(found.output).toMatchObject({ TaskArn: "t", LastStatus: "STOPPED", Containers: [{ ExitCode: 0 }] });
    expect(alone.calls[0]).toMatchObject({
      input: {
        cluster: "c",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "ENABLED" } },
        overrides: { containerOverrides: [{ name: "main", environment: [{ name: "N", value: "1" }] }] },
      },
    });
  });

  test("fails with a container, with a placement, and stops its task when it is stopped", async () => {
    alone.answers["ecs:RunTask"] = () => started;
    alone.answers["ecs:DescribeTasks"] = () => ({
      tasks: [{ taskArn: "t", lastStatus: "STOPPED", stopCode: "EssentialContainerExited", containers: [{ exitCode: 3 }] }],
    });
    const sync = task("ecs:runTask.sync", { Parameters: parameters });
    expect(await alone.run(sync, { n: "1" })).toMatchObject({ error: "States.TaskFailed", cause: expect.stringContaining('"ExitCode":3') as string });
    alone.answers["ecs:DescribeTasks"] = () => ({ tasks: [{ taskArn: "t", lastStatus: "RUNNING" }] });
    alone.answers["ecs:StopTask"] = () => ({});
    const executionArn = await alone.start(await alone.create(sync), { n: "1" });
    await alone.clock.advance(3000);
    await alone.call("StopExecution", { executionArn });
    await alone.clock.settle();
    expect(alone.calls.at(-1)).toMatchObject({ operation: "ecs:StopTask", input: { cluster: "c", task: "t" } });
    alone.answers["ecs:RunTask"] = () => ({ tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] });
    expect(await alone.run(sync, { n: "1" })).toMatchObject({
      error: "AmazonECS.Unknown",
      cause: expect.stringContaining("RESOURCE:MEMORY") as string,
    });
  });
});

describe("states:startExecution", () => {
  test.each([
    ["", { ExecutionArn: expect.any(String) as string }],
    [".sync", { Status: "SUCCEEDED", Output: '{"a":1}' }],
    [".sync:2", { Status: "SUCCEEDED", Output: { a: 1 } }],
  ])("%s", async (pattern, expected) => {
    const child = await alone.create(chain({ W: { Type: "Wait", Seconds: 5 } }), { name: "child" });
    const Parameters = { StateMachineArn: child, Input: { "a.$": "$.a" } };
    expect((await alone.run(task(`states:startExecution${pattern}`, { Parameters }), { a: 1 })).output).toMatchObject(expected);
  });

  test("fails with the other execution", async () => {
    const child = await alone.create(chain({ F: { Type: "Fail", Error: "E" } }), { name: "child" });
    const found = await alone.run(task("states:startExecution.sync:2", { Parameters: { StateMachineArn: child } }));
    expect(found).toMatchObject({ error: "States.TaskFailed", cause: expect.stringContaining('"Status":"FAILED"') as string });
  });
});

test("events:putEvents names the execution, and fails with an entry", async () => {
  alone.answers["events:PutEvents"] = () => ({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
  const Parameters = { Entries: [{ Source: "my.app", DetailType: "t", Detail: { "n.$": "$.n" } }] };
  const found = await alone.run(task("events:putEvents", { Parameters }), { n: 1 });
  expect(found.output).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
  expect(alone.calls[0]!.input).toMatchObject({
    Entries: [{ Detail: '{"n":1}', Resources: [found.executionArn, expect.stringContaining(":stateMachine:")] }],
  });
  alone.answers["events:PutEvents"] = () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: "X" }] });
  expect(await alone.run(task("events:putEvents", { Parameters }), { n: 1 })).toMatchObject({ error: "EventBridge.FailedEntry" });
});

test("aws-sdk resources call anything, in PascalCase both ways", async () => {
  alone.answers["ecs:ListTasks"] = () => ({ taskArns: ["t"], nextToken: undefined });
  expect((await alone.run(task("aws-sdk:ecs:listTasks", { Parameters: { Cluster: "c", DesiredStatus: "RUNNING" } }))).output).toEqual({
    TaskArns: ["t"],
  });
  expect(alone.calls[0]!.input).toEqual({ cluster: "c", desiredStatus: "RUNNING" });
  alone.answers["ecs:ListTasks"] = () => {
    throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  };
  expect(await alone.run(task("aws-sdk:ecs:listTasks", { Parameters: { Cluster: "c" } }))).toMatchObject({ error: "Ecs.ClusterNotFoundException" });
});
