import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let iam: IAMClient;
beforeAll(async () => {
  cloud = await withCloud();
  iam = cloud.client(IAMClient);
});
afterAll(() => cloud.end());

const trust = (Principal: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] });

test("a role that is assumed over the wire may do what its policy says, and is told what is missing", async () => {
  await iam.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument: trust({ AWS: "arn:aws:iam::000000000000:root" }) }));
  const Statement = [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: "arn:aws:ssm:us-west-2:000000000000:parameter/app/*" }];
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "p", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: "/app/x", Value: "v", Type: "String" }));

  const RoleArn = "arn:aws:iam::000000000000:role/reader";
  const { Credentials } = await cloud.client(STSClient).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "me" }));
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  const config = { region: "us-west-2", endpoint: cloud.url, credentials };
  expect(await new STSClient(config).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "000000000000",
    Arn: "arn:aws:sts::000000000000:assumed-role/reader/me",
    UserId: expect.stringMatching(/^AROA[A-Z0-9]{17}:me$/) as string,
  });
  expect((await new SSMClient(config).send(new GetParameterCommand({ Name: "/app/x" }))).Parameter?.Value).toBe("v");
  await expect(new SSMClient(config).send(new GetParameterCommand({ Name: "/other" }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      "is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-west-2:000000000000:parameter/other",
    ) as string,
  });
  await expect(new EC2Client(config).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: "UnauthorizedOperation" });

  await cloud.clock.advance(3600_000);
  await expect(new SSMClient(config).send(new GetParameterCommand({ Name: "/app/x" }))).rejects.toMatchObject({
    name: expect.stringMatching(/^ExpiredToken/) as string,
  });
});

test("documents come over the wire as they went", async () => {
  const document = trust({ Service: "lambda.amazonaws.com" });
  await iam.send(new CreateRoleCommand({ RoleName: "f", AssumeRolePolicyDocument: document, Tags: [{ Key: "a", Value: "b" }] }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "f" }));
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(document);
  expect(Role!.Tags).toEqual([{ Key: "a", Value: "b" }]);
  expect(Role!.CreateDate).toBeInstanceOf(Date);
});

test("a policy of AWS's own has its real document, and one that there is not is NoSuchEntity", async () => {
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy!.DefaultVersionId }));
  expect(JSON.parse(decodeURIComponent(PolicyVersion!.Document!))).toMatchObject({
    Statement: [{ Action: expect.arrayContaining(["logs:PutLogEvents"]) as string[] }],
  });
  await expect(iam.send(new AttachRolePolicyCommand({ RoleName: "f", PolicyArn: "arn:aws:iam::aws:policy/Nothing" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});
