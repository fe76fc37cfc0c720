import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

const DAY_MS = 86_400_000;

let cloud: TestCloud;
let client: SecretsManagerClient;
beforeAll(async () => {
  cloud = await withCloud();
  // What is not there (501) would be asked for three times.
  client = new SecretsManagerClient({
    region: "us-west-2",
    endpoint: cloud.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
afterAll(() => cloud.end());

const create = (Name: string, SecretString?: string, more: object = {}) => client.send(new CreateSecretCommand({ Name, SecretString, ...more }));
const value = async (SecretId: string, more: object = {}) => (await client.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString;
const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

test("a value is found by name, by ARN and by the ARN without its six characters", async () => {
  const { ARN, Name, VersionId } = await create("app/db-password", "one");
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-west-2:000000000000:secret:app\/db-password-[A-Za-z0-9]{6}$/);
  expect(await client.send(new GetSecretValueCommand({ SecretId: Name }))).toMatchObject({
    ARN,
    Name: "app/db-password",
    VersionId,
    SecretString: "one",
    VersionStages: ["AWSCURRENT"],
    CreatedDate: new Date(cloud.clock.now()),
  });
  expect(await value(ARN!)).toBe("one");
  expect(await value(ARN!.slice(0, -7))).toBe("one");
  const other = `${ARN!.slice(0, -6)}AAAAAA`;
  await expect(value(other)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Secrets Manager can't find the specified secret.",
  });
  await create("binary", undefined, { SecretBinary: new Uint8Array([0, 255]) });
  expect((await client.send(new GetSecretValueCommand({ SecretId: "binary" }))).SecretBinary).toEqual(new Uint8Array([0, 255]));
  await create("empty");
  await expect(value("empty")).rejects.toMatchObject({
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  });
});

test("what cannot be created is refused in AWS's words; the same request again is not", async () => {
  const ClientRequestToken = "0123456789abcdef0123456789abcdef";
  const first = await create("twice", "v", { ClientRequestToken });
  expect(first.VersionId).toBe(ClientRequestToken);
  expect(await create("twice", "v", { ClientRequestToken })).toMatchObject({ ARN: first.ARN, VersionId: ClientRequestToken });
  await expect(create("twice", "w")).rejects.toMatchObject({
    name: "ResourceExistsException",
    message: "The operation failed because the secret twice already exists.",
  });
  await expect(create("a b", "v")).rejects.toMatchObject({ name: "ValidationException" });
  await expect(create("short-token", "v", { ClientRequestToken: "x" })).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(create("replicated", "v", { AddReplicaRegions: [{ Region: "us-east-1" }] })).rejects.toMatchObject({ name: "NotImplemented" });
  await expect(client.send(new RotateSecretCommand({ SecretId: "twice" }))).rejects.toMatchObject({ name: "NotImplemented" });
  await expect(client.send(new PutSecretValueCommand({ SecretId: "twice", SecretString: "other", ClientRequestToken }))).rejects.toMatchObject({
    name: "ResourceExistsException",
  });
});

test("labels move from version to version", async () => {
  const { VersionId: one } = await create("staged", "one");
  const { VersionId: two } = await client.send(new PutSecretValueCommand({ SecretId: "staged", SecretString: "two" }));
  expect([await value("staged"), await value("staged", { VersionStage: "AWSPREVIOUS" }), await value("staged", { VersionId: one })]).toEqual([
    "two",
    "one",
    "one",
  ]);
  const pending = await client.send(new PutSecretValueCommand({ SecretId: "staged", SecretString: "three", VersionStages: ["AWSPENDING"] }));
  expect(pending.VersionStages).toEqual(["AWSPENDING"]);
  const move = { SecretId: "staged", VersionStage: "AWSCURRENT", MoveToVersionId: pending.VersionId };
  await expect(client.send(new UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${two}, so you must explicitly reference that version in RemoveFromVersionId.`,
  });
  await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: two }));
  await client.send(new UpdateSecretVersionStageCommand({ SecretId: "staged", VersionStage: "AWSPENDING", RemoveFromVersionId: pending.VersionId }));
  expect((await client.send(new DescribeSecretCommand({ SecretId: "staged" }))).VersionIdsToStages).toEqual({
    [pending.VersionId!]: ["AWSCURRENT"],
    [two!]: ["AWSPREVIOUS"],
  });
  await expect(
    client.send(new UpdateSecretVersionStageCommand({ SecretId: "staged", VersionStage: "AWSCURRENT", RemoveFromVersionId: pending.VersionId })),
  ).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(value("staged", { VersionId: one, VersionStage: "AWSCURRENT" })).rejects.toMatchObject({ name: "InvalidRequestException" });
  const ids = async (IncludeDeprecated: boolean) =>
    (await client.send(new ListSecretVersionIdsCommand({ SecretId: "staged", IncludeDeprecated }))).Versions!.map(({ VersionId }) => VersionId);
  expect(await ids(false)).toEqual([two, pending.VersionId]);
  expect(await ids(true)).toEqual([one, two, pending.VersionId]);
});

test("description, key and value are updated; tags come and go", async () => {
  await create("updated", "one", { Description: "before", Tags: [{ Key: "a", Value: "1" }] });
  const { VersionId } = await client.send(new UpdateSecretCommand({ SecretId: "updated", Description: "after", SecretString: "two" }));
  expect(VersionId).toBeDefined();
  await client.send(new TagResourceCommand({ SecretId: "updated", Tags: [{ Key: "b", Value: "2" }] }));
  await client.send(new UntagResourceCommand({ SecretId: "updated", TagKeys: ["a"] }));
  expect(await client.send(new DescribeSecretCommand({ SecretId: "updated" }))).toMatchObject({
    Description: "after",
    Tags: [{ Key: "b", Value: "2" }],
  });
  expect(await value("updated")).toBe("two");
});

test("lists are filtered, sorted and paged", async () => {
  for (const name of ["list/c", "list/a", "list/b"]) {
    await create(name, name, { Description: `Secret of ${name}`, Tags: [{ Key: "team", Value: name.slice(-1) }] });
    await cloud.clock.advance(1000);
  }
  const list = async (input: object) => {
    const { SecretList, NextToken } = await client.send(new ListSecretsCommand(input));
    return { names: SecretList!.map(({ Name }) => Name), NextToken };
  };
  const Filters = [{ Key: "name" as const, Values: ["list/"] }];
  expect((await list({ Filters })).names).toEqual(["list/c", "list/a", "list/b"]);
  const first = await list({ Filters, SortBy: "name", MaxResults: 2 });
  expect(first.names).toEqual(["list/a", "list/b"]);
  expect((await list({ Filters, SortBy: "name", MaxResults: 2, NextToken: first.NextToken })).names).toEqual(["list/c"]);
  expect((await list({ Filters, SortOrder: "desc" })).names).toEqual(["list/b", "list/a", "list/c"]);
  expect((await list({ Filters: [...Filters, { Key: "tag-value", Values: ["!a"] }] })).names).toEqual(["list/c", "list/b"]);
  expect((await list({ Filters: [{ Key: "description", Values: ["secret OF list/b"] }] })).names).toEqual(["list/b"]);
  expect((await list({ Filters: [{ Key: "all", Values: ["SECRET list/c"] }] })).names).toEqual(["list/c"]);
});

test("a deleted secret is there until its window is over, and can be restored", async () => {
  await create("going", "v");
  const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId: "going", RecoveryWindowInDays: 7 }));
  expect(DeletionDate).toEqual(new Date(cloud.clock.now() + 7 * DAY_MS));
  await expect(value("going")).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  });
  await expect(create("going", "w")).rejects.toMatchObject({ name: "InvalidRequestException" });
  await expect(client.send(new DeleteSecretCommand({ SecretId: "going" }))).rejects.toMatchObject({ name: "InvalidRequestException" });
  expect((await client.send(new DescribeSecretCommand({ SecretId: "going" }))).DeletedDate).toEqual(DeletionDate);
  await cloud.clock.advance(6 * DAY_MS);
  await client.send(new RestoreSecretCommand({ SecretId: "going" }));
  await cloud.clock.advance(2 * DAY_MS);
  expect(await value("going")).toBe("v");
  await client.send(new DeleteSecretCommand({ SecretId: "going", RecoveryWindowInDays: 7 }));
  await cloud.clock.advance(7 * DAY_MS);
  await expect(client.send(new DescribeSecretCommand({ SecretId: "going" }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });

  await create("gone", "v");
  await client.send(new DeleteSecretCommand({ SecretId: "gone", ForceDeleteWithoutRecovery: true }));
  await create("gone", "again");
  expect(await value("gone")).toBe("again");
  expect(await client.send(new DeleteSecretCommand({ SecretId: "never", ForceDeleteWithoutRecovery: true }))).toMatchObject({ Name: "never" });
  await expect(
    client.send(new DeleteSecretCommand({ SecretId: "gone", ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 7 })),
  ).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(client.send(new DeleteSecretCommand({ SecretId: "gone", RecoveryWindowInDays: 6 }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});

test("random passwords have what was asked for", async () => {
  const password = async (input: object) => (await client.send(new GetRandomPasswordCommand(input))).RandomPassword!;
  expect(await password({})).toHaveLength(32);
  expect(await password({ PasswordLength: 12, ExcludePunctuation: true, ExcludeCharacters: "O0lI1" })).toMatch(/^[A-HJ-NP-Za-km-z2-9]{12}$/);
  expect(await password({ PasswordLength: 4, IncludeSpace: true, ExcludePunctuation: true })).toMatch(/^(?=.* )(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{4}$/);
  await expect(password({ PasswordLength: 3 })).rejects.toMatchObject({ name: "InvalidParameterException" });
});

/** A client with the permissions of a role of its own. */
async function roleClient(name: string, Statement: object[]): Promise<SecretsManagerClient> {
  const iam = cloud.client(IAMClient);
  const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "000000000000" } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: policy(...Statement) }));
  const assume = new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: "me" });
  const { AccessKeyId, SecretAccessKey, SessionToken } = (await cloud.client(STSClient).send(assume)).Credentials!;
  return new SecretsManagerClient({
    region: "us-west-2",
    endpoint: cloud.url,
    credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! },
  });
}

test("roles may what their policies and the secret's allow, with tags and labels as conditions", async () => {
  await create("mine", "m", { Tags: [{ Key: "team", Value: "blue" }] });
  const { ARN } = await create("theirs", "t", { Tags: [{ Key: "team", Value: "red" }] });
  const tagged = { StringEquals: { "secretsmanager:ResourceTag/team": "blue" } };
  const current = { "ForAnyValue:StringEquals": { "secretsmanager:VersionStage": "AWSCURRENT" } };
  const role = await roleClient("reader", [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:*:*:secret:*", Condition: tagged },
    { Effect: "Allow", Action: "secretsmanager:BatchGetSecretValue", Resource: "*" },
    { Effect: "Allow", Action: "secretsmanager:CreateSecret", Resource: "arn:aws:secretsmanager:*:*:secret:own/*-??????" },
    { Effect: "Allow", Action: "secretsmanager:ListSecretVersionIds", Resource: "*", Condition: current },
  ]);
  expect((await role.send(new GetSecretValueCommand({ SecretId: "mine" }))).SecretString).toBe("m");
  await expect(role.send(new GetSecretValueCommand({ SecretId: "theirs" }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`is not authorized to perform: secretsmanager:GetSecretValue on resource: ${ARN}`) as string,
  });
  await expect(role.send(new GetSecretValueCommand({ SecretId: "none" }))).rejects.toMatchObject({ name: "AccessDeniedException" });
  await role.send(new CreateSecretCommand({ Name: "own/a", SecretString: "x" }));
  await expect(role.send(new CreateSecretCommand({ Name: "other/a", SecretString: "x" }))).rejects.toMatchObject({ name: "AccessDeniedException" });
  await expect(role.send(new ListSecretVersionIdsCommand({ SecretId: "mine" }))).rejects.toMatchObject({ name: "AccessDeniedException" });

  const batch = await role.send(new BatchGetSecretValueCommand({ SecretIdList: ["mine", "theirs"] }));
  expect(batch.SecretValues).toMatchObject([{ Name: "mine", SecretString: "m" }]);
  expect(batch.Errors).toMatchObject([{ SecretId: "theirs", ErrorCode: "AccessDeniedException" }]);

  const allow = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:role/reader" }, Action: "secretsmanager:*", Resource: "*" };
  await client.send(new PutResourcePolicyCommand({ SecretId: "theirs", ResourcePolicy: policy(allow) }));
  expect((await role.send(new GetSecretValueCommand({ SecretId: "theirs" }))).SecretString).toBe("t");
  await client.send(new PutResourcePolicyCommand({ SecretId: "mine", ResourcePolicy: policy({ ...allow, Effect: "Deny" }) }));
  await expect(role.send(new GetSecretValueCommand({ SecretId: "mine" }))).rejects.toThrow("explicit deny in a resource-based policy");
  expect((await client.send(new GetResourcePolicyCommand({ SecretId: "theirs" }))).ResourcePolicy).toBe(policy(allow));
  await client.send(new DeleteResourcePolicyCommand({ SecretId: "theirs" }));
  expect((await client.send(new GetResourcePolicyCommand({ SecretId: "theirs" }))).ResourcePolicy).toBeUndefined();
});

test("policies are looked at before they are taken", async () => {
  await create("guarded", "v");
  const put = (ResourcePolicy: string) => client.send(new PutResourcePolicyCommand({ SecretId: "guarded", ResourcePolicy, BlockPublicPolicy: true }));
  await expect(put("{}")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  const open = policy({ Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" });
  await expect(put(open)).rejects.toMatchObject({ name: "PublicPolicyException" });
  const validate = async (ResourcePolicy: string) =>
    (await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy }))).PolicyValidationPassed;
  expect([await validate(open), await validate("{}"), await validate(open.replace('"Allow"', '"Deny"'))]).toEqual([false, false, true]);
});

test("secrets and their deletion outlive a restart", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-secrets-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const before = await withCloud({ dataDir, persistent: true });
  const first = before.client(SecretsManagerClient);
  await first.send(new CreateSecretCommand({ Name: "kept", SecretString: "k" }));
  await first.send(new CreateSecretCommand({ Name: "late", SecretBinary: new Uint8Array([1]) }));
  await first.send(new DeleteSecretCommand({ SecretId: "late", RecoveryWindowInDays: 7 }));
  const at = before.clock.now();
  await before.end();
  const after = await withCloud({ dataDir, persistent: true, clock: new VirtualClock({ start: at + 6 * DAY_MS }) });
  onTestFinished(() => after.end());
  const second = after.client(SecretsManagerClient);
  expect((await second.send(new GetSecretValueCommand({ SecretId: "kept" }))).SecretString).toBe("k");
  await second.send(new DescribeSecretCommand({ SecretId: "late" }));
  await after.clock.advance(DAY_MS);
  await expect(second.send(new DescribeSecretCommand({ SecretId: "late" }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
