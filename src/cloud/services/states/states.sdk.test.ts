import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect, onTestFinished, test } from "vitest";
import { withCloud } from "../../testing/with-cloud.ts";
import { chain } from "./testing.ts";

async function cloudWithRole() {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const iam = cloud.client(IAMClient);
  const Statement = { Effect: "Allow", Principal: { Service: "states.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "machine", AssumeRolePolicyDocument }));
  const allow = (Action: string) => {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource: "*" } });
    return iam.send(new PutRolePolicyCommand({ RoleName: "machine", PolicyName: "p", PolicyDocument }));
  };
  return { cloud, states: cloud.client(SFNClient), roleArn: Role!.Arn!, allow };
}

const listing = JSON.stringify(chain({ List: { Type: "Task", Resource: "arn:aws:states:::aws-sdk:ecs:listClusters", Parameters: {} } }));

test("a task may do what the machine's role may", async () => {
  const { cloud, states, roleArn, allow } = await cloudWithRole();
  const { stateMachineArn } = await states.send(new CreateStateMachineCommand({ name: "m", definition: listing, roleArn }));
  const run = async () => {
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn }));
    await cloud.clock.settle();
    return states.send(new DescribeExecutionCommand({ executionArn }));
  };
  expect(await run()).toMatchObject({
    status: "FAILED",
    error: "Ecs.AccessDeniedException",
    cause: expect.stringMatching(/assumed-role\/machine\/\S+ is not authorized to perform: ecs:ListClusters/) as string,
  });
  await allow("ecs:ListClusters");
  expect(await run()).toMatchObject({ status: "SUCCEEDED", output: '{"ClusterArns":[]}' });
});

test("the SDK reads dates, history and errors", async () => {
  const { cloud, states, roleArn } = await cloudWithRole();
  const definition = JSON.stringify(chain({ W: { Type: "Wait", Seconds: 60 } }));
  const { stateMachineArn } = await states.send(new CreateStateMachineCommand({ name: "m", definition, roleArn }));
  const { executionArn, startDate } = await states.send(new StartExecutionCommand({ stateMachineArn, name: "e", input: '{"a":1}' }));
  expect(startDate).toEqual(new Date("2026-01-05T00:00:00Z"));
  await cloud.clock.advance(1000);
  const { stopDate } = await states.send(new StopExecutionCommand({ executionArn }));
  expect(stopDate).toEqual(new Date("2026-01-05T00:00:01Z"));
  const { events } = await states.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events?.map(({ type }) => type)).toEqual(["ExecutionStarted", "WaitStateEntered", "WaitStateAborted", "ExecutionAborted"]);
  await expect(states.send(new StartExecutionCommand({ stateMachineArn, name: "e" }))).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  await expect(states.send(new CreateStateMachineCommand({ name: "n", definition: "{}", roleArn }))).rejects.toMatchObject({
    name: "InvalidDefinition",
    message: expect.stringContaining("'StartAt' is required") as string,
  });
});

test("StartSyncExecution waits, and time passes", async () => {
  const { cloud, states, roleArn } = await cloudWithRole();
  const definition = JSON.stringify(chain({ W: { Type: "Wait", Seconds: 30 } }));
  const { stateMachineArn } = await states.send(new CreateStateMachineCommand({ name: "m", definition, roleArn, type: "EXPRESS" }));
  // The SDK puts `sync-` before the host, and 127.0.0.1 has no such name.
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const local = new SFNClient({ region: "us-west-2", endpoint: cloud.url, credentials, disableHostPrefix: true });
  const answer = local.send(new StartSyncExecutionCommand({ stateMachineArn, input: "7" }));
  await cloud.clock.advance(30_000);
  expect(await answer).toMatchObject({ status: "SUCCEEDED", output: "7" });
});
