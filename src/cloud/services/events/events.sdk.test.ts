import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand, PutResourcePolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect, onTestFinished, test } from "vitest";
import { withCloud } from "../../testing/with-cloud.ts";

test("the SDK puts rules, targets and events, and a log group shows what came", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const events = cloud.client(EventBridgeClient);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/events/all" }));
  const Statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "logs:PutLogEvents", Resource: "*" };
  await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  const { RuleArn } = await events.send(new PutRuleCommand({ Name: "mine", EventPattern: '{"source":["my.app"]}' }));
  expect(RuleArn).toBe("arn:aws:events:us-west-2:000000000000:rule/mine");
  const Targets = [{ Id: "logs", Arn: "arn:aws:logs:us-west-2:000000000000:log-group:/aws/events/all", RetryPolicy: { MaximumRetryAttempts: 2 } }];
  expect(await events.send(new PutTargetsCommand({ Rule: "mine", Targets }))).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
  expect((await events.send(new ListTargetsByRuleCommand({ Rule: "mine" }))).Targets).toEqual(Targets);
  const entry = { Source: "my.app", DetailType: "t", Detail: '{"a":1}', Time: new Date("2026-01-05T00:00:00Z") };
  const answer = await events.send(new PutEventsCommand({ Entries: [entry, { ...entry, Source: "aws.x" }] }));
  expect(answer.FailedEntryCount).toBe(1);
  await cloud.clock.settle();
  const found = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/events/all" }));
  expect(found.events?.map(({ message }) => JSON.parse(message!) as unknown)).toMatchObject([
    { id: answer.Entries?.[0]?.EventId, source: "my.app", "detail-type": "t", time: "2026-01-05T00:00:00Z", detail: { a: 1 } },
  ]);
});

test("the SDK is given EventBridge's own errors", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const events = cloud.client(EventBridgeClient);
  await expect(events.send(new DescribeRuleCommand({ Name: "none" }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(events.send(new PutRuleCommand({ Name: "bad", EventPattern: '{"a":[]}' }))).rejects.toMatchObject({
    name: "InvalidEventPatternException",
  });
  await expect(events.send(new TestEventPatternCommand({ EventPattern: '{"source":["a"]}', Event: "{}" }))).rejects.toMatchObject({
    name: "ValidationException",
    message: "Parameter Event is not valid.",
  });
});
