import { createHash } from "node:crypto";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  CompleteLayerUploadCommand,
  UploadLayerPartCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let ecr: ECRClient;

beforeAll(async () => {
  cloud = await withCloud();
  ecr = cloud.client(ECRClient);
});
afterAll(async () => {
  ecr.destroy();
  await cloud.end();
});

test("repositories are made, described and deleted", async () => {
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "a/b", tags: [{ Key: "k", Value: "v" }] }));
  expect(repository).toMatchObject({
    repositoryUri: `${new URL(cloud.url).host}/000000000000.dkr.ecr.us-west-2.amazonaws.com/a/b`,
    imageTagMutability: "MUTABLE",
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: "a/b" }))).rejects.toMatchObject({ name: "RepositoryAlreadyExistsException" });
  await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: "A" }))).rejects.toMatchObject({ name: "InvalidParameterException" });
  const resourceArn = repository!.repositoryArn!;
  await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "l", Value: "w" }] }));
  await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ["k"] }));
  expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([{ Key: "l", Value: "w" }]);
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: "a/b" }));
  await expect(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["a/b"] }))).rejects.toMatchObject({
    name: "RepositoryNotFoundException",
  });
});

test("policies are kept and given back", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "policies" }));
  await expect(ecr.send(new GetLifecyclePolicyCommand({ repositoryName: "policies" }))).rejects.toMatchObject({
    name: "LifecyclePolicyNotFoundException",
  });
  const selection = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName: "policies", lifecyclePolicyText }));
  expect((await ecr.send(new GetLifecyclePolicyCommand({ repositoryName: "policies" }))).lifecyclePolicyText).toBe(lifecyclePolicyText);
  await expect(ecr.send(new PutLifecyclePolicyCommand({ repositoryName: "policies", lifecyclePolicyText: "{}" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  const Statement = [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "ecr:BatchGetImage" }];
  const policyText = JSON.stringify({ Version: "2012-10-17", Statement });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: "policies", policyText }));
  expect((await ecr.send(new GetRepositoryPolicyCommand({ repositoryName: "policies" }))).policyText).toBe(policyText);
});

/** Uploads a layer through ECR's own API; its digest. */
async function layer(repositoryName: string, content: string): Promise<string> {
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  const layerPartBlob = Buffer.from(content);
  const part = { repositoryName, uploadId, partFirstByte: 0, partLastByte: content.length - 1, layerPartBlob };
  expect(await ecr.send(new UploadLayerPartCommand(part))).toMatchObject({ lastByteReceived: content.length - 1 });
  await expect(ecr.send(new UploadLayerPartCommand(part))).rejects.toMatchObject({ name: "InvalidLayerPartException" });
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const done = await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
  return done.layerDigest!;
}

test("images are known by digest and tag, and tags that are immutable stay", async () => {
  const repositoryName = "images";
  await ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  const config = await layer(repositoryName, "c");
  const manifest = (size: number, digest = config): string =>
    JSON.stringify({ schemaVersion: 2, config: { size: 1, digest: config }, layers: [{ size, digest }] });
  const missing = `sha256:${"0".repeat(64)}`;
  await expect(ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest(1, missing) }))).rejects.toMatchObject({
    name: "LayersNotFoundException",
  });
  const { image } = await ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest(10), imageTag: "one" }));
  await expect(ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest(20), imageTag: "one" }))).rejects.toMatchObject({
    name: "ImageTagAlreadyExistsException",
  });
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest(10), imageTag: "two" }));
  const described = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "two" }] }));
  expect(described.imageDetails).toMatchObject([{ imageDigest: image!.imageId!.imageDigest, imageTags: ["one", "two"], imageSizeInBytes: 11 }]);
  expect((await ecr.send(new ListImagesCommand({ repositoryName }))).imageIds).toHaveLength(2);
  const got = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "one" }, { imageTag: "none" }] }));
  expect(got).toMatchObject({ images: [{ imageManifest: manifest(10) }], failures: [{ failureCode: "ImageNotFound" }] });
  await expect(ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "none" }] }))).rejects.toMatchObject({
    name: "ImageNotFoundException",
  });
  await expect(ecr.send(new DeleteRepositoryCommand({ repositoryName }))).rejects.toMatchObject({ name: "RepositoryNotEmptyException" });
  await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: "one" }] }));
  expect((await ecr.send(new DescribeImagesCommand({ repositoryName }))).imageDetails).toMatchObject([{ imageTags: ["two"] }]);
  await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
});
