import { expect, test } from "vitest";
import { AwsError } from "../../core/errors.ts";
import { FUNCTION, QUEUE, RULE_ARN, SCOPE, TOPIC, event, setup } from "./testing.ts";

test("an event of a service reaches the Lambda targets of the rules it matches, at once and in AWS's envelope", async () => {
  const { events, call, clock, delivered, counted } = setup();
  call("PutRule", { Name: "r", EventPattern: JSON.stringify({ source: ["aws.ecs"], detail: { lastStatus: ["RUNNING"] } }) });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION }] });
  call("PutRule", { Name: "other", EventPattern: JSON.stringify({ source: ["aws.ec2"] }) });
  call("PutTargets", { Rule: "other", Targets: [{ Id: "a", Arn: TOPIC }] });
  events.emit(SCOPE, event);
  expect(delivered, "the one who emits is not interrupted").toEqual([]);
  const before = clock.now();
  await clock.settle();
  expect(delivered).toEqual([
    {
      to: FUNCTION,
      at: before,
      source: { principal: "events.amazonaws.com", arn: RULE_ARN },
      payload: {
        version: "0",
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        "detail-type": "ECS Task State Change",
        source: "aws.ecs",
        account: "000000000000",
        time: "2026-01-05T00:00:00Z",
        region: "us-west-2",
        resources: ["arn:task"],
        detail: { lastStatus: "RUNNING", n: 5 },
      },
    },
  ]);
  expect(counted).toEqual({ "AWS/Events MatchedEvents r": 1, "AWS/Events TriggeredRules r": 1, "AWS/Events Invocations r": 1 });
});

test("a topic gets the input as text: the transformer's, the path's or the constant one", async () => {
  const { events, call, clock, delivered } = setup();
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  const InputTransformer = { InputPathsMap: { s: "$.detail.lastStatus" }, InputTemplate: '"now <s>"' };
  call("PutTargets", {
    Rule: "r",
    Targets: [
      { Id: "1", Arn: TOPIC, InputTransformer },
      { Id: "2", Arn: TOPIC, InputPath: "$.detail" },
      { Id: "3", Arn: TOPIC, Input: '{"a":1}' },
    ],
  });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(delivered.map(({ payload }) => payload)).toEqual(['"now RUNNING"', '{"lastStatus":"RUNNING","n":5}', '{"a":1}']);
});

test("a disabled rule sees nothing", async () => {
  const { events, call, clock, delivered } = setup();
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION }] });
  call("DisableRule", { Name: "r" });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(delivered).toEqual([]);
  call("EnableRule", { Name: "r" });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(delivered).toHaveLength(1);
});

test("a throttled target is tried again with growing delays, also after a restart; the event stays the same", async () => {
  const throttled = (): AwsError => new AwsError("TooManyRequestsException", "slow down", { status: 429 });
  const failures = [throttled(), throttled(), throttled()];
  const { events, call, clock, delivered, store, counted } = setup({ failures });
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION }] });
  events.emit(SCOPE, event);
  await clock.settle();
  await clock.advance(1000);
  expect(failures).toHaveLength(1);
  void events.stop!();
  const again = setup({ store, clock, failures });
  void again.events.start!();
  await clock.advance(60_000);
  expect(delivered).toEqual([]);
  expect(again.delivered.map(({ payload }) => (payload as { time: string }).time)).toEqual(["2026-01-05T00:00:00Z"]);
  expect(again.delivered[0]!.at - Date.UTC(2026, 0, 5), "0.5 to 1 + 1 to 2 + 2 to 4 s").toBeGreaterThanOrEqual(3500);
  expect(counted["AWS/Events FailedInvocations r"]).toBeUndefined();
  expect(again.counted["AWS/Events Invocations r"]).toBe(1);
});

test("a target without permission is not tried again, and one past its retry policy is given up", async () => {
  const { events, call, clock, delivered, failed, counted } = setup({
    failures: [
      new AwsError("AccessDeniedException", "no", { status: 403 }),
      new AwsError("ServiceException", "1", { status: 500 }),
      new AwsError("ServiceException", "2", { status: 500 }),
    ],
  });
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION, RetryPolicy: { MaximumRetryAttempts: 1 } }] });
  events.emit(SCOPE, event);
  await clock.advance(60_000);
  events.emit(SCOPE, event);
  await clock.advance(60_000);
  expect(failed.map((error) => (error as Error).message)).toEqual(["no", "2"]);
  expect(delivered).toEqual([]);
  expect(counted["AWS/Events FailedInvocations r"]).toBe(2);
});

test("scheduled rules fire on the clock with a Scheduled Event, and go on after a restart", async () => {
  const { call, clock, delivered, events, store } = setup();
  call("PutRule", { Name: "r", ScheduleExpression: "cron(0 12 * * ? *)" });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION }] });
  await clock.advance(36 * 3_600_000);
  expect(delivered.map(({ at }) => new Date(at).toISOString())).toEqual(["2026-01-05T12:00:00.000Z", "2026-01-06T12:00:00.000Z"]);
  expect(delivered[0]!.payload).toMatchObject({
    source: "aws.events",
    "detail-type": "Scheduled Event",
    time: "2026-01-05T12:00:00Z",
    resources: [RULE_ARN],
    detail: {},
  });
  void events.stop!();
  const again = setup({ store, clock });
  void again.events.start!();
  await clock.advance(24 * 3_600_000);
  expect(delivered).toHaveLength(2);
  expect(again.delivered).toHaveLength(1);
  again.call("DisableRule", { Name: "r" });
  await clock.advance(48 * 3_600_000);
  expect(again.delivered).toHaveLength(1);
});

test("rate() counts from the rule's creation", async () => {
  const { call, clock, delivered } = setup();
  await clock.advance(30_000);
  call("PutRule", { Name: "r", ScheduleExpression: "rate(5 minutes)" });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION, Input: '{"stop":"all"}' }] });
  await clock.advance(11 * 60_000);
  expect(delivered.map(({ at }) => new Date(at).toISOString().slice(11, 19))).toEqual(["00:05:30", "00:10:30"]);
  expect(delivered[0]!.payload, "a constant input takes the event's place").toEqual({ stop: "all" });
});

test("PutEvents answers for each entry, and refuses the sources of AWS", async () => {
  const { call, clock, delivered } = setup();
  call("PutRule", { Name: "r", EventPattern: '{"source":["my.app"]}' });
  call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: FUNCTION }] });
  const good = { Source: "my.app", DetailType: "t", Detail: '{"a":1}' };
  const answer = call<{ FailedEntryCount: number; Entries: object[] }>("PutEvents", {
    Entries: [
      { ...good, Time: new Date("2026-02-03T04:05:06.789Z") },
      { ...good, Source: "aws.ecs" },
      { ...good, Detail: "[1]" },
      { Source: "my.app", DetailType: "t" },
      { ...good, EventBusName: "not-there" },
    ],
  });
  const EventId = expect.any(String) as string;
  expect(answer).toEqual({
    FailedEntryCount: 3,
    Entries: [
      { EventId },
      { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
      { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
      { ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Detail is not valid. Reason: Detail is a required argument." },
      { EventId },
    ],
  });
  await clock.settle();
  expect(delivered.map(({ payload }) => (payload as { time: string }).time)).toEqual(["2026-02-03T04:05:06Z"]);
  const big = { ...good, Detail: JSON.stringify({ a: "x".repeat(256 * 1024) }) };
  expect(() => call("PutEvents", { Entries: [big] })).toThrow("Total size of the entries in the request is over the limit.");
});

test("a task is run with the target's parameters as its role, with the input as overrides", async () => {
  const { events, call, clock, calls, failed } = setup();
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  const target = {
    Id: "a",
    Arn: "arn:aws:ecs:us-west-2:000000000000:cluster/c",
    RoleArn: "arn:aws:iam::000000000000:role/path/runner",
    Input: '{"containerOverrides":[{"name":"app","command":["x"]}]}',
    EcsParameters: {
      TaskDefinitionArn: "arn:td",
      LaunchType: "FARGATE",
      NetworkConfiguration: { awsvpcConfiguration: { Subnets: ["s"], AssignPublicIp: "ENABLED" } },
    },
  };
  expect(() => call("PutTargets", { Rule: "r", Targets: [{ ...target, RoleArn: undefined }] })).toThrow("RoleArn is required");
  call("PutTargets", { Rule: "r", Targets: [target] });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(failed).toEqual([]);
  expect(calls).toEqual([
    {
      service: "ecs",
      operation: "RunTask",
      as: "arn:aws:sts::000000000000:assumed-role/runner/events-rule-r",
      input: {
        cluster: "arn:aws:ecs:us-west-2:000000000000:cluster/c",
        taskDefinition: "arn:td",
        count: 1,
        startedBy: "events-rule/r",
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], securityGroups: undefined, assignPublicIp: "ENABLED" } },
        overrides: { containerOverrides: [{ name: "app", command: ["x"] }] },
      },
    },
  ]);
});

test("a log group gets the event as a line where its policy allows it", async () => {
  const allowed = setup();
  const denied = setup({ changes: { iam: { canAssume: () => true, allowsService: () => false } } });
  for (const { call, events, clock } of [allowed, denied]) {
    call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
    call("PutTargets", { Rule: "r", Targets: [{ Id: "a", Arn: "arn:aws:logs:us-west-2:000000000000:log-group:/aws/events/x:*" }] });
    events.emit(SCOPE, event);
    await clock.settle();
  }
  expect(allowed.delivered).toMatchObject([{ to: "/aws/events/x", payload: [{ timestamp: Date.UTC(2026, 0, 5) }] }]);
  expect(denied.delivered).toEqual([]);
  expect(denied.failed).toHaveLength(1);
});

test("events go from bus to bus unchanged, and a loop of buses ends", async () => {
  const { events, call, clock, delivered, failed } = setup();
  call("CreateEventBus", { Name: "second" });
  const bus = (name: string): string => `arn:aws:events:us-west-2:000000000000:event-bus/${name}`;
  const EventPattern = '{"source":["aws.ecs"]}';
  call("PutRule", { Name: "there", EventPattern });
  call("PutTargets", { Rule: "there", Targets: [{ Id: "a", Arn: bus("second"), RoleArn: "arn:aws:iam::000000000000:role/forward" }] });
  call("PutRule", { Name: "back", EventPattern, EventBusName: "second" });
  call("PutTargets", {
    Rule: "back",
    EventBusName: "second",
    Targets: [
      { Id: "a", Arn: bus("default") },
      { Id: "b", Arn: FUNCTION },
    ],
  });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(delivered).toHaveLength(3);
  expect(new Set(delivered.map(({ payload }) => (payload as { id: string }).id)).size).toBe(1);
  expect(delivered[0]).toMatchObject({ payload: { source: "aws.ecs" }, source: { arn: "arn:aws:events:us-west-2:000000000000:rule/second/back" } });
  expect(failed).toHaveLength(1);
});

test("targets that cannot be invoked here are refused by name", () => {
  const { call } = setup();
  call("PutRule", { Name: "r", EventPattern: '{"source":["x"]}' });
  const put = (target: object): unknown => call("PutTargets", { Rule: "r", Targets: [{ Id: "a", ...target }] });
  expect(() => put({ Arn: "arn:aws:kinesis:us-west-2:000000000000:stream/s" })).toThrow(/a target of the type kinesis/);
  expect(() => put({ Arn: FUNCTION, DeadLetterConfig: { Arn: `${QUEUE}.fifo` } })).toThrow(/is not a standard Amazon SQS queue/);
  expect(() => put({ Arn: `${QUEUE}.fifo` })).toThrow(/MessageGroupId must be specified/);
  expect(() => put({ Arn: FUNCTION, Input: "{}", InputPath: "$" })).toThrow(
    "Only one of Input, InputPath, or InputTransformer must be provided for target a.",
  );
  expect(() => put({ Arn: FUNCTION, InputTransformer: { InputTemplate: "<nope>" } })).toThrow(
    "InputTemplate for target a contains invalid placeholder nope.",
  );
  const six = Array.from({ length: 6 }, (_, index) => ({ Id: String(index), Arn: FUNCTION }));
  expect(() => call("PutTargets", { Rule: "r", Targets: six })).toThrow("The requested resource exceeds the maximum number allowed.");
});

test("rules are described, listed in pages, found by target and deleted without targets only", () => {
  const { call } = setup();
  for (const Name of ["b", "a", "c"]) call("PutRule", { Name, EventPattern: '{"source":["x"]}', Tags: [{ Key: "k", Value: "v" }] });
  call("PutTargets", { Rule: "b", Targets: [{ Id: "a", Arn: FUNCTION }] });
  const first = call<{ Rules: { Name: string }[]; NextToken: string }>("ListRules", { Limit: 2 });
  expect(first.Rules.map((rule) => rule.Name)).toEqual(["a", "b"]);
  expect(call("ListRules", { Limit: 2, NextToken: first.NextToken })).toMatchObject({ Rules: [{ Name: "c", State: "ENABLED" }] });
  expect(call("ListRuleNamesByTarget", { TargetArn: FUNCTION })).toMatchObject({ RuleNames: ["b"] });
  expect(call("ListTagsForResource", { ResourceARN: RULE_ARN.replace(/r$/, "a") })).toEqual({ Tags: [{ Key: "k", Value: "v" }] });
  expect(() => call("DeleteRule", { Name: "b" })).toThrow("Rule can't be deleted since it has targets.");
  expect(call("RemoveTargets", { Rule: "b", Ids: ["a", "z"] })).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: "z" }] });
  call("DeleteRule", { Name: "b" });
  expect(() => call("DescribeRule", { Name: "b" })).toThrow("Rule b does not exist on EventBus default.");
  expect(() => call("PutRule", { Name: "x", ScheduleExpression: "rate(1 minutes)" })).toThrow("Parameter ScheduleExpression is not valid.");
  expect(() => call("PutRule", { Name: "x" })).toThrow("Parameter(s) EventPattern or ScheduleExpression must be specified.");
});

test("a bus keeps the permissions that were put on it", () => {
  const { call } = setup();
  call("PutPermission", { StatementId: "one", Principal: "111122223333", Action: "events:PutEvents" });
  const { Policy } = call<{ Policy: string }>("DescribeEventBus", { Name: "default" });
  expect(JSON.parse(Policy)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "one",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "events:PutEvents",
        Resource: "arn:aws:events:us-west-2:000000000000:event-bus/default",
      },
    ],
  });
  expect(() => call("RemovePermission", { StatementId: "two" })).toThrow("Statement with the provided id does not exist.");
  call("RemovePermission", { StatementId: "one" });
  expect(call("ListEventBuses", {})).toMatchObject({ EventBuses: [{ Name: "default", Policy: undefined }] });
});
