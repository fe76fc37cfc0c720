import { ParameterAlreadyExists, ParameterNotFound } from "@aws-sdk/client-ssm";
import { ConflictException, ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { describe, expect, test } from "vitest";
import type { StopMark } from "../shared/engine.ts";
import { forwarding, reaches, routeOf } from "../shared/forwarding.ts";
import { arnOf, ENGINE } from "../testing/engines.ts";
import { fakeClient, type Answers } from "../testing/fake-client.ts";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { keepCheck } from "./aws-check.ts";
import { instanceAddresses } from "./aws-instances.ts";
import { readMinutes } from "./aws-minutes.ts";
import { awsWorld } from "./aws-world.ts";

const GROUPS = { service: ENGINE.targetGroup!, doorman: "arn:doorman" };
const RULE = "arn:rule";
const started = new Date(1_010_000);
const TASK = {
  taskArn: arnOf("a"),
  taskDefinitionArn: "arn:aws:ecs:us-west-2:111111111111:task-definition/arcade-auth:3",
  group: "family:arcade-auth",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  createdAt: new Date(1_000_000),
  startedAt: started,
  attachments: [{ type: "ElasticNetworkInterface", details: [{ name: "privateIPv4Address", value: "10.0.0.1" }] }],
  containers: [{ name: "auth", lastStatus: "RUNNING" }],
  tags: [{ key: "rouse:stop", value: "at=2026-01-04T00:00:00.000Z by=idle drain=true" }],
};

function world(answers: Answers, announced: Parameters<typeof awsWorld>[0]["announced"]["read"] = async () => []) {
  const { client, sent } = fakeClient(answers);
  const nothing = (): never => {
    throw new Error("not expected");
  };
  const parts = {
    ecs: client,
    elb: client,
    announced: { read: announced, lock: nothing, forget: nothing },
    instances: async () => ({}),
    minutes: nothing,
    tell: nothing,
    record: nothing,
    tail: nothing,
    check: nothing,
  };
  return { sent, world: awsWorld(parts, { engine: ENGINE, rule: RULE, doorman: GROUPS.doorman }) };
}

const MARK: StopMark = { at: "2026-01-04T00:00:00.000Z", by: "idle", drain: true };

const LISTED: Answers = {
  ListTasks: ({ desiredStatus }: { desiredStatus: string }) => ({ taskArns: desiredStatus === "RUNNING" ? [arnOf("a")] : [] }),
  DescribeTasks: () => ({ tasks: [TASK, { ...TASK, taskArn: arnOf("s"), group: "service:auth" }] }),
  DescribeTargetHealth: () => ({ TargetHealthDescriptions: [{ Target: { Id: "10.0.0.1", Port: 8080 }, TargetHealth: { State: "initial" } }] }),
  DescribeRules: () => ({ Rules: [{ Actions: forwarding(GROUPS, "doorman") }] }),
};

describe("what is there", () => {
  test("is read from ECS and the load balancer; tasks of a service with a scheduler are none of it", async () => {
    const { world: aws, sent } = world(LISTED);
    const observed = await aws.observe();
    expect(observed).toMatchObject({
      tasks: [{ arn: arnOf("a"), address: "10.0.0.1", startedAt: 1_010_000, mark: { by: "idle", drain: true, at: "2026-01-04T00:00:00.000Z" } }],
      targets: [{ address: "10.0.0.1", port: 8080, state: "initial" }],
      route: "doorman",
    });
    expect(observed.tasks).toHaveLength(1);
    expect(sent.find(({ operation }) => operation === "DescribeTasks")!.input).toMatchObject({ include: ["TAGS"] });
  });
  test("is asked for by name when it is said to be up, and no list has it", async () => {
    const up = { occasion: "up", task: "b", at: 0 } as const;
    const { world: aws, sent } = world(LISTED, async () => [up]);
    await aws.observe();
    expect(sent.filter(({ operation }) => operation === "DescribeTasks").map(({ input }) => input.tasks)).toEqual([[arnOf("a")], ["b"]]);
  });
});

describe("what is done", () => {
  test("the rule names both groups always, so that the health of the service's targets is checked", async () => {
    const { world: aws, sent } = world({ ModifyRule: () => ({}) });
    await aws.route("service");
    expect(sent[0]!.input).toEqual({
      RuleArn: RULE,
      Actions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: GROUPS.service, Weight: 1 },
              { TargetGroupArn: GROUPS.doorman, Weight: 0 },
            ],
          },
        },
      ],
    });
  });
  test("a task whose mark is gone is not stopped", async () => {
    const stop = { StopTask: () => ({}) };
    const marked = world({ DescribeTasks: () => ({ tasks: [TASK] }), ...stop });
    await marked.world.stop(arnOf("a"), MARK, "Rouse: nobody used it");
    expect(marked.sent.at(-1)).toMatchObject({
      operation: "StopTask",
      input: { cluster: "arcade-auth", task: arnOf("a"), reason: "Rouse: nobody used it" },
    });
    const woken = world({ DescribeTasks: () => ({ tasks: [{ ...TASK, tags: [] }] }), ...stop });
    await woken.world.stop(arnOf("a"), MARK, "");
    expect(woken.sent.map(({ operation }) => operation)).toEqual(["DescribeTasks"]);
  });
  test("a mark is made of what a tag may hold", async () => {
    const { world: aws, sent } = world({ TagResource: () => ({}) });
    await aws.mark(arnOf("a"), { at: "2026-01-04T00:00:00.000Z", by: "left-up", drain: false });
    const { value } = sent[0]!.input.tags[0];
    expect(value).toBe("at=2026-01-04T00:00:00.000Z by=left-up drain=false");
    expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u);
  });
});

test("the rule's form is told apart", () => {
  expect(routeOf(forwarding(GROUPS, "service"), GROUPS)).toBe("service");
  expect(routeOf([{ Type: "forward", TargetGroupArn: GROUPS.doorman }], GROUPS)).toBe("other");
  expect(reaches(forwarding(GROUPS, "service"), GROUPS.service)).toBe(true);
  expect(reaches(forwarding(GROUPS, "doorman"), GROUPS.service)).toBe(false);
  expect(reaches([{ Type: "forward", TargetGroupArn: GROUPS.service }], GROUPS.service)).toBe(true);
});

describe("what was announced", () => {
  test("is read by path, in pages", async () => {
    const at = new Date(5);
    const pages = [
      { Parameters: [{ Name: "/rouse/a/e/announced/auth/up/t1", LastModifiedDate: at }], NextToken: "n" },
      { Parameters: [{ Name: "/rouse/a/e/announced/auth/left-up/t1", LastModifiedDate: at }] },
    ];
    const { client } = fakeClient({ GetParametersByPath: () => pages.shift() });
    expect(await awsAnnounced("/rouse/a/e/announced/auth", client).read()).toEqual([
      { occasion: "up", task: "t1", at: 5 },
      { occasion: "left-up", task: "t1", at: 5 },
    ]);
  });
  test("has a lock that one gets", async () => {
    const taken = () => {
      throw new ParameterAlreadyExists({ message: "", $metadata: {} });
    };
    const { client, sent } = fakeClient({ PutParameter: () => ({}) });
    expect(await awsAnnounced("/p", client).lock({ occasion: "up", task: "t1" })).toBe(true);
    expect(sent[0]!.input).toMatchObject({ Name: "/p/up/t1", Overwrite: false, Type: "String" });
    expect(await awsAnnounced("/p", fakeClient({ PutParameter: taken }).client).lock({ occasion: "up", task: "t1" })).toBe(false);
  });
  test("may have been forgotten by somebody else", async () => {
    const gone = () => {
      throw new ParameterNotFound({ message: "", $metadata: {} });
    };
    await awsAnnounced("/p", fakeClient({ DeleteParameter: gone }).client).forget({ occasion: "up", task: "t1", at: 0 });
  });
});

describe("the check schedule", () => {
  const check = { group: "arcade-auth", self: "arn:self", role: "arn:role" };
  const AT = Date.parse("2026-01-04T10:00:00Z");
  const missing = () => {
    throw new ResourceNotFoundException({ Message: "", message: "", $metadata: {} });
  };
  const keep = async (answers: Answers, at: number | undefined): Promise<string[]> => {
    const { client, sent } = fakeClient(answers);
    await keepCheck(check, at, client);
    return sent.map(({ operation, input }) => `${operation}${input.ScheduleExpression ? ` ${input.ScheduleExpression}` : ""}`);
  };
  test("is made", async () => {
    expect(await keep({ GetSchedule: missing, CreateSchedule: () => ({}) }, AT + 1)).toEqual([
      "GetSchedule",
      "CreateSchedule at(2026-01-04T10:00:01)",
    ]);
  });
  test("is moved, but not for half a minute", async () => {
    const there = { GetSchedule: () => ({ ScheduleExpression: "at(2026-01-04T10:00:00)" }), UpdateSchedule: () => ({}) };
    expect(await keep(there, AT + 30_000)).toEqual(["GetSchedule"]);
    expect(await keep(there, AT + 31_000)).toEqual(["GetSchedule", "UpdateSchedule at(2026-01-04T10:00:31)"]);
  });
  test("is moved when somebody else has just made it", async () => {
    const conflict = () => {
      throw new ConflictException({ Message: "", message: "", $metadata: {} });
    };
    expect(await keep({ GetSchedule: missing, CreateSchedule: conflict, UpdateSchedule: () => ({}) }, AT)).toHaveLength(3);
  });
  test("is gone while nothing is due", async () => {
    expect(await keep({ GetSchedule: missing }, undefined)).toEqual(["GetSchedule"]);
    expect(await keep({ GetSchedule: () => ({}), DeleteSchedule: missing }, undefined)).toEqual(["GetSchedule", "DeleteSchedule"]);
  });
});

test("minutes are put together from three metrics", async () => {
  const time = new Date(120_000);
  const page = {
    MetricDataResults: ["requests", "allRequests", "connections"].map((Id, index) => ({ Id, Timestamps: [time], Values: [index + 1] })),
  };
  const { client, sent } = fakeClient({ GetMetricData: () => page });
  const dimensions = { loadBalancer: "app/a/1", targetGroup: "targetgroup/b/2" };
  expect(await readMinutes(dimensions, 61_000, 185_000, client)).toEqual([{ at: 120_000, requests: 1, allRequests: 2, connections: 3 }]);
  expect(sent[0]!.input).toMatchObject({ StartTime: new Date(60_000), EndTime: new Date(240_000) });
});

test("an instance is asked for its address once", async () => {
  const { client, sent } = fakeClient({
    DescribeContainerInstances: () => ({ containerInstances: [{ containerInstanceArn: "c", ec2InstanceId: "i-1" }] }),
    DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: "i-1", PrivateIpAddress: "10.0.0.9" }] }] }),
  });
  const known = {};
  expect(await instanceAddresses(client, "c", ["c"], known, () => client)).toEqual({ c: "10.0.0.9" });
  expect(await instanceAddresses(client, "c", ["c"], known, () => client)).toEqual({ c: "10.0.0.9" });
  expect(sent).toHaveLength(2);
});
