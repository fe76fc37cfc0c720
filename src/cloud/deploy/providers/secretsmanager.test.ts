import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let cfn: CloudFormationClient;
let secrets: SecretsManagerClient;
let ssm: SSMClient;
beforeAll(async () => {
  cloud = await withCloud();
  cfn = cloud.client(CloudFormationClient);
  secrets = cloud.client(SecretsManagerClient);
  ssm = cloud.client(SSMClient);
});
afterAll(() => cloud.end());

const stack = async (StackName: string) => (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!;
const reach = (name: string, status: string) =>
  cloud.clock.advanceUntil(async () => (await stack(name)).StackStatus === status, 60_000, `${name}: ${status}`);
const outputs = async (name: string): Promise<Record<string, string>> =>
  Object.fromEntries((await stack(name)).Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue!]));
const value = async (SecretId: string) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString!;
const parameter = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value;

const database = (more: object, policy: object = {}): object => ({
  Login: {
    Type: "AWS::SecretsManager::Secret",
    Properties: {
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"admin"}',
        GenerateStringKey: "password",
        PasswordLength: "16",
        ExcludePunctuation: "true",
      },
      ...more,
    },
  },
  Policy: {
    Type: "AWS::SecretsManager::ResourcePolicy",
    Properties: {
      SecretId: { Ref: "Login" },
      BlockPublicPolicy: true,
      ResourcePolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "secretsmanager:GetSecretValue", Resource: "*", ...policy }],
      },
    },
  },
});

const body = (Resources: object, Outputs: object = {}): string => JSON.stringify({ Resources, Outputs });

test("a secret is made with a generated value, changed in place, and deleted at once unless it is to stay", async () => {
  const named = { Type: "AWS::SecretsManager::Secret", Properties: { Name: "fixed", SecretString: "one" } };
  const kept = { ...named, DeletionPolicy: "Retain", Properties: { Name: "kept", SecretString: "stays" } };
  const template = (more: object, fixed: string, policy?: object): string =>
    body(
      { ...database(more, policy), Fixed: { ...named, Properties: { ...named.Properties, SecretString: fixed } }, Kept: kept },
      { Arn: { Value: { Ref: "Login" } }, Id: { Value: { "Fn::GetAtt": ["Login", "Id"] } } },
    );
  await cfn.send(new CreateStackCommand({ StackName: "db", TemplateBody: template({ Description: "d", Tags: [{ Key: "k", Value: "v" }] }, "one") }));
  await reach("db", "CREATE_COMPLETE");
  const { Arn, Id } = await outputs("db");
  expect(Id).toBe(Arn);
  expect(Arn).toMatch(/:secret:Login-[A-Z0-9]{12}-\w{6}$/);
  const first = await value(Arn!);
  expect(first).toMatch(/^\{"username":"admin","password":"[A-Za-z0-9]{16}"\}$/);
  const described = () => secrets.send(new DescribeSecretCommand({ SecretId: Arn }));
  expect(await described()).toMatchObject({
    Description: "d",
    Tags: expect.arrayContaining([
      { Key: "k", Value: "v" },
      { Key: "aws:cloudformation:logical-id", Value: "Login" },
    ]) as unknown,
  });
  await cfn.send(
    new UpdateStackCommand({ StackName: "db", TemplateBody: template({ Tags: [{ Key: "l", Value: "w" }] }, "two", { Effect: "Deny" }) }),
  );
  await reach("db", "UPDATE_COMPLETE");
  expect([await value(Arn!), await value("fixed")]).toEqual([first, "two"]);
  const now = await described();
  expect(now.Description ?? "").toBe("");
  expect(now.Tags!.map(({ Key }) => Key)).toEqual(expect.not.arrayContaining(["k"]));
  expect((await secrets.send(new GetResourcePolicyCommand({ SecretId: Arn }))).ResourcePolicy).toContain('"Deny"');
  await cfn.send(new DeleteStackCommand({ StackName: "db" }));
  await cloud.clock.advance(10_000);
  expect(await value("kept")).toBe("stays");
  await expect(described()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  // Deleted without a window: the name is free.
  await cfn.send(new CreateStackCommand({ StackName: "db2", TemplateBody: body({ Fixed: named }) }));
  await reach("db2", "CREATE_COMPLETE");
});

test("templates read secrets; events do not tell them, and a new value alone is no change", async () => {
  await secrets.send(new PutSecretValueCommand({ SecretId: "fixed", SecretString: '{"token":"t0ken"}' }));
  await ssm.send(new PutParameterCommand({ Name: "/secure", Type: "SecureString", Value: "s3cure" }));
  const template = (Description: string, more: object = {}): string =>
    body({
      ...more,
      Own: { Type: "AWS::SecretsManager::Secret", Properties: { SecretString: "0wn" } },
      P: {
        Type: "AWS::SSM::Parameter",
        Properties: {
          Name: "/read",
          Type: "String",
          Description,
          Value: {
            "Fn::Sub": "{{resolve:secretsmanager:fixed:SecretString:token}} {{resolve:secretsmanager:${Own}}} {{resolve:ssm-secure:/secure}}",
          },
        },
      },
    });
  await cfn.send(new CreateStackCommand({ StackName: "reader", TemplateBody: template("one") }));
  await reach("reader", "CREATE_COMPLETE");
  expect(await parameter("/read")).toBe("t0ken 0wn s3cure");
  const events = JSON.stringify(
    (await cfn.send(new DescribeStackEventsCommand({ StackName: "reader" }))).StackEvents!.filter((e) => e.LogicalResourceId === "P"),
  );
  expect(events).toContain("{{resolve:secretsmanager:fixed:SecretString:token}}");
  expect(events).not.toMatch(/t0ken|0wn|s3cure/);

  await secrets.send(new PutSecretValueCommand({ SecretId: "fixed", SecretString: '{"token":"newer"}' }));
  const more = { Other: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "x" } } };
  await cfn.send(new UpdateStackCommand({ StackName: "reader", TemplateBody: template("one", more) }));
  await reach("reader", "UPDATE_COMPLETE");
  expect(await parameter("/read")).toBe("t0ken 0wn s3cure");
  await cfn.send(new UpdateStackCommand({ StackName: "reader", TemplateBody: template("two", more) }));
  await cloud.clock.advance(10_000);
  expect(await parameter("/read")).toBe("newer 0wn s3cure");
});

test("a reference to what is not there fails the resource, in words", async () => {
  const template = body({ P: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "{{resolve:secretsmanager:none}}" } } });
  await cfn.send(new CreateStackCommand({ StackName: "broken", TemplateBody: template }));
  await reach("broken", "ROLLBACK_COMPLETE");
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: "broken" }));
  expect(StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason ?? "").join("\n")).toContain(
    "Secrets Manager can't find the specified secret.",
  );
});
