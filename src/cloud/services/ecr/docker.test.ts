import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { CreateClusterCommand, DescribeTasksCommand, ECSClient, RegisterTaskDefinitionCommand, RunTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { AttachRolePolicyCommand, CreateRoleCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findDockerRuntime } from "../../machines/docker/index.ts";
import { PassingClock } from "../../testing/passing-clock.ts";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

const runtime = await findDockerRuntime({ cloudId: "test-ecr" });
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
if (!runtime || !busybox)
  console.log("SKIPPED: docker push and docker pull, because no container engine answers (DOCKER_HOST), or there is no static busybox");

const POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const ON_AWS = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web";

describe.skipIf(!runtime || !busybox)("the docker command line, unmodified, and tasks that run what it pushed", () => {
  let cloud: TestCloud<PassingClock>;
  let ecr: ECRClient;
  let ecs: ECSClient;
  let folder: string;
  let uri: string;
  let registry: string;

  async function docker(...args: string[]): Promise<string> {
    const env = { ...process.env, DOCKER_CONFIG: join(folder, "config") };
    const { stdout, stderr } = await promisify(execFile)("docker", args, { env });
    return stdout + stderr;
  }

  /** Makes an image of a root folder, without a build: its one command says a word. */
  async function imported(tag: string, word: string): Promise<void> {
    writeFileSync(join(folder, "root", "word"), word);
    await promisify(execFile)("tar", ["-C", join(folder, "root"), "-cf", join(folder, "root.tar"), "."]);
    await docker("import", "--change", 'CMD ["/bin/busybox","cat","/word"]', join(folder, "root.tar"), tag);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rouse-push-"));
    mkdirSync(join(folder, "root", "bin"), { recursive: true });
    copyFileSync(busybox!, join(folder, "root", "bin", "busybox"));
    cloud = await withCloud({ clock: new PassingClock(), runtime: "docker" });
    ecr = cloud.client(ECRClient);
    ecs = cloud.client(ECSClient);
    uri = (await ecr.send(new CreateRepositoryCommand({ repositoryName: "web" }))).repository!.repositoryUri!;
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const password = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString().split(":")[1]!;
    registry = authorizationData![0]!.proxyEndpoint!;
    await docker("login", "--username", "AWS", "--password", password, registry);
    await ecs.send(new CreateClusterCommand({ clusterName: "arcade" }));
    const iam = cloud.client(IAMClient);
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } }],
    };
    await iam.send(new CreateRoleCommand({ RoleName: "execution", AssumeRolePolicyDocument: JSON.stringify(trust) }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: "execution", PolicyArn: POLICY }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "web",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        executionRoleArn: "arn:aws:iam::000000000000:role/execution",
        containerDefinitions: [{ name: "web", image: `${ON_AWS}:v1` }],
      }),
    );
  });
  afterAll(async () => {
    const images = (await docker("images", "--no-trunc", "--quiet", "--filter", `reference=${uri}`)).split("\n").filter(Boolean);
    if (images.length > 0) await docker("rmi", "--force", ...new Set(images));
    await cloud?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the task to its end. */
  async function ran(): Promise<Task> {
    const { Subnets } = await cloud.client(EC2Client).send(new DescribeSubnetsCommand({}));
    const awsvpcConfiguration = { subnets: [Subnets![0]!.SubnetId!], assignPublicIp: "ENABLED" as const };
    const { tasks } = await ecs.send(
      new RunTaskCommand({ cluster: "arcade", taskDefinition: "web", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration } }),
    );
    let task: Task = {};
    await cloud.clock.advanceUntil(async () => {
      task = (await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: [tasks![0]!.taskArn!] }))).tasks![0]!;
      return task.lastStatus === "STOPPED";
    }, 20_000);
    return task;
  }

  test("what is pushed can be pulled, by tag and by digest", async () => {
    await imported(`${uri}:v1`, "first");
    expect(await docker("push", `${uri}:v1`)).toContain("v1: digest: sha256:");
    const [image] = (await ecr.send(new DescribeImagesCommand({ repositoryName: "web" }))).imageDetails!;
    expect(image!.imageTags).toEqual(["v1"]);
    await docker("rmi", `${uri}:v1`);
    await docker("pull", `${uri}:v1`);
    await docker("pull", `${uri}@${image!.imageDigest}`);
    expect(await docker("run", "--rm", `${uri}:v1`)).toBe("first");
    await docker("rmi", "-f", `${uri}:v1`, `${uri}@${image!.imageDigest}`);
  });

  test("a task runs what its tag stands for when it starts, and needs the permissions of its role for it", async () => {
    const digest = async (): Promise<string> =>
      (await ecr.send(new DescribeImagesCommand({ repositoryName: "web", imageIds: [{ imageTag: "v1" }] }))).imageDetails![0]!.imageDigest!;
    expect((await ran()).containers).toMatchObject([{ exitCode: 0, imageDigest: await digest() }]);
    await imported(`${uri}:v1`, "second");
    await docker("push", `${uri}:v1`);
    const second = await digest();
    await docker("rmi", "-f", `${uri}:v1`);
    expect((await ran()).containers).toMatchObject([{ exitCode: 0, imageDigest: second }]);
    const iam = cloud.client(IAMClient);
    await iam.send(new DetachRolePolicyCommand({ RoleName: "execution", PolicyArn: POLICY }));
    expect((await ran()).stoppedReason).toMatch(/^ResourceInitializationError: unable to pull secrets or registry auth: .*ecr:GetAuthorizationToken/);
    await iam.send(new AttachRolePolicyCommand({ RoleName: "execution", PolicyArn: POLICY }));
    await ecr.send(new BatchDeleteImageCommand({ repositoryName: "web", imageIds: [{ imageTag: "v1" }] }));
    expect((await ran()).stoppedReason).toBe(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${ON_AWS}:v1: ${ON_AWS}:v1: not found`,
    );
  });
});
