import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  RollbackStackCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { ECRClient, DescribeRepositoriesCommand, ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

const topic = (display: string): string =>
  JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "t", DisplayName: display } } } });

let cloud: TestCloud;
let cfn: CloudFormationClient;
beforeAll(async () => {
  cloud = await withCloud();
  cfn = cloud.client(CloudFormationClient);
});
afterAll(() => cloud.end());
beforeEach(() => cloud.reset());

async function settled(StackName: string): Promise<string | undefined> {
  const status = async () => (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
  await cloud.clock.advanceUntil(async () => !(await status())?.endsWith("_IN_PROGRESS"), 60_000, "the end of the stack operation");
  return status();
}

async function role(name: string, Service: string, Statement: object[]): Promise<string> {
  const iam = cloud.client(IAMClient);
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service } }] };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  return Role!.Arn!;
}

test("a stack's role may make what its policies allow, and nothing else", async () => {
  const RoleARN = await role("maker", "cloudformation.amazonaws.com", [{ Effect: "Allow", Action: "sns:*", Resource: "*" }]);
  await cfn.send(new CreateStackCommand({ StackName: "allowed", TemplateBody: topic("a"), RoleARN }));
  expect(await settled("allowed")).toBe("CREATE_COMPLETE");
  const log = JSON.stringify({ Resources: { Log: { Type: "AWS::Logs::LogGroup" } } });
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName: "denied", TemplateBody: log, RoleARN }));
  expect(await settled("denied")).toBe("ROLLBACK_COMPLETE");
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: StackId! }));
  expect(StackEvents?.find((event) => event.ResourceStatus === "CREATE_FAILED")?.ResourceStatusReason).toMatch(
    /maker.*not authorized to perform: logs:/,
  );
  // Updates and deletes go on with the stack's role where they name none.
  await cfn.send(new UpdateStackCommand({ StackName: "allowed", TemplateBody: topic("b") }));
  expect(await settled("allowed")).toBe("UPDATE_COMPLETE");
  expect((await cfn.send(new DescribeStacksCommand({ StackName: "allowed" }))).Stacks?.[0]?.RoleARN).toBe(RoleARN);
});

test("a role that does not trust CloudFormation is refused", async () => {
  const RoleARN = await role("other", "lambda.amazonaws.com", [{ Effect: "Allow", Action: "*", Resource: "*" }]);
  const create = new CreateStackCommand({ StackName: "demo", TemplateBody: topic("a"), RoleARN });
  await expect(cfn.send(create)).rejects.toMatchObject({ message: expect.stringContaining("cannot be assumed") as string });
});

test("a change set tells values where they are asked for", async () => {
  await cfn.send(new CreateStackCommand({ StackName: "demo", TemplateBody: topic("before") }));
  await settled("demo");
  const named = { StackName: "demo", ChangeSetName: "c" };
  await cfn.send(new CreateChangeSetCommand({ ...named, TemplateBody: topic("after") }));
  const plain = await cfn.send(new DescribeChangeSetCommand(named));
  expect(plain.Changes?.[0]?.ResourceChange?.Details?.[0]?.Target).toEqual({
    Attribute: "Properties",
    Name: "DisplayName",
    RequiresRecreation: "Never",
  });
  const full = await cfn.send(new DescribeChangeSetCommand({ ...named, IncludePropertyValues: true }));
  const change = full.Changes?.[0]?.ResourceChange;
  expect(change?.Details?.[0]?.Target).toMatchObject({
    Path: "/Properties/DisplayName",
    BeforeValue: "before",
    AfterValue: "after",
    AttributeChangeType: "Modify",
  });
  expect(JSON.parse(change!.AfterContext!)).toMatchObject({ Properties: { DisplayName: "after" } });
  await cfn.send(new DeleteChangeSetCommand(named));
  await cfn.send(new DeleteChangeSetCommand(named));
});

test("events are told by operation, and the failed ones alone", async () => {
  await cfn.send(new CreateStackCommand({ StackName: "demo", TemplateBody: topic("a"), DisableRollback: true }));
  await settled("demo");
  const taken = JSON.stringify({ Resources: { Log: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "!" } } } });
  await cfn.send(new CreateStackCommand({ StackName: "bad", TemplateBody: taken, DisableRollback: true }));
  expect(await settled("bad")).toBe("CREATE_FAILED");
  const failed = await cfn.send(new DescribeEventsCommand({ StackName: "bad", Filters: { FailedEvents: true } }));
  expect(failed.OperationEvents?.map(({ LogicalResourceId, EventType }) => [LogicalResourceId, EventType])).toEqual([
    ["bad", "STACK_EVENT"],
    ["Log", "PROVISIONING_ERROR"],
  ]);
  const [operation] = (await cfn.send(new DescribeStacksCommand({ StackName: "bad" }))).Stacks![0]!.LastOperations!;
  const all = await cfn.send(new DescribeEventsCommand({ OperationId: operation!.OperationId! }));
  expect(new Set(all.OperationEvents?.map(({ StackId }) => StackId)).size).toBe(1);
  await cfn.send(new RollbackStackCommand({ StackName: "bad" }));
  expect(await settled("bad")).toBe("ROLLBACK_COMPLETE");
  await expect(cfn.send(new RollbackStackCommand({ StackName: "demo" }))).rejects.toMatchObject({ name: "ValidationError" });
  await expect(cfn.send(new DetectStackDriftCommand({ StackName: "bad" }))).rejects.toMatchObject({ name: "ValidationError" });
  const express = new CreateStackCommand({ StackName: "x", TemplateBody: topic("a"), DeploymentConfig: { Mode: "EXPRESS" } });
  await expect(cfn.send(express)).rejects.toMatchObject({ name: "NotImplemented" });
});

test("no two events of a stack have the same time", async () => {
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName: "demo", TemplateBody: topic("a") }));
  await settled("demo");
  const { StackEvents = [] } = await cfn.send(new DescribeStackEventsCommand({ StackName: StackId! }));
  expect(new Set(StackEvents.map(({ Timestamp }) => Timestamp!.getTime())).size).toBe(StackEvents.length);
});

const BUCKET = (days: number, more: object = {}): string =>
  JSON.stringify({
    Parameters: { Key: { Type: "String", Default: "no" } },
    Conditions: { WithKey: { "Fn::Equals": [{ Ref: "Key" }, "yes"] } },
    Resources: {
      // A type that this cloud does not have, left out by its condition.
      Key: { Type: "AWS::KMS::Key", Condition: "WithKey" },
      Bucket: {
        Type: "AWS::S3::Bucket",
        Properties: {
          AccessControl: "Private",
          VersioningConfiguration: { Status: "Enabled" },
          BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }] },
          LifecycleConfiguration: { Rules: [{ Id: "old", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: days } }] },
          ...more,
        },
      },
      Policy: {
        Type: "AWS::S3::BucketPolicy",
        Properties: {
          Bucket: { Ref: "Bucket" },
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: { "Fn::GetAtt": ["Bucket", "Arn"] } }],
          },
        },
      },
      Images: { Type: "AWS::ECR::Repository", Properties: { ImageTagMutability: "IMMUTABLE", RepositoryName: "images" } },
    },
    Outputs: { Bucket: { Value: { Ref: "Bucket" } }, Uri: { Value: { "Fn::GetAtt": ["Images", "RepositoryUri"] } } },
  });

test("buckets, their policies and repositories are resources", async () => {
  const s3 = cloud.client(S3Client);
  const ecr = cloud.client(ECRClient);
  await cfn.send(new CreateStackCommand({ StackName: "storage", TemplateBody: BUCKET(30), Tags: [{ Key: "a", Value: "b" }] }));
  expect(await settled("storage")).toBe("CREATE_COMPLETE");
  const { Outputs = [] } = (await cfn.send(new DescribeStacksCommand({ StackName: "storage" }))).Stacks![0]!;
  const Bucket = Outputs.find(({ OutputKey }) => OutputKey === "Bucket")!.OutputValue!;
  expect(Bucket).toMatch(/^storage-bucket-[a-z0-9]{12}$/);
  expect(Outputs.find(({ OutputKey }) => OutputKey === "Uri")!.OutputValue).toMatch(
    /^127\.0\.0\.1:\d+\/000000000000\.dkr\.ecr\.us-west-2\.amazonaws\.com\/images$/,
  );
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toContainEqual({ Key: "aws:cloudformation:stack-name", Value: "storage" });
  expect(
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      ?.SSEAlgorithm,
  ).toBe("aws:kms");
  expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toContain(`arn:aws:s3:::${Bucket}`);
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["images"] }));
  expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn: repositories![0]!.repositoryArn! }))).tags).toContainEqual({
    Key: "a",
    Value: "b",
  });
  await cfn.send(new UpdateStackCommand({ StackName: "storage", TemplateBody: BUCKET(60, { VersioningConfiguration: undefined }) }));
  expect(await settled("storage")).toBe("UPDATE_COMPLETE");
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Suspended");
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "k" }));
  await cfn.send(new DeleteStackCommand({ StackName: "storage" }));
  expect(await settled("storage")).toBe("DELETE_FAILED");
});

test("a bucket that is there already, or a property that is not known, is refused", async () => {
  await cloud.client(S3Client).send(new CreateBucketCommand({ Bucket: "taken", CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }));
  await cfn.send(new CreateStackCommand({ StackName: "a", TemplateBody: BUCKET(1, { BucketName: "taken" }) }));
  expect(await settled("a")).toBe("ROLLBACK_COMPLETE");
  const website = new CreateStackCommand({ StackName: "b", TemplateBody: BUCKET(1, { WebsiteConfiguration: {} }) });
  await expect(cfn.send(website)).rejects.toMatchObject({ message: expect.stringContaining("WebsiteConfiguration is not supported") as string });
  const withKey = new CreateStackCommand({ StackName: "c", TemplateBody: BUCKET(1), Parameters: [{ ParameterKey: "Key", ParameterValue: "yes" }] });
  await expect(cfn.send(withKey)).rejects.toMatchObject({ message: expect.stringContaining("AWS::KMS::Key is not supported") as string });
});
