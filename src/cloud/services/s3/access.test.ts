import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, onTestFinished, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

async function clientOf(cloud: TestCloud, account: string, Statement: object[]): Promise<S3Client> {
  const credentials = { accessKeyId: account, secretAccessKey: "test" };
  const settings = { region: "us-east-1", endpoint: cloud.url };
  const iam = new IAMClient({ ...settings, credentials });
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }] };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "p", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  const { Credentials } = await new STSClient({ ...settings, credentials }).send(
    new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: "me" }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return new S3Client({ ...settings, credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! } });
}

test("a role may what its policies and the bucket's allow", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const owner = cloud.client(S3Client, "us-east-1");
  await owner.send(new CreateBucketCommand({ Bucket: "assets" }));
  await owner.send(new PutObjectCommand({ Bucket: "assets", Key: "public/a", Body: "a" }));
  const role = await clientOf(cloud, "000000000000", [
    { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::assets/public/*" },
    { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::assets", Condition: { StringLike: { "s3:prefix": "public/*" } } },
    { Effect: "Allow", Action: "s3:DeleteObject", Resource: "*" },
  ]);
  await role.send(new GetObjectCommand({ Bucket: "assets", Key: "public/a" }));
  await role.send(new ListObjectsV2Command({ Bucket: "assets", Prefix: "public/" }));
  await expect(role.send(new ListObjectsV2Command({ Bucket: "assets" }))).rejects.toMatchObject({
    name: "AccessDenied",
    $metadata: { httpStatusCode: 403 },
  });
  await expect(role.send(new PutObjectCommand({ Bucket: "assets", Key: "public/b", Body: "b" }))).rejects.toMatchObject({ name: "AccessDenied" });
  const Statement = [{ Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::assets/*" }];
  await owner.send(new PutBucketPolicyCommand({ Bucket: "assets", Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  await expect(role.send(new DeleteObjectCommand({ Bucket: "assets", Key: "public/a" }))).rejects.toMatchObject({ name: "AccessDenied" });
});

test("another account comes in only where the bucket's policy lets it", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const owner = cloud.client(S3Client, "us-east-1");
  await owner.send(new CreateBucketCommand({ Bucket: "shared" }));
  await owner.send(new PutObjectCommand({ Bucket: "shared", Key: "a", Body: "a" }));
  const stranger = await clientOf(cloud, "111111111111", [{ Effect: "Allow", Action: "s3:*", Resource: "*" }]);
  const get = new GetObjectCommand({ Bucket: "shared", Key: "a" });
  await expect(stranger.send(get)).rejects.toMatchObject({ name: "AccessDenied" });
  const Statement = [{ Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "s3:GetObject", Resource: "arn:aws:s3:::shared/*" }];
  await owner.send(new PutBucketPolicyCommand({ Bucket: "shared", Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  await stranger.send(get);
});
