import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DescribeTasksCommand, ECSClient, ListClustersCommand, ListTaskDefinitionsCommand, RunTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { readAssembly } from "../src/cloud/deploy/assembly/manifest.ts";
import { findDockerRuntime } from "../src/cloud/machines/docker/index.ts";
import { PassingClock } from "../src/cloud/testing/passing-clock.ts";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import { localRoad } from "../src/deployment/local-road.ts";
import { synth } from "../src/stacks/synth.ts";
import { type Cdk, cdkCli } from "./support/cdk.ts";
import { DrivenClock } from "./support/driven-clock.ts";
import { BASE, HELLO as FROM_IMAGE, root, SERVER } from "./support/deployed.ts";
import { EXAMPLES, loadExample } from "./support/examples.ts";
import { deployedStacks } from "./support/stacks.ts";

/** With an image that is built, as in the repository's example. */
const HELLO = FROM_IMAGE.replace("image: hello", "build: ./hello");

const ENVIRONMENTS = ["aws://000000000000/us-west-2", "aws://000000000000/us-east-1"];
const ZONES = [{ name: "example.com", id: "Z1234567890" }];
/** Of every stage: `--all` means the stacks beside them. */
const EVERY = ["**"];
const AT_ONCE = ["--concurrency", "8"];
const CASE_MS = 120_000;

let directory: string;
let cloud: TestCloud<DrivenClock>;
let cdk: Cdk;
/** Every example of the repository, as one assembly: each is a stage of it. */
let assembly: string;

const runtime = await findDockerRuntime({ cloudId: "test-cdk" });
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
if (!runtime || !busybox)
  console.log("SKIPPED: cdk deploy with an image that is pushed, because no container engine answers (DOCKER_HOST), or there is no static busybox");

const FUNCTIONS = join(root, "dist", "functions");

/** Synthesizes the project with a leaf's file into a folder of its own. */
async function assemblyOf(name: string, hello: string, dockerfile = "FROM scratch\n"): Promise<string> {
  const folder = join(directory, name);
  for (const [file, content] of Object.entries({
    "rouse.yaml": BASE,
    "server.cjs": SERVER,
    "leaves/hello.yaml": hello,
    "leaves/hello/Dockerfile": dockerfile,
  })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  if (busybox) copyFileSync(busybox, join(folder, "leaves", "hello", "busybox"));
  return synth(await loadExample(folder, "local"), join(folder, "cdk.out"), FUNCTIONS);
}

/** The assemblies of the examples, in one that the command line takes for an app of several stages: a process each would take minutes. */
async function assemblyOfExamples(): Promise<string> {
  const folder = join(directory, "examples");
  const artifacts: Record<string, object> = {};
  for (const example of EXAMPLES) {
    const directoryName = `assembly-${example.name}`;
    synth(await loadExample(example.directory, "local"), join(folder, directoryName), FUNCTIONS);
    artifacts[directoryName] = { type: "cdk:cloud-assembly", properties: { directoryName, displayName: example.name } };
  }
  const { version } = JSON.parse(readFileSync(join(folder, "assembly-root", "manifest.json"), "utf8")) as { version: string };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ version, artifacts }));
  return folder;
}

const clients = (from: Pick<TestCloud, "client">) => (region: string) => from.client(CloudFormationClient, region);

let stacks: { stackName: string; region: string }[];
let regions: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rouse-cdk-"));
  cloud = await withCloud({ clock: new DrivenClock() });
  for (const { name, id } of ZONES) cloud.seedHostedZone(name, id);
  assembly = await assemblyOfExamples();
  stacks = readAssembly(assembly).map(({ stackName, environment }) => ({ stackName, region: environment.region! }));
  regions = [...new Set(stacks.map(({ region }) => region))];
  cdk = cdkCli(cloud.url, assembly);
}, CASE_MS);
afterAll(async () => {
  cdk?.end();
  await cloud?.end();
  rmSync(directory, { recursive: true, force: true });
});

test("there are examples of every kind of leaf", async () => {
  const projects = await Promise.all(EXAMPLES.map(({ directory: folder }) => loadExample(folder, "local")));
  const kinds = new Set(projects.flatMap(({ leaves }) => leaves.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(["dns", "engine", "service", "task"]);
});

test(
  "cdk bootstrap makes the toolkit's stack in each region",
  async () => {
    const ran = await cloud.clock.passing(cdk.run("bootstrap", ...regions.map((region) => `aws://000000000000/${region}`)));
    expect(ran.stderr).not.toContain("❌");
    expect(ran.code, ran.stderr).toBe(0);
  },
  CASE_MS,
);

test(
  "cdk deploy --all brings about what the short road of rouse up does",
  async () => {
    const other = await withCloud({ clock: new DrivenClock() });
    onTestFinished(() => other.end());
    const [ran, outcome] = await Promise.all([
      cloud.clock.passing(cdk.run("deploy", ...EVERY, ...AT_ONCE, "--require-approval", "never")),
      other.clock.passing(localRoad(other.url, ZONES).deploy(assembly, () => {})),
    ]);
    expect(ran.stderr).not.toContain("FAILED");
    expect(ran.code, ran.stderr).toBe(0);
    // The images are built, and pushed to the address that this cloud's ECR gives; the password is for the same one.
    const { host } = new URL(cloud.url);
    const calls = cdk.dockerCalls();
    for (const word of ["login", "inspect", "build", "tag", "push"]) expect(calls.map((call) => call.split(" ")[0])).toContain(word);
    expect(calls[0]).toBe(`login --username AWS --password-stdin ${host}`);
    const pushed = calls.filter((call) => call.startsWith("push "));
    for (const call of pushed)
      expect(call).toMatch(new RegExp(`^push ${host}/000000000000\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9/-]+:[0-9a-f]{64}$`));
    expect(pushed.some((call) => call.includes("/arcade/hello:"))).toBe(true);
    expect(outcome.stacks.filter(({ result }) => result !== "created")).toEqual([]);
    const [throughCli, inside] = await Promise.all([
      deployedStacks(clients(cloud), regions, { without: ["CDKToolkit"] }),
      deployedStacks(clients(other), regions, { without: [] }),
    ]);
    expect(Object.keys(throughCli).sort()).toEqual(Object.keys(inside).sort());
    for (const [name, stack] of Object.entries(inside)) expect(throughCli[name], name).toEqual(stack);
  },
  CASE_MS,
);

test(
  "cdk deploy of what is deployed changes nothing; cdk diff sees no difference, or what would change; cdk drift finds none",
  async () => {
    const changed = cdkCli(
      cloud.url,
      await assemblyOf("two", HELLO.replace("t4g.nano", "t4g.micro").replace("[admin@example.com]", "[x@example.com]")),
    );
    onTestFinished(() => changed.end());
    // None of them changes anything.
    const [ran, diff, changes, drift] = await cloud.clock.passing(
      Promise.all([
        cdk.run("deploy", ...EVERY, ...AT_ONCE, "--require-approval", "never"),
        cdk.run("diff", ...EVERY, "--fail"),
        changed.run("diff", "Arcade-Hello", "--fail"),
        cdk.run("drift", ...EVERY, "--fail"),
      ]),
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect((ran.stdout + ran.stderr).match(/✅ .* \(no changes\)/g)).toHaveLength(stacks.length);
    expect(diff.stderr + diff.stdout).toContain("Number of stacks with differences: 0");
    expect(diff.stderr + diff.stdout).not.toContain("Could not create a change set");
    expect(diff.code).toBe(0);
    expect(changes.code).toBe(1);
    expect(changes.stdout + changes.stderr).toMatch(/EcsAsg\.NestedStack[^]*TemplateURL/);
    expect((drift.stdout + drift.stderr).match(/No drift detected/g), drift.stderr).toHaveLength(stacks.length);
    expect(drift.code).toBe(0);
  },
  CASE_MS,
);

test(
  "cdk destroy --all deletes what cdk deploy has made",
  async () => {
    const ran = await cloud.clock.passing(cdk.run("destroy", ...EVERY, ...AT_ONCE, "--force"));
    expect(ran.stderr).not.toContain("FAILED");
    expect(ran.code, ran.stderr).toBe(0);
    const left = await deployedStacks(clients(cloud), regions, { without: [] });
    expect(Object.keys(left)).toEqual(["CDKToolkit"]);
  },
  CASE_MS,
);

/** A task that says a word and ends, on Fargate. */
const SPEAKER = `
wake: event
build: ./hello
compute: { on: fargate, cpu: 256, memory: 512 }
`;

test.skipIf(!runtime || !busybox)(
  "cdk deploy builds and pushes a leaf's image with the real docker, and a task runs it",
  async () => {
    const own = await withCloud({ clock: new PassingClock(), runtime: "docker" });
    onTestFinished(() => own.end());
    own.seedHostedZone("example.com", "Z1234567890");
    const app = await assemblyOf("pushed", SPEAKER, 'FROM scratch\nCOPY busybox /busybox\nCMD ["/busybox", "echo", "pushed"]\n');
    const real = cdkCli(own.url, app, { engine: true });
    onTestFinished(() => real.end());
    onTestFinished(async () => {
      const docker = promisify(execFile);
      const { stdout } = await docker("docker", ["images", "--no-trunc", "--quiet", "--filter", `reference=${new URL(own.url).host}/*/arcade/hello`]);
      const images = new Set(stdout.split("\n").filter(Boolean));
      if (images.size > 0) await docker("docker", ["rmi", "--force", ...images]);
    });
    const bootstrapped = await real.run("bootstrap", ...ENVIRONMENTS);
    expect(bootstrapped.code, bootstrapped.stderr).toBe(0);
    const ran = await real.run("deploy", "--all", "--require-approval", "never", "--concurrency", "3");
    expect(ran.code, ran.stderr).toBe(0);
    const repositoryName = "arcade/hello";
    const { imageDetails } = await own.client(ECRClient).send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([{ imageTags: [expect.stringMatching(/^[0-9a-f]{64}$/)] }]);
    const ecs = own.client(ECSClient);
    const { clusterArns } = await ecs.send(new ListClustersCommand({}));
    const { taskDefinitionArns } = await ecs.send(new ListTaskDefinitionsCommand({}));
    const { Subnets } = await own.client(EC2Client).send(new DescribeSubnetsCommand({}));
    const where = { cluster: clusterArns![0]! };
    const networkConfiguration = { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!], assignPublicIp: "ENABLED" as const } };
    const { tasks } = await ecs.send(
      new RunTaskCommand({ ...where, taskDefinition: taskDefinitionArns![0]!, launchType: "FARGATE", networkConfiguration }),
    );
    const now = async () => (await ecs.send(new DescribeTasksCommand({ ...where, tasks: [tasks![0]!.taskArn!] }))).tasks![0]!;
    await own.clock.advanceUntil(async () => (await now()).lastStatus === "STOPPED", 20_000, "the task's end");
    expect((await now()).containers).toMatchObject([{ exitCode: 0, imageDigest: imageDetails![0]!.imageDigest }]);
  },
  CASE_MS,
);
