import { AutoScalingClient, DescribeAutoScalingGroupsCommand, PutScalingPolicyCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeVpcsCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { ECSClient, ListClustersCommand, RunTaskCommand } from "@aws-sdk/client-ecs";
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ChangeResourceRecordSetsCommand, GetHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealClock } from "../core/clock.ts";
import { AwsError } from "../core/errors.ts";
import { seededIds } from "../core/ids.ts";
import type { Handler, Service } from "../core/service.ts";
import { Registry } from "../gateway/registry.ts";
import { answer } from "../gateway/request-path.ts";
import { type Gateway, listen } from "../gateway/server.ts";

/** The real SDK writes and reads; what a handler sees and gives must be what the test sent and gets. */
const seen: Record<string, unknown> = {};
const results: Record<string, unknown> = {};
const bugs: unknown[] = [];
let gateway: Gateway;

function echo(service: Omit<Service, "operations">, ...names: string[]): Service {
  const handler =
    (name: string): Handler =>
    (input: unknown) => {
      seen[name] = input;
      const result = results[name];
      if (result instanceof Error) throw result;
      return result;
    };
  return { ...service, operations: Object.fromEntries(names.map((name) => [name, handler(name)])) };
}

const services: Service[] = [
  echo({ name: "ecs", signingNames: ["ecs"], sdk: () => import("@aws-sdk/client-ecs"), protocols: ["awsJson1_1"] }, "RunTask"),
  echo(
    { name: "autoscaling", signingNames: ["autoscaling"], sdk: () => import("@aws-sdk/client-auto-scaling"), protocols: ["awsQuery"] },
    "DescribeAutoScalingGroups",
    "PutScalingPolicy",
  ),
  echo({ name: "ec2", signingNames: ["ec2"], sdk: () => import("@aws-sdk/client-ec2"), protocols: ["ec2Query"] }, "RunInstances", "DescribeVpcs"),
  echo(
    { name: "route53", signingNames: ["route53"], sdk: () => import("@aws-sdk/client-route-53"), protocols: ["restXml"], global: true },
    "ChangeResourceRecordSets",
    "GetHostedZone",
  ),
  echo(
    { name: "lambda", signingNames: ["lambda"], sdk: () => import("@aws-sdk/client-lambda"), protocols: ["restJson1"] },
    "Invoke",
    "ListFunctions",
  ),
  echo({ name: "sns", signingNames: ["sns"], sdk: () => import("@aws-sdk/client-sns"), protocols: ["awsQuery"] }, "Publish", "GetTopicAttributes"),
  echo(
    {
      name: "cloudwatch",
      signingNames: ["monitoring"],
      sdk: () => import("@aws-sdk/client-cloudwatch"),
      protocols: ["rpcv2Cbor", "awsJson1_0", "awsQuery"],
    },
    "PutMetricData",
    "GetMetricData",
  ),
];

const root = { kind: "root", arn: "arn:aws:iam::000000000000:root", account: "000000000000" } as const;
const clientConfig = () => ({
  endpoint: gateway.url,
  region: "us-west-2",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

beforeAll(async () => {
  const deps = {
    registry: new Registry(services),
    iam: { principalOf: () => root, authorize: () => {} },
    ids: seededIds(),
    onBug: (error: unknown) => bugs.push(error),
  };
  gateway = await listen((request) => answer(deps, request), { port: 0, clock: new RealClock() });
});
afterAll(() => gateway.close());

describe("JSON 1.1 (ECS)", () => {
  test("carries structures, lists and timestamps both ways", async () => {
    results.RunTask = { tasks: [{ taskArn: "arn:x", createdAt: new Date(1_700_000_000_500), tags: [{ key: "a", value: "b" }] }], failures: [] };
    const input = {
      taskDefinition: "hello:1",
      overrides: { containerOverrides: [{ name: "c", environment: [{ name: "A", value: "1" }] }] },
      count: 2,
    };
    const output = await new ECSClient(clientConfig()).send(new RunTaskCommand(input));
    expect(seen.RunTask).toMatchObject(input);
    expect(output.tasks?.[0]?.createdAt).toEqual(new Date(1_700_000_000_500));
    expect(output.tasks?.[0]?.tags).toEqual([{ key: "a", value: "b" }]);
  });

  test("gives the SDK the error's own type", async () => {
    results.RunTask = new AwsError("ClusterNotFoundException", "Cluster not found.");
    await expect(new ECSClient(clientConfig()).send(new RunTaskCommand({ taskDefinition: "x" }))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
      message: "Cluster not found.",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("an operation that is not there is answered with 501, naming it", async () => {
    await expect(new ECSClient(clientConfig()).send(new ListClustersCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining("ecs:ListClusters"),
      $metadata: { httpStatusCode: 501 },
    });
  });

  test("a mistake of our own is a 500 that hides nothing from the log", async () => {
    results.RunTask = new TypeError("undefined is not a function");
    await expect(new ECSClient(clientConfig()).send(new RunTaskCommand({ taskDefinition: "x" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    });
    expect(bugs.at(-1)).toBeInstanceOf(TypeError);
  });
});

describe("the query protocol (Auto Scaling, SNS)", () => {
  test("carries nested lists, numbers and empty results", async () => {
    const when = new Date(1_700_000_000_000);
    results.DescribeAutoScalingGroups = {
      AutoScalingGroups: [
        { AutoScalingGroupName: "a<b>&", MinSize: 0, CreatedTime: when, Instances: [], Tags: [{ Key: "k", Value: "v", PropagateAtLaunch: true }] },
      ],
    };
    const output = await new AutoScalingClient(clientConfig()).send(
      new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: ["a<b>&", "c"],
        Filters: [{ Name: "tag:x", Values: ["1", "2"] }],
        MaxRecords: 5,
      }),
    );
    expect(seen.DescribeAutoScalingGroups).toEqual({
      AutoScalingGroupNames: ["a<b>&", "c"],
      Filters: [{ Name: "tag:x", Values: ["1", "2"] }],
      MaxRecords: 5,
    });
    expect(output.AutoScalingGroups?.[0]).toMatchObject({
      AutoScalingGroupName: "a<b>&",
      MinSize: 0,
      CreatedTime: when,
      Tags: [{ PropagateAtLaunch: true }],
    });
  });

  test("reads steps with negative bounds", async () => {
    results.PutScalingPolicy = { PolicyARN: "arn:p" };
    const StepAdjustments = [{ MetricIntervalLowerBound: 0, ScalingAdjustment: -1 }];
    await new AutoScalingClient(clientConfig()).send(
      new PutScalingPolicyCommand({ AutoScalingGroupName: "g", PolicyName: "p", PolicyType: "StepScaling", StepAdjustments }),
    );
    expect(seen.PutScalingPolicy).toMatchObject({ StepAdjustments });
  });

  test("carries maps, and errors under their query code", async () => {
    results.Publish = { MessageId: "m" };
    const MessageAttributes = { a: { DataType: "String", StringValue: "x" }, b: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) } };
    await new SNSClient(clientConfig()).send(new PublishCommand({ TopicArn: "t", Message: "hällo & <bye>", MessageAttributes }));
    expect(seen.Publish).toEqual({ TopicArn: "t", Message: "hällo & <bye>", MessageAttributes });
    results.GetTopicAttributes = { Attributes: { Policy: "{}", DisplayName: "x" } };
    const got = await new SNSClient(clientConfig()).send(new GetTopicAttributesCommand({ TopicArn: "t" }));
    expect(got.Attributes).toEqual({ Policy: "{}", DisplayName: "x" });
    results.GetTopicAttributes = new AwsError("NotFoundException", "Topic does not exist", { status: 404 });
    await expect(new SNSClient(clientConfig()).send(new GetTopicAttributesCommand({ TopicArn: "t" }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });
});

describe("the EC2 query protocol", () => {
  test("carries what RunInstances sends and DescribeVpcs answers", async () => {
    results.RunInstances = { Instances: [{ InstanceId: "i-1", State: { Name: "pending", Code: 0 } }] };
    const input = {
      MinCount: 1,
      MaxCount: 1,
      SecurityGroupIds: ["sg-1", "sg-2"],
      MetadataOptions: { HttpTokens: "required" as const },
      TagSpecifications: [{ ResourceType: "instance" as const, Tags: [{ Key: "a", Value: "b" }] }],
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: ["sg-1"], AssociatePublicIpAddress: true }],
    };
    const output = await new EC2Client(clientConfig()).send(new RunInstancesCommand(input));
    expect(seen.RunInstances).toMatchObject(input);
    expect(output.Instances).toMatchObject([{ InstanceId: "i-1", State: { Name: "pending" } }]);
    results.DescribeVpcs = {
      Vpcs: [{ VpcId: "vpc-1", IsDefault: false, CidrBlockAssociationSet: [{ CidrBlock: "10.0.0.0/16" }], Tags: [{ Key: "k", Value: "" }] }],
    };
    const vpcs = await new EC2Client(clientConfig()).send(new DescribeVpcsCommand({ Filters: [{ Name: "vpc-id", Values: ["vpc-1"] }] }));
    expect(seen.DescribeVpcs).toEqual({ Filters: [{ Name: "vpc-id", Values: ["vpc-1"] }] });
    expect(vpcs.Vpcs?.[0]).toMatchObject({ VpcId: "vpc-1", IsDefault: false, CidrBlockAssociationSet: [{ CidrBlock: "10.0.0.0/16" }] });
  });

  test("gives errors their code", async () => {
    results.DescribeVpcs = new AwsError("InvalidVpcID.NotFound", "The vpc ID 'vpc-2' does not exist");
    await expect(new EC2Client(clientConfig()).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: "InvalidVpcID.NotFound" });
  });
});

describe("REST-XML (Route 53)", () => {
  test("carries a change batch, and answers it", async () => {
    results.ChangeResourceRecordSets = { ChangeInfo: { Id: "/change/C1", Status: "PENDING", SubmittedAt: new Date(1_700_000_000_000) } };
    const ChangeBatch = {
      Comment: "a & b",
      Changes: [
        {
          Action: "UPSERT" as const,
          ResourceRecordSet: { Name: "a.example.com", Type: "A" as const, TTL: 1, ResourceRecords: [{ Value: "127.0.0.1" }] },
        },
      ],
    };
    const output = await new Route53Client(clientConfig()).send(new ChangeResourceRecordSetsCommand({ HostedZoneId: "/hostedzone/Z1", ChangeBatch }));
    expect(seen.ChangeResourceRecordSets).toEqual({ HostedZoneId: "Z1", ChangeBatch });
    expect(output.ChangeInfo).toMatchObject({ Id: "/change/C1", Status: "PENDING" });
  });

  test("carries lists in answers, and errors", async () => {
    results.GetHostedZone = {
      HostedZone: { Id: "/hostedzone/Z1", Name: "a.", CallerReference: "r" },
      DelegationSet: { NameServers: ["ns-1.x", "ns-2.y"] },
    };
    const zone = await new Route53Client(clientConfig()).send(new GetHostedZoneCommand({ Id: "Z1" }));
    expect(zone.DelegationSet?.NameServers).toEqual(["ns-1.x", "ns-2.y"]);
    results.GetHostedZone = new AwsError("NoSuchHostedZone", "No hosted zone found with ID: Z1", { status: 404 });
    await expect(new Route53Client(clientConfig()).send(new GetHostedZoneCommand({ Id: "Z1" }))).rejects.toMatchObject({ name: "NoSuchHostedZone" });
  });
});

describe("REST-JSON (Lambda)", () => {
  test("carries payload, headers and status", async () => {
    results.Invoke = { StatusCode: 200, FunctionError: "Unhandled", Payload: Buffer.from('{"ok":true}'), ExecutedVersion: "$LATEST" };
    const output = await new LambdaClient(clientConfig()).send(
      new InvokeCommand({
        FunctionName: "arn:aws:lambda:us-west-2:000000000000:function:f",
        Payload: Buffer.from("{}"),
        InvocationType: "RequestResponse",
      }),
    );
    expect(seen.Invoke).toMatchObject({ FunctionName: "arn:aws:lambda:us-west-2:000000000000:function:f", InvocationType: "RequestResponse" });
    expect(Buffer.from((seen.Invoke as { Payload: Uint8Array }).Payload).toString()).toBe("{}");
    expect(Buffer.from(output.Payload!).toString()).toBe('{"ok":true}');
    expect(output.FunctionError).toBe("Unhandled");
  });

  test("reads query parameters", async () => {
    results.ListFunctions = { Functions: [{ FunctionName: "f", Environment: { Variables: { A: "b" } } }] };
    const output = await new LambdaClient(clientConfig()).send(new ListFunctionsCommand({ MaxItems: 3 }));
    expect(seen.ListFunctions).toEqual({ MaxItems: 3 });
    expect(output.Functions?.[0]?.Environment?.Variables).toEqual({ A: "b" });
  });
});

test("CBOR (CloudWatch) carries numbers, dates and nested structures", async () => {
  const Timestamp = new Date(1_700_000_000_000);
  results.PutMetricData = {};
  const MetricData = [{ MetricName: "m", Dimensions: [{ Name: "d", Value: "v" }], Value: 1.5, Timestamp }];
  const client = new CloudWatchClient(clientConfig());
  await client.send(new PutMetricDataCommand({ Namespace: "Rouse", MetricData }));
  expect(seen.PutMetricData).toEqual({ Namespace: "Rouse", MetricData });
  results.GetMetricData = { MetricDataResults: [{ Id: "a", Timestamps: [Timestamp], Values: [0, 2.5], StatusCode: "Complete" }] };
  const output = await client.send(
    new GetMetricDataCommand({ StartTime: Timestamp, EndTime: Timestamp, MetricDataQueries: [{ Id: "a", Expression: "b+1", ReturnData: true }] }),
  );
  expect(output.MetricDataResults).toMatchObject([{ Timestamps: [Timestamp], Values: [0, 2.5] }]);
  results.GetMetricData = new AwsError("InvalidParameterValueException", "bad");
  await expect(client.send(new GetMetricDataCommand({ StartTime: Timestamp, EndTime: Timestamp, MetricDataQueries: [] }))).rejects.toMatchObject({
    message: "bad",
  });
});

test("a request without a signature is refused", async () => {
  const response = await fetch(gateway.url, { method: "POST", body: "{}" });
  expect(response.status).toBe(403);
});
