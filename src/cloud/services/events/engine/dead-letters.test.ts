import { expect, test } from "vitest";
import { AwsError } from "../../../core/errors.ts";
import type { EventsDeps } from "../index.ts";
import { FUNCTION, QUEUE, RULE_ARN, SCOPE, event, setup } from "../testing.ts";

test("what cannot be delivered goes to the dead-letter queue, with why in attributes", async () => {
  const failures = [
    new AwsError("AccessDeniedException", "no", { status: 403 }),
    ...[1, 2].map(() => new AwsError("ServiceException", "busy", { status: 500 })),
  ];
  const dead: unknown[][] = [];
  const sqs: EventsDeps["sqs"] = {
    send: async (...args) => {
      dead.push(args);
      return { messageId: "m" };
    },
  };
  const { events, call, clock, counted } = setup({ failures, changes: { sqs } });
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  const target = { Id: "a", Arn: FUNCTION, RetryPolicy: { MaximumRetryAttempts: 1 }, DeadLetterConfig: { Arn: QUEUE } };
  call("PutTargets", { Rule: "r", Targets: [target] });
  events.emit(SCOPE, event);
  await clock.settle();
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  const retried = (n: string) => ({ DataType: "Number", StringValue: n });
  const where = { RULE_ARN: text(RULE_ARN), TARGET_ARN: text(FUNCTION) };
  expect(dead).toEqual([
    [
      QUEUE,
      {
        body: expect.stringContaining('"source":"aws.ecs"'),
        attributes: { ...where, ERROR_CODE: text("NO_PERMISSIONS"), ERROR_MESSAGE: text("no"), RETRY_ATTEMPTS: retried("0") },
      },
      { principal: "events.amazonaws.com", arn: RULE_ARN },
    ],
  ]);
  events.emit(SCOPE, event);
  await clock.advance(60_000);
  expect(dead[1]![1]).toMatchObject({
    attributes: {
      ERROR_CODE: text("INTERNAL_ERROR"),
      EXHAUSTED_RETRY_CONDITION: text("MaximumRetryAttempts"),
      RETRY_ATTEMPTS: retried("1"),
    },
  });
  expect(counted["AWS/Events InvocationsSentToDlq r"]).toBe(2);
});

test("a queue gets the input as text, a FIFO queue with its group; a state machine is started with the target's role", async () => {
  const { events, call, clock, delivered, calls } = setup();
  const machine = "arn:aws:states:us-west-2:000000000000:stateMachine:m";
  call("PutRule", { Name: "r", EventPattern: '{"source":["aws.ecs"]}' });
  call("PutTargets", {
    Rule: "r",
    Targets: [
      { Id: "1", Arn: QUEUE, InputPath: "$.detail" },
      { Id: "2", Arn: `${QUEUE}.fifo`, Input: "{}", SqsParameters: { MessageGroupId: "g" } },
      { Id: "3", Arn: machine, RoleArn: "arn:aws:iam::000000000000:role/r", InputPath: "$.detail" },
    ],
  });
  events.emit(SCOPE, event);
  await clock.settle();
  expect(delivered.map(({ to, payload }) => [to, payload])).toEqual([
    [QUEUE, { body: '{"lastStatus":"RUNNING","n":5}' }],
    [`${QUEUE}.fifo`, { body: "{}", groupId: "g" }],
  ]);
  expect(calls).toEqual([
    {
      service: "states",
      operation: "StartExecution",
      input: { stateMachineArn: machine, input: '{"lastStatus":"RUNNING","n":5}' },
      as: "arn:aws:sts::000000000000:assumed-role/r/events-rule-r",
    },
  ]);
});
