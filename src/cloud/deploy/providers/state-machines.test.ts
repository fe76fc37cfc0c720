import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { App, CfnOutput, Duration, Stack } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sqs from "aws-cdk-lib/aws-sqs";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import * as tasks from "aws-cdk-lib/aws-stepfunctions-tasks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";
import type { DeployResult } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-cdk-"));
let cloud: TestCloud;
beforeAll(async () => void (cloud = await withCloud()));
afterAll(async () => {
  await cloud.end();
  rmSync(folder, { recursive: true });
});

const output = (stack: Stack, name: string, value: string): CfnOutput => new CfnOutput(stack, name, { value });

/** A machine that asks a function about each name of an event, in JSONPath and JSONata, and sends what it heard to a queue. */
function synth(name: string, comment: string): string {
  const app = new App({
    outdir: join(folder, name),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context: { "@aws-cdk/core:target-partitions": ["aws"] },
  });
  const stack = new Stack(app, "Flow", { env: { account: "000000000000", region: "us-west-2" } });
  const dead = new sqs.Queue(stack, "Dead");
  const queue = new sqs.Queue(stack, "Queue", { deadLetterQueue: { queue: dead, maxReceiveCount: 3 } });
  const fn = new lambda.Function(stack, "Fn", {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: lambda.Code.fromInline(
      "exports.handler = async ({ name }) => { if (name === 'bad') throw new TypeError('bad name'); return 'hello ' + name; };",
    ),
  });
  const greet = new tasks.LambdaInvoke(stack, "Greet", {
    lambdaFunction: fn,
    payload: sfn.TaskInput.fromObject({ name: sfn.JsonPath.stringAt("$.name") }),
    outputPath: "$.Payload",
  });
  const failed = new sfn.Pass(stack, "Failed", { parameters: { "error.$": "$.Error" } });
  greet.addCatch(failed, { errors: ["TypeError"] });
  const all = new sfn.Map(stack, "All", { itemsPath: "$.detail.names", itemSelector: { "name.$": "$$.Map.Item.Value" }, resultPath: "$.greetings" });
  all.itemProcessor(greet);
  const pause = new sfn.Wait(stack, "Pause", { time: sfn.WaitTime.duration(Duration.seconds(30)) });
  const tell = tasks.SqsSendMessage.jsonata(stack, "Tell", {
    queue,
    messageBody: sfn.TaskInput.fromObject({ heard: "{% $states.input.greetings %}", by: "{% $states.context.StateMachine.Name %}" }),
  });
  const machine = new sfn.StateMachine(stack, "Machine", {
    comment,
    definitionBody: sfn.DefinitionBody.fromChainable(all.next(pause).next(tell)),
    timeout: Duration.minutes(5),
    logs: { destination: new logs.LogGroup(stack, "Log"), level: sfn.LogLevel.ALL },
  });
  const rule = new events.Rule(stack, "Rule", { eventPattern: { source: ["custom.app"] } });
  rule.addTarget(new targets.SfnStateMachine(machine, { deadLetterQueue: dead }));
  const child = new tasks.StepFunctionsStartExecution(stack, "Nest", { stateMachine: machine, integrationPattern: sfn.IntegrationPattern.RUN_JOB });
  const parent = new sfn.StateMachine(stack, "Parent", { definitionBody: sfn.DefinitionBody.fromChainable(child) });
  output(stack, "MachineArn", machine.stateMachineArn);
  output(stack, "ParentArn", parent.stateMachineArn);
  output(stack, "QueueUrl", queue.queueUrl);
  return app.synth().directory;
}

async function run(work: Promise<DeployResult>): Promise<DeployResult> {
  let done = false;
  void work.finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return work;
}

test("what CDK emits for a state machine is deployed, started by a rule, and runs with its own role", async () => {
  const result = await run(cloud.deploy(synth("one", "first")));
  expect(result.stacks.map(({ result, reason }) => [result, reason])).toEqual([["created", undefined]]);
  const { MachineArn: stateMachineArn, QueueUrl } = result.stacks[0]!.outputs;
  const states = cloud.client(SFNClient);
  const Detail = JSON.stringify({ names: ["Ann", "bad"] });
  await cloud.client(EventBridgeClient).send(new PutEventsCommand({ Entries: [{ Source: "custom.app", DetailType: "t", Detail }] }));
  const ended = async (): Promise<boolean> => {
    const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
    return executions?.[0]?.status !== undefined && executions[0].status !== "RUNNING";
  };
  await cloud.clock.advanceUntil(ended, 120_000, "the execution's end");
  const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
  const { events: history } = await states.send(new GetExecutionHistoryCommand({ executionArn: executions![0]!.executionArn, maxResults: 1000 }));
  expect(executions![0]!.status, JSON.stringify(history?.at(-1))).toBe("SUCCEEDED");
  const { Messages } = await cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl }));
  const body = JSON.parse(Messages![0]!.Body!) as object;
  expect(body).toEqual({ heard: ["hello Ann", { error: "TypeError" }], by: expect.stringContaining("Machine") as string });
});

test("a machine that runs another one waits for its end", async () => {
  const states = cloud.client(SFNClient);
  const { stateMachines } = await states.send(new ListStateMachinesCommand({}));
  const stateMachineArn = stateMachines!.find(({ name }) => name!.includes("Parent"))!.stateMachineArn!;
  const input = JSON.stringify({ detail: { names: ["Eve"] } });
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
  await cloud.clock.advance(31_000);
  const { status, output, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
  expect(status, cause).toBe("SUCCEEDED");
  expect(JSON.parse(output!)).toMatchObject({ Status: "SUCCEEDED", Output: { MessageId: expect.any(String) as string } });
});

test("a change of the definition updates the machine in place, and all goes with the stack", async () => {
  const result = await run(cloud.deploy(synth("two", "second")));
  expect(result.stacks.map(({ result, reason }) => [result, reason])).toEqual([["updated", undefined]]);
  const { MachineArn: stateMachineArn } = result.stacks[0]!.outputs;
  const states = cloud.client(SFNClient);
  const { definition } = await states.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(definition).toContain('"Comment":"second"');
  await run(cloud.destroy(join(folder, "two")));
  await expect(states.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({ name: "StateMachineDoesNotExist" });
});
