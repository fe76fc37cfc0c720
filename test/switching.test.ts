import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeFileSystemsCommand, DescribeMountTargetsCommand, EFSClient } from "@aws-sdk/client-efs";
import { ListSubscriptionsCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeployResult } from "../src/cloud/index.ts";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import { isRouted, type Leaf, type Project } from "../src/config/index.ts";
import { carryOut } from "../src/deployment/carry-out.ts";
import { overWire } from "../src/deployment/cloudformation.ts";
import type { Outcome } from "../src/deployment/road.ts";
import { survey } from "../src/deployment/survey.ts";
import { buildApp } from "../src/stacks/app.ts";
import { testEngine, testEngines, testLeaf, testService, testTask, testWorker } from "../src/stacks/testing.ts";
import { root, SERVER } from "./support/deployed.ts";

/** Every ordered pair of the kinds that a leaf may be of, on the real stacks; nothing is woken, so no container is started. */

const DATA = { data: { paths: ["/data"], backups: true, keepOnDelete: true } };
const SHARED = { volumes: DATA, alerts: { email: ["friend@example.com"] } };

/** What a service runs, for it is up while it is deployed. */
const PROCESS = mkdtempSync(join(tmpdir(), "rouse-switching-process-"));
writeFileSync(join(PROCESS, "server.cjs"), SERVER);

/** A new kind joins here. What is in one leaf's stack under a fixed name must be free for the next one's. */
const KINDS: Record<string, Leaf> = {
  dns: testLeaf("it", SHARED),
  http: testEngine("it", SHARED),
  event: testWorker("it", SHARED),
  task: testTask("it", SHARED),
  service: testService("it", { ...SHARED, process: { command: ["node", "server.cjs"], directory: PROCESS } }),
  instance: testEngine("it", { ...SHARED, compute: { on: "ec2", instanceType: "t4g.nano", architecture: "arm64" } }),
};

const LOCAL = { environment: { name: "local" } };
let cloud: TestCloud;
let directory: string;
const assemblies = new Map<string, string>();

const projectOf = (kind: string): Project => ({ ...testEngines(kind === "nothing" ? [] : [KINDS[kind]!]), ...LOCAL });

/** Each kind is synthesized once. */
function assemblyOf(kind: string): string {
  const known = assemblies.get(kind);
  if (known !== undefined) return known;
  const outdir = join(directory, kind);
  buildApp(projectOf(kind), { outdir, functionsDir: join(root, "dist", "functions") }).synth();
  assemblies.set(kind, outdir);
  return outdir;
}

async function passing<T>(work: Promise<T>): Promise<T> {
  let done = false;
  void work.finally(() => (done = true)).catch(() => {});
  await cloud.clock.advanceUntil(() => done, 3_600_000, "a step");
  return work;
}

const plan = (kind: string) =>
  survey({ ask: overWire((region) => cloud.client(CloudFormationClient, region)), project: projectOf(kind), assembly: assemblyOf(kind) });

const road = { deploy: (assembly: string) => passing(cloud.deploy(assembly)), destroy: (assembly: string) => passing(cloud.destroy(assembly)) };

async function deploy(kind: string): Promise<string[]> {
  const { plan: steps } = await plan(kind);
  const outcome = await carryOut(steps, { assembly: assemblyOf(kind), road, deletion: { account: "000000000000" } });
  if (!outcome.ok) throw new Error(`to ${kind}: ${reasons(outcome)}`);
  return steps.steps.map((step) => step.do);
}

const reasons = ({ stacks }: Outcome | DeployResult): string =>
  stacks.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : [])).join("\n");

async function what() {
  const { FileSystems } = await cloud.client(EFSClient).send(new DescribeFileSystemsCommand({}));
  const { Subscriptions } = await cloud.client(SNSClient).send(new ListSubscriptionsCommand({}));
  const ofFriend = Subscriptions!.filter(({ Endpoint }) => Endpoint === "friend@example.com");
  const { logGroups } = await cloud.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/rouse/" }));
  return {
    volumes: FileSystems!.map(({ FileSystemId }) => FileSystemId!),
    mails: ofFriend.map(({ SubscriptionArn }) => SubscriptionArn!),
    // Of the leaf that is switched: it goes on.
    history: logGroups!.flatMap(({ logGroupName, creationTime }) => (logGroupName!.endsWith("/it/history") ? [creationTime!] : [])),
  };
}

async function stacks(): Promise<string[]> {
  const found = await Promise.all(
    ["us-west-2", "us-east-1"].map((region) => cloud.client(CloudFormationClient, region).send(new DescribeStacksCommand({}))),
  );
  return found.flatMap(({ Stacks }) => Stacks!.flatMap(({ StackName, ParentId }) => (ParentId ? [] : [StackName!]))).sort();
}

const wanted = async (kind: string): Promise<string[]> => (await plan(kind)).wanted.map(({ name }) => name).sort();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rouse-switching-"));
  cloud = await withCloud({ clock: new VirtualClock() });
  await (await fetch(`${cloud.url}/_cloud/time`)).text();
  cloud.seedHostedZone("example.com", "Z1234567890");
});
afterAll(async () => {
  await cloud?.end();
  for (const folder of [directory, PROCESS]) rmSync(folder, { recursive: true, force: true });
});

/** A way over every ordered pair once. */
function everyPair(kinds: string[]): string[] {
  const way = [kinds[0]!];
  const open = new Set(kinds.flatMap((from) => kinds.filter((to) => to !== from).map((to) => `${from} ${to}`)));
  // Hierholzer's way would be shorter to prove; with every pair there in both directions, the least used goal will do.
  while (open.size > 0) {
    const from = way.at(-1)!;
    const left = (kind: string): number => [...open].filter((pair) => pair.startsWith(`${kind} `)).length;
    const goals = kinds.filter((kind) => open.has(`${from} ${kind}`)).sort((a, b) => left(b) - left(a));
    const to = goals[0] ?? [...open][0]!.split(" ")[0]!;
    open.delete(`${from} ${to}`);
    way.push(to);
  }
  return way;
}

test("a leaf changes from any kind to any other, keeps its volume and who gets its mails, and leaves no stack behind", async () => {
  const way = everyPair(Object.keys(KINDS));
  await deploy(way[0]!);
  const before = await what();
  expect(before.volumes).toHaveLength(1);
  expect(before.history).toHaveLength(1);
  expect(before.mails).toHaveLength(1);
  for (const [index, to] of way.entries()) {
    if (index === 0) continue;
    const steps = await deploy(to);
    const pair = `${way[index - 1]!} to ${to}`;
    expect(await what(), pair).toEqual(before);
    expect(await stacks(), pair).toEqual(await wanted(to));
    // Its mount targets came along.
    const { MountTargets } = await cloud.client(EFSClient).send(new DescribeMountTargetsCommand({ FileSystemId: before.volumes[0]! }));
    expect(MountTargets).toHaveLength(2);
    const [from, next] = [KINDS[way[index - 1]!]!, KINDS[to]!];
    expect(steps.includes("reduce"), pair).toBe(from.kind !== next.kind);
    // The load balancer goes with its last leaf, and the leaf that stays must let go of it before.
    expect(steps.includes("deploy-first"), pair).toBe(from.kind === next.kind && isRouted(from) && !isRouted(next));
  }
}, 60_000);

test("without the plan it ends in CloudFormation's refusal; a run that stopped between the steps is carried on", async () => {
  await deploy("dns");
  const before = await what();
  const straight = await passing(cloud.deploy(assemblyOf("http")));
  expect(straight.ok).toBe(false);
  expect(reasons(straight)).toMatch(/already exists/);

  const { plan: whole } = await plan("http");
  expect(whole.steps.map((step) => step.do)).toEqual(["delete", "reduce", "delete", "deploy"]);
  const firstTwo = { ...whole, steps: whole.steps.slice(0, 2) };
  expect((await carryOut(firstTwo, { assembly: assemblyOf("http"), road, deletion: { account: "000000000000" } })).ok).toBe(true);
  expect(await deploy("http")).toEqual(["delete", "deploy"]);
  expect(await what()).toEqual(before);
  expect(await stacks()).toEqual(await wanted("http"));
}, 60_000);

test("with its last leaf everything goes but the base, and the volume that is to be kept", async () => {
  await deploy("http");
  const before = await what();
  expect(await deploy("nothing")).toEqual(["delete", "deploy"]);
  expect(await stacks()).toEqual(["Arcade-Base"]);
  expect(await what()).toEqual({ ...before, mails: [], history: [] });
}, 60_000);
