import { ConflictException } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { arnOf, DEFINITION, ENGINE } from "../testing/engines.ts";
import { type Answers, fakeClient } from "../testing/fake-client.ts";
import { awsTasks } from "./aws-tasks.ts";
import type { Engine } from "./engine.ts";

const FARGATE = { launchType: "FARGATE" } as const;

function tasks(answers: Answers, engine: Engine = ENGINE, tag?: Parameters<typeof awsTasks>[3]) {
  const { client, sent } = fakeClient(answers);
  return { sent, tasks: awsTasks(client, engine, async () => {}, tag) };
}

const RUN: Answers = { RunTask: () => ({ tasks: [{ taskArn: arnOf("a"), lastStatus: "PROVISIONING", desiredStatus: "RUNNING" }], failures: [] }) };

describe("RunTask", () => {
  test("names network, token and who wanted it", async () => {
    const { tasks: aws, sent } = tasks(RUN);
    expect(await aws.run("token", FARGATE, "rouse/http")).toMatchObject({ task: { arn: arnOf("a") } });
    expect(sent[0]!.input).toEqual({
      cluster: "arcade-auth",
      taskDefinition: "arcade-auth",
      count: 1,
      clientToken: "token",
      startedBy: "rouse/http",
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" },
      },
    });
  });
  test("on instances has no public address, and in network mode bridge no network at all", async () => {
    const providers = { providers: [{ name: "arcade-asg", weight: 1, base: 0 }] };
    const awsvpc = tasks(RUN);
    await awsvpc.tasks.run("t", providers, "rouse/cli");
    expect(awsvpc.sent[0]!.input).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider: "arcade-asg", weight: 1, base: 0 }],
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"] } },
    });
    expect(awsvpc.sent[0]!.input.networkConfiguration.awsvpcConfiguration).not.toHaveProperty("assignPublicIp");
    const bridge = tasks(RUN, { ...ENGINE, network: "bridge" });
    await bridge.tasks.run("t", providers, "rouse/cli");
    expect(bridge.sent[0]!.input).not.toHaveProperty("networkConfiguration");
  });
  test("with a target of its own says so on the task", async () => {
    const { tasks: aws, sent } = tasks(RUN, ENGINE, { port: 9, container: "side" });
    await aws.run("t", FARGATE, "rouse/api");
    expect(sent[0]!.input.tags).toEqual([{ key: "rouse:target", value: "container=side port=9" }]);
  });
  test("that finds no place is told with its reasons", async () => {
    const { tasks: aws } = tasks({
      RunTask: () => ({
        tasks: [],
        failures: [
          { reason: "RESOURCE:CPU", arn: "i-1" },
          { reason: "Capacity is unavailable at this time.", detail: "d" },
        ],
      }),
    });
    expect(await aws.run("t", FARGATE, "rouse/http")).toEqual({ failures: ["RESOURCE:CPU (i-1)", "Capacity is unavailable at this time. d"] });
  });
  test("whose token was used otherwise is told with the tasks that have it", async () => {
    const conflict = () => {
      throw new ConflictException({ message: "", $metadata: {}, resourceIds: [arnOf("b")] });
    };
    expect(await tasks({ RunTask: conflict }).tasks.run("t", FARGATE, "rouse/http")).toEqual({ taken: [arnOf("b")] });
  });
});

test("a look lists both kinds and describes them in one call; none takes no call", async () => {
  const { tasks: aws, sent } = tasks({
    ListTasks: ({ desiredStatus }: { desiredStatus: string }) => ({ taskArns: [arnOf(desiredStatus)] }),
    DescribeTasks: ({ tasks: arns }: { tasks: string[] }) => ({ tasks: arns.map((taskArn) => ({ taskArn })) }),
  });
  expect((await aws.look()).map(({ arn }) => arn)).toEqual([arnOf("RUNNING"), arnOf("STOPPED")]);
  expect(sent.map(({ operation }) => operation)).toEqual(["ListTasks", "ListTasks", "DescribeTasks"]);
  expect(await tasks({ ListTasks: () => ({}) }).tasks.look()).toEqual([]);
});

test("a use is noted before the mark goes", async () => {
  const { tasks: aws, sent } = tasks({ TagResource: () => ({}), UntagResource: () => ({}) });
  await aws.use(arnOf("a"), 0, true);
  expect(sent.map(({ operation, input }) => [operation, input.tags?.[0] ?? input.tagKeys])).toEqual([
    ["TagResource", { key: "rouse:used", value: "1970-01-01T00:00:00.000Z" }],
    ["UntagResource", ["rouse:stop"]],
  ]);
});

test("the revision is asked for only where none is named", async () => {
  const { tasks: aws } = tasks({ DescribeTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: DEFINITION } }) });
  expect(await aws.revision()).toBe("arcade-auth:3");
  expect(await tasks({}, { ...ENGINE, taskDefinition: "arcade-auth:2" }).tasks.revision()).toBe("arcade-auth:2");
});
