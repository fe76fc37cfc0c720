import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { GetQueueAttributesCommand, ListQueuesCommand, ListQueueTagsCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { withCloud } from "../../testing/with-cloud.ts";

const template = (queue: object): string =>
  JSON.stringify({
    Resources: {
      Dead: { Type: "AWS::SQS::Queue" },
      Queue: {
        Type: "AWS::SQS::Queue",
        Properties: { RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 }, ...queue },
      },
      Fifo: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true, ContentBasedDeduplication: true } },
      Policy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          Queues: [{ Ref: "Queue" }],
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
              },
            ],
          },
        },
      },
    },
    Outputs: { Url: { Value: { Ref: "Queue" } }, Fifo: { Value: { "Fn::GetAtt": ["Fifo", "QueueName"] } } },
  });

test("queues and their policies are made, changed in place and deleted", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const cfn = cloud.client(CloudFormationClient);
  const sqs = cloud.client(SQSClient);
  const stack = async () => (await cfn.send(new DescribeStacksCommand({ StackName: "s" }))).Stacks![0]!;
  const reach = (status: string) => cloud.clock.advanceUntil(async () => (await stack()).StackStatus === status, 60_000, status);
  await cfn.send(
    new CreateStackCommand({
      StackName: "s",
      TemplateBody: template({ VisibilityTimeout: "45", Tags: [{ Key: "k", Value: "v" }] }),
    }),
  );
  await reach("CREATE_COMPLETE");
  const outputs = Object.fromEntries((await stack()).Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue!]));
  expect(outputs["Fifo"]).toMatch(/^s-Fifo-.*\.fifo$/);
  const QueueUrl = outputs["Url"]!;
  const attributes = async () => (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes;
  expect(await attributes()).toMatchObject({
    VisibilityTimeout: "45",
    RedrivePolicy: expect.stringContaining('"maxReceiveCount":3') as string,
    Policy: expect.stringContaining("events.amazonaws.com") as string,
  });
  expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toMatchObject({ k: "v" });
  await cfn.send(new UpdateStackCommand({ StackName: "s", TemplateBody: template({ DelaySeconds: 5 }) }));
  await reach("UPDATE_COMPLETE");
  expect(await attributes()).toMatchObject({ VisibilityTimeout: "30", DelaySeconds: "5" });
  await cfn.send(new DeleteStackCommand({ StackName: "s" }));
  await cloud.clock.advance(10_000);
  expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
});
