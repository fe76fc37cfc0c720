import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call, Handler } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createScheduler } from "./index.ts";

const SCOPE = { account: "000000000000", region: "us-west-2" };
const CALL: Call = { ...SCOPE, requestId: "r", principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account } };
const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:look";
const QUEUE = "arn:aws:sqs:us-west-2:000000000000:lost";
const ROLE = "arn:aws:iam::000000000000:role/rouse/scheduler";
/** 2026-01-05T00:00:00Z, a Monday. */
const START = Date.UTC(2026, 0, 5);
const MINUTE = 60_000;

interface Invoked {
  operation: string;
  input: Record<string, unknown>;
  payload?: unknown;
  as?: string;
  at: string;
}

function setup(options: { store?: Store; clock?: VirtualClock; failures?: Error[] } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const store = options.store ?? new Store();
  const invoked: Invoked[] = [];
  const failed: unknown[] = [];
  const counted: Record<string, number> = {};
  const assumed: unknown[] = [];
  const failures = options.failures ?? [];
  const service = createScheduler({
    store,
    clock,
    ids: seededIds(),
    api: {
      async call<O>(name: string, operation: string, input: object, _scope: object, as?: Call["principal"]): Promise<O> {
        if (operation === "GetQueueUrl") return { QueueUrl: "http://queue" } as O;
        const failure = operation === "SendMessage" ? undefined : failures.shift();
        const { Payload } = input as { Payload?: Uint8Array };
        const payload: unknown = Payload && JSON.parse(Buffer.from(Payload).toString());
        const at = new Date(clock.now()).toISOString().slice(0, 19);
        invoked.push({ operation: `${name}:${operation}`, input: input as Invoked["input"], payload, at, ...(as ? { as: as.arn } : {}) });
        if (failure) throw failure;
        return { tasks: [{}] } as O;
      },
    },
    metrics: {
      put: (_scope, namespace, data) => {
        for (const { name, dimensions, value } of data)
          if (dimensions["ScheduleGroup"] !== undefined) counted[`${namespace} ${name}`] = (counted[`${namespace} ${name}`] ?? 0) + value;
      },
    },
    iam: { canAssume: (role, principal, context) => assumed.push({ role, principal, context }) > 0 && role === ROLE },
    onDeliveryError: (error) => failed.push(error),
  });
  void service.start!();
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the answer's type where it is looked at
  const call = <O>(operation: string, input: object): O => (service.operations[operation] as Handler)(input, CALL) as O;
  const create = (Name: string, ScheduleExpression: string, more: { Target?: object; [member: string]: unknown } = {}): unknown =>
    call("CreateSchedule", {
      Name,
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: "OFF" },
      ...more,
      Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{"a":1}', ...more.Target },
    });
  const names = (): string[] => call<{ Schedules: { Name: string }[] }>("ListSchedules", {}).Schedules.map((one) => one.Name);
  const times = (): string[] => invoked.map(({ at }) => at);
  return { service, store, clock, call, create, names, times, invoked, failed, counted, assumed };
}

describe("one-time schedules", () => {
  test("invoke a function once, as the role, with the context attributes filled in", async () => {
    const { create, clock, invoked, assumed, names, counted } = setup();
    const Input = '{"at":"<aws.scheduler.scheduled-time>","of":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>}';
    create("later", "at(2026-01-05T00:10:00)", { Target: { Input } });
    await clock.advance(10 * MINUTE - 1);
    expect(invoked).toEqual([]);
    await clock.advance(60 * MINUTE);
    expect(invoked).toMatchObject([
      {
        operation: "lambda:Invoke",
        input: { FunctionName: FUNCTION, InvocationType: "Event" },
        payload: { at: "2026-01-05T00:10:00Z", of: "arn:aws:scheduler:us-west-2:000000000000:schedule/default/later", try: 1 },
        at: "2026-01-05T00:10:00",
      },
    ]);
    expect(invoked[0]!.as).toMatch(/^arn:aws:sts::000000000000:assumed-role\/scheduler\//);
    expect(assumed.at(-1)).toEqual({
      role: ROLE,
      principal: "scheduler.amazonaws.com",
      context: { "aws:SourceArn": "arn:aws:scheduler:us-west-2:000000000000:schedule-group/default", "aws:SourceAccount": SCOPE.account },
    });
    expect(names(), "ActionAfterCompletion is NONE").toEqual(["later"]);
    expect(counted).toEqual({ "AWS/Scheduler InvocationAttemptCount": 1 });
  });

  test("are read in their time zone, and deleted after completion where that is asked for", async () => {
    const { create, clock, times, names } = setup();
    create("berlin", "at(2026-01-05T02:00:00)", { ScheduleExpressionTimezone: "Europe/Berlin", ActionAfterCompletion: "DELETE" });
    await clock.advance(60 * MINUTE);
    expect(times()).toEqual(["2026-01-05T01:00:00"]);
    expect(names()).toEqual([]);
  });

  test("have a time again after an update", async () => {
    const { create, call, clock, times } = setup();
    create("later", "at(2026-01-05T00:10:00)");
    const update = (ScheduleExpression: string): unknown =>
      call("UpdateSchedule", { Name: "later", ScheduleExpression, FlexibleTimeWindow: { Mode: "OFF" }, Target: { Arn: FUNCTION, RoleArn: ROLE } });
    update("at(2026-01-05T00:20:00)");
    await clock.advance(30 * MINUTE);
    update("at(2026-01-05T00:20:00)");
    update("at(2026-01-05T00:50:00)");
    await clock.advance(30 * MINUTE);
    expect(times()).toEqual(["2026-01-05T00:20:00", "2026-01-05T00:50:00"]);
  });

  test("whose time passed while the cloud was stopped are set off at its start, once", async () => {
    const first = setup();
    first.create("missed", "at(2026-01-05T00:10:00)", { ActionAfterCompletion: "DELETE" });
    first.create("often", "rate(5 minutes)", { StartDate: new Date(START + 5 * MINUTE) });
    void first.service.stop!();
    await first.clock.advance(12 * MINUTE);
    expect(first.invoked).toEqual([]);
    const second = setup({ store: first.store, clock: first.clock });
    await second.clock.advance(5 * MINUTE);
    expect(second.times()).toEqual(["2026-01-05T00:12:00", "2026-01-05T00:15:00"]);
    expect(second.names()).toEqual(["often"]);
    void second.service.stop!();
    const third = setup({ store: first.store, clock: first.clock });
    await third.clock.advance(MINUTE);
    expect(third.invoked).toEqual([]);
  });
});

describe("recurring schedules", () => {
  test("a rate starts at once, or at its start date, and ends at its end date", async () => {
    const { create, clock, times, names } = setup();
    create("now", "rate(10 minutes)", { EndDate: new Date(START + 20 * MINUTE), ActionAfterCompletion: "DELETE" });
    create("then", "rate(1 hour)", { StartDate: new Date(START + 15 * MINUTE) });
    await clock.advance(80 * MINUTE);
    expect(times()).toEqual(["2026-01-05T00:00:00", "2026-01-05T00:10:00", "2026-01-05T00:15:00", "2026-01-05T00:20:00", "2026-01-05T01:15:00"]);
    expect(names()).toEqual(["then"]);
  });

  test("cron runs by the clock on the wall", async () => {
    const { create, clock, times } = setup();
    create("morning", "cron(0 8 ? * MON-FRI *)", { ScheduleExpressionTimezone: "America/New_York" });
    await clock.advance(48 * 60 * MINUTE);
    expect(times()).toEqual(["2026-01-05T13:00:00", "2026-01-06T13:00:00"]);
  });

  test("a flexible window puts an invocation somewhere into it; the scheduled time stays", async () => {
    const { create, clock, invoked } = setup();
    const more = { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 }, Target: { Input: '"<aws.scheduler.scheduled-time>"' } };
    create("some-time", "cron(0 1 * * ? *)", more);
    await clock.advance(90 * MINUTE);
    expect(invoked).toHaveLength(1);
    expect(invoked[0]!.payload).toBe("2026-01-05T01:00:00Z");
    expect(invoked[0]!.at >= "2026-01-05T01:00:00" && invoked[0]!.at < "2026-01-05T01:15:00").toBe(true);
  });

  test("nothing is set off while disabled, and nothing is made up for after", async () => {
    const { create, call, clock, times } = setup();
    create("off", "rate(10 minutes)", { State: "DISABLED" });
    await clock.advance(25 * MINUTE);
    const on = { Name: "off", ScheduleExpression: "rate(10 minutes)", FlexibleTimeWindow: { Mode: "OFF" }, Target: { Arn: FUNCTION, RoleArn: ROLE } };
    call("UpdateSchedule", on);
    await clock.advance(10 * MINUTE);
    expect(times()).toEqual(["2026-01-05T00:30:00"]);
  });
});

describe("failures", () => {
  const busy = (): AwsError => new AwsError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });

  test("are tried again with back-off, also after a restart", async () => {
    const first = setup({ failures: [busy()] });
    first.create("later", "at(2026-01-05T00:01:00)", { ActionAfterCompletion: "DELETE", Target: { Input: "<aws.scheduler.attempt-number>" } });
    await first.clock.advance(MINUTE);
    expect(first.invoked).toHaveLength(1);
    void first.service.stop!();
    const second = setup({ store: first.store, clock: first.clock });
    expect(second.names(), "not over yet").toEqual(["later"]);
    await second.clock.advance(MINUTE);
    expect(second.invoked.map(({ payload }) => payload)).toEqual([2]);
    expect(second.names()).toEqual([]);
  });

  test("end in the dead-letter queue, with the role, when the retry policy is exhausted", async () => {
    const { create, clock, invoked, failed, counted, names } = setup({ failures: [busy(), busy(), busy()] });
    const Target = { RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: QUEUE } };
    create("later", "at(2026-01-05T00:01:00)", { ActionAfterCompletion: "DELETE", Target });
    await clock.advance(10 * MINUTE);
    expect(invoked.map(({ operation }) => operation)).toEqual(["lambda:Invoke", "lambda:Invoke", "sqs:SendMessage"]);
    expect(invoked[2]!.as).toContain("assumed-role/scheduler");
    expect(invoked[2]!.input).toMatchObject({
      QueueUrl: "http://queue",
      MessageBody: '{"a":1}',
      MessageAttributes: {
        ERROR_CODE: { StringValue: "TooManyRequestsException" },
        EXHAUSTED_RETRY_CONDITION: { StringValue: "MaximumRetryAttempts" },
        RETRY_ATTEMPTS: { StringValue: "1" },
        TARGET_ARN: { StringValue: FUNCTION },
      },
    });
    expect(failed).toHaveLength(1);
    expect(counted).toMatchObject({
      "AWS/Scheduler TargetErrorThrottledCount": 2,
      "AWS/Scheduler InvocationDroppedCount": 1,
      "AWS/Scheduler InvocationsSentToDeadLetterCount": 1,
    });
    expect(names()).toEqual([]);
  });

  test("of permission are not tried again", async () => {
    const { create, clock, invoked, failed } = setup({ failures: [new AwsError("AccessDenied", "no", { status: 403 })] });
    create("later", "at(2026-01-05T00:01:00)");
    await clock.advance(60 * MINUTE);
    expect(invoked).toHaveLength(1);
    expect(failed).toHaveLength(1);
  });
});

test("every kind of target is invoked through its service's operation", async () => {
  const { create, clock, invoked } = setup();
  const arn = (service: string, resource: string): string => `arn:aws:${service}:us-west-2:000000000000:${resource}`;
  const at = "at(2026-01-05T00:01:00)";
  create("a", at, { Target: { Arn: arn("sns", "topic"), Input: "text" } });
  create("b", at, { Target: { Arn: arn("states", "stateMachine:m") } });
  create("c", at, {
    Target: { Arn: arn("events", "event-bus/default"), EventBridgeParameters: { DetailType: "Start ECS Task", Source: "custom.app" } },
  });
  const network = { awsvpcConfiguration: { Subnets: ["subnet-1"], AssignPublicIp: "ENABLED" } };
  const EcsParameters = { TaskDefinitionArn: "auth", LaunchType: "FARGATE", NetworkConfiguration: network, Tags: [{ key: "k", value: "v" }] };
  create("d", at, { Target: { Arn: arn("ecs", "cluster/app"), EcsParameters, Input: '{"cpu":"256"}' } });
  create("e", at, { Target: { Arn: arn("sqs", "q.fifo"), SqsParameters: { MessageGroupId: "g" }, Input: undefined } });
  await clock.advance(MINUTE);
  expect(invoked.map(({ operation, input }) => [operation, input])).toMatchObject([
    ["sns:Publish", { TopicArn: arn("sns", "topic"), Message: "text" }],
    ["states:StartExecution", { stateMachineArn: arn("states", "stateMachine:m"), input: '{"a":1}' }],
    [
      "events:PutEvents",
      { Entries: [{ EventBusName: arn("events", "event-bus/default"), DetailType: "Start ECS Task", Source: "custom.app", Detail: '{"a":1}' }] },
    ],
    [
      "ecs:RunTask",
      {
        cluster: arn("ecs", "cluster/app"),
        taskDefinition: "auth",
        launchType: "FARGATE",
        tags: [{ key: "k", value: "v" }],
        overrides: { cpu: "256" },
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], assignPublicIp: "ENABLED" } },
      },
    ],
    ["sqs:SendMessage", { MessageGroupId: "g" }],
  ]);
  expect(JSON.parse(invoked[4]!.input["MessageBody"] as string), "the default notification").toMatchObject({
    source: "aws.scheduler",
    "detail-type": "Scheduled Event",
    time: "2026-01-05T00:01:00Z",
    detail: "{}",
  });
});

describe("what is refused", () => {
  test.each([
    ["no expression", "every(5 minutes)", {}, "Invalid Schedule Expression every(5 minutes)."],
    ["no date", "at(2026-02-30T00:00:00)", {}, "Invalid Schedule Expression"],
    ["no time zone", "rate(5 minutes)", { ScheduleExpressionTimezone: "Mars/Phobos" }, "Invalid Schedule Expression Timezone Mars/Phobos."],
    ["no window", "rate(5 minutes)", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, "MaximumWindowInMinutes is required"],
    ["no JSON", "rate(5 minutes)", { Target: { Input: "{" } }, "must be a well-formed JSON"],
    [
      "a role that does not trust it",
      "rate(5 minutes)",
      { Target: { RoleArn: `${ROLE}x` } },
      "must allow AWS EventBridge Scheduler to assume the role",
    ],
    [
      "a universal target",
      "rate(5 minutes)",
      { Target: { Arn: "arn:aws:scheduler:::aws-sdk:ecs:stopTask" } },
      "the universal target arn:aws:scheduler:::aws-sdk:ecs:stopTask",
    ],
    ["a group that is not there", "rate(5 minutes)", { GroupName: "none" }, "Schedule group none does not exist."],
  ])("%s", (_what, expression, more, message) => {
    expect(() => setup().create("x", expression, more)).toThrow(message);
  });

  test("a second schedule of that name, unless the request is the same one repeated", () => {
    const { create } = setup();
    const one = create("x", "rate(1 hour)", { ClientToken: "t" });
    expect(create("x", "rate(1 hour)", { ClientToken: "t" })).toEqual(one);
    expect(() => create("x", "rate(1 hour)", { ClientToken: "u" })).toThrow("Schedule x already exists.");
  });
});

test("a group is DELETING until its schedules are gone with it; the default one stays", async () => {
  const { call, create, clock, names, invoked } = setup();
  call("CreateScheduleGroup", { Name: "leaf", Tags: [{ Key: "a", Value: "b" }] });
  const ResourceArn = "arn:aws:scheduler:us-west-2:000000000000:schedule-group/leaf";
  call("TagResource", { ResourceArn, Tags: [{ Key: "c", Value: "d" }] });
  call("UntagResource", { ResourceArn, TagKeys: ["a"] });
  expect(call("ListTagsForResource", { ResourceArn })).toEqual({ Tags: [{ Key: "c", Value: "d" }] });
  create("x", "rate(1 minute)", { GroupName: "leaf", StartDate: new Date(START + 500) });
  call("DeleteScheduleGroup", { Name: "leaf" });
  expect(call("GetScheduleGroup", { Name: "leaf" })).toMatchObject({ State: "DELETING" });
  expect(() => create("y", "rate(1 minute)", { GroupName: "leaf" })).toThrow("is being deleted");
  await clock.advance(MINUTE);
  expect(() => call("GetScheduleGroup", { Name: "leaf" })).toThrow("Schedule group leaf does not exist.");
  expect(names()).toEqual([]);
  expect(invoked).toEqual([]);
  expect(() => call("DeleteScheduleGroup", { Name: "default" })).toThrow("default schedule group");
  expect(call("ListScheduleGroups", {})).toMatchObject({ ScheduleGroups: [{ Name: "default", State: "ACTIVE" }] });
});

test("lists are filtered and paged", () => {
  const { call, create } = setup();
  for (const name of ["b", "a", "c"]) create(name, "rate(1 hour)", { State: name === "c" ? "DISABLED" : "ENABLED" });
  const first = call<{ Schedules: { Name: string }[]; NextToken: string }>("ListSchedules", { MaxResults: 2 });
  expect(first.Schedules.map(({ Name }) => Name)).toEqual(["a", "b"]);
  expect(call("ListSchedules", { NextToken: first.NextToken })).toMatchObject({ Schedules: [{ Name: "c", Target: { Arn: FUNCTION } }] });
  expect(call("ListSchedules", { State: "DISABLED" })).toMatchObject({ Schedules: [{ Name: "c" }] });
});
