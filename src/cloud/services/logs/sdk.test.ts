import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeResourcePoliciesCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

/** The same operations as a real client sends and reads them. */

let cloud: TestCloud;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await withCloud();
  logs = cloud.client(CloudWatchLogsClient, "us-east-1");
});
afterAll(() => cloud.end());

test("a line goes in and is found again", async () => {
  const logGroupName = "/aws/route53/sdk.example.com";
  await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { leaf: "sdk" } }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "Z1/FRA6" }));
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
  const timestamp = cloud.clock.now();
  expect(
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: "Z1/FRA6", logEvents: [{ timestamp, message: "naïve ✓ line" }] })),
  ).not.toHaveProperty("rejectedLogEventsInfo");
  expect((await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: "Z1/FRA6", startFromHead: true }))).events).toEqual([
    { timestamp, ingestionTime: timestamp, message: "naïve ✓ line" },
  ]);
  expect((await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '"✓"' }))).events).toMatchObject([
    { logStreamName: "Z1/FRA6", eventId: expect.any(String) },
  ]);
  const [group] = (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups!;
  expect(group).toMatchObject({ logGroupName, retentionInDays: 7, creationTime: timestamp });
  expect((await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams).toMatchObject([
    { logStreamName: "Z1/FRA6", lastEventTimestamp: timestamp },
  ]);
  await logs.send(new TagResourceCommand({ resourceArn: group!.logGroupArn!, tags: { more: "1" } }));
  expect((await logs.send(new ListTagsForResourceCommand({ resourceArn: group!.logGroupArn! }))).tags).toEqual({ leaf: "sdk", more: "1" });
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  await expect(logs.send(new DescribeLogStreamsCommand({ logGroupName }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("resource policies, metric filters and refusals", async () => {
  const policyDocument = JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: { Service: "route53.amazonaws.com" }, Action: "logs:PutLogEvents", Resource: "*" }],
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: "p", policyDocument }));
  expect((await logs.send(new DescribeResourcePoliciesCommand({}))).resourcePolicies).toMatchObject([{ policyName: "p", policyDocument }]);
  await logs.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await logs.send(
    new PutMetricFilterCommand({
      logGroupName: "g",
      filterName: "f",
      filterPattern: "ERROR",
      metricTransformations: [{ metricName: "m", metricNamespace: "n", metricValue: "1" }],
    }),
  );
  expect((await logs.send(new TestMetricFilterCommand({ filterPattern: "[a]", logEventMessages: ["x"] }))).matches).toEqual([
    { eventNumber: 1, eventMessage: "x", extractedValues: { $a: "x" } },
  ]);
  const destinationArn = "arn:aws:lambda:us-east-1:000000000000:function:none";
  await expect(
    logs.send(new PutSubscriptionFilterCommand({ logGroupName: "g", filterName: "f", filterPattern: "", destinationArn })),
  ).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringContaining("Could not execute the lambda function"),
  });
});
