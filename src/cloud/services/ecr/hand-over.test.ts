import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyPreviewCommand,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";
import { fakeRuntime } from "../ecs/testing.ts";

const SCRIPT = join(fileURLToPath(new URL("../../../..", import.meta.url)), "bin", "docker-without-push.js");
const ID = `sha256:${"a".repeat(64)}`;

let cloud: TestCloud;
let ecr: ECRClient;

beforeAll(async () => {
  const imageInfo = async (image: string): Promise<{ id: string; size: number } | undefined> =>
    image.includes("absent") ? undefined : { id: ID, size: 4096 };
  cloud = await withCloud({ runtime: { ...fakeRuntime(), kind: "docker", imageInfo } });
  ecr = cloud.client(ECRClient);
});
afterAll(async () => {
  ecr.destroy();
  await cloud.end();
});

const push = (image: string) => promisify(execFile)(process.execPath, [SCRIPT, "push", image]);

test("an image that stays in the engine is known to ECR, under the repository that it brings up", async () => {
  const image = `${new URL(cloud.url).host}/000000000000.dkr.ecr.us-west-2.amazonaws.com/assets:1`;
  await push(image);
  const described = async () => (await ecr.send(new DescribeImagesCommand({ repositoryName: "assets" }))).imageDetails!;
  expect(await described()).toMatchObject([{ imageDigest: ID, imageTags: ["1"], imageSizeInBytes: 4096 }]);
  const pushedAt = (await described())[0]!.imagePushedAt;
  await cloud.clock.advance(60_000);
  await push(image);
  expect((await described())[0]!.imagePushedAt).toEqual(pushedAt);
  // It has no manifest that could be fetched.
  const { failures } = await ecr.send(new BatchGetImageCommand({ repositoryName: "assets", imageIds: [{ imageTag: "1" }] }));
  expect(failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
  // Whoever creates the repository gets it with its images: `cdk bootstrap` after `rouse up`.
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "assets", imageTagMutability: "IMMUTABLE" }));
  expect((await ecr.send(new DescribeRepositoriesCommand({}))).repositories).toMatchObject([{ imageTagMutability: "IMMUTABLE" }]);
  expect(await described()).toHaveLength(1);
  await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: "assets" }))).rejects.toMatchObject({
    name: "RepositoryAlreadyExistsException",
  });
});

test("one that the engine does not have is not, and neither is there a cloud anywhere", async () => {
  await expect(push(`${new URL(cloud.url).host}/000000000000.dkr.ecr.us-west-2.amazonaws.com/absent:1`)).rejects.toThrow("has no image");
  await expect(push("127.0.0.1:1/x:1")).rejects.toThrow("no embedded cloud answers at http://127.0.0.1:1");
});

test("a deployment inside the process hands its images over", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rouse-hand-over-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content));
  const environment = "aws://000000000000/us-west-2";
  write("S.template.json", { Resources: { T: { Type: "AWS::SNS::Topic" } } });
  write("S.assets.json", {
    version: "1.0.0",
    dockerImages: { y: { source: { directory: "image" }, destinations: { d: { repositoryName: "built", imageTag: "abc" } } } },
  });
  write("manifest.json", {
    version: "1.0.0",
    artifacts: {
      "S.assets": { type: "cdk:asset-manifest", properties: { file: "S.assets.json" } },
      S: { type: "aws:cloudformation:stack", environment, properties: { templateFile: "S.template.json" }, dependencies: ["S.assets"] },
    },
  });
  const deploying = cloud.deploy(folder);
  await cloud.clock.advance(60_000);
  expect(await deploying).toMatchObject({ ok: true });
  expect((await ecr.send(new DescribeImagesCommand({ repositoryName: "built" }))).imageDetails).toMatchObject([
    { imageDigest: ID, imageTags: ["abc"] },
  ]);
});

test("a preview says what a policy would expire", async () => {
  const repositoryName = "assets";
  await expect(ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }))).rejects.toMatchObject({
    name: "LifecyclePolicyPreviewNotFoundException",
  });
  const selection = { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 7, selection, action: { type: "expire" } }] });
  await cloud.clock.advance(25 * 3_600_000);
  await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
  expect(await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }))).toMatchObject({
    status: "COMPLETE",
    previewResults: [{ imageDigest: ID, imageTags: ["1"], action: { type: "EXPIRE" }, appliedRulePriority: 7 }],
    summary: { expiringImageTotalCount: 1 },
  });
  expect((await ecr.send(new DescribeImagesCommand({ repositoryName }))).imageDetails).toHaveLength(1);
});
