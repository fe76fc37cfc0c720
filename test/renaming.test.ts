import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeFileSystemsCommand, EFSClient } from "@aws-sdk/client-efs";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatProblems, loadProject, type Project } from "../src/config/index.ts";
import { carryOut } from "../src/deployment/carry-out.ts";
import { overWire } from "../src/deployment/cloudformation.ts";
import { differenceText } from "../src/deployment/difference-words.ts";
import { differencesOf } from "../src/deployment/differences.ts";
import { survey } from "../src/deployment/survey.ts";
import { stepLines } from "../src/deployment/words.ts";
import { connectionTo } from "../src/operate/environment.ts";
import { leafStatus } from "../src/operate/observe.ts";
import { synth } from "../src/stacks/synth.ts";
import { BASE, type Deployed, deployed, HELLO, root } from "./support/deployed.ts";
import { ask, addressOf } from "./support/dns.ts";
import { groupOf, MINUTE } from "./support/facts.ts";

/** Names that change: from a zone for each leaf to one for all, to another, and back; with a leaf that is up. */

const baseWith = (zone: string): string => BASE.replace("Z1234567890", `Z1234567890, zone: ${zone}`);
const LEAF = `${HELLO}volumes: { data: { paths: [/data], keepOnDelete: true } }\n`;

let world: Deployed;
let rounds = 0;
beforeAll(async () => {
  world = await deployed({ "rouse.yaml": baseWith("perLeaf"), "leaves/hello.yaml": LEAF, "leaves/calm.yaml": HELLO });
}, 60_000);
afterAll(() => world?.end());

async function passing<T>(work: Promise<T>): Promise<T> {
  let done = false;
  void work.finally(() => (done = true)).catch(() => {});
  await world.cloud.clock.advanceUntil(() => done, 3_600_000, "a step");
  return work;
}

/** Writes files, looks at what is different, and deploys as `rouse deploy` does. */
async function deploy(files: Record<string, string>): Promise<{ project: Project; steps: string[]; said: string; diff: string }> {
  const { cloud, directory } = world;
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const loaded = await loadProject({ directory, environment: "local", env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, { color: false }));
  const { project } = loaded;
  const assembly = join(directory, `cdk.out.${++rounds}`);
  mkdirSync(assembly);
  synth(project, assembly, join(root, "dist", "functions"));
  const cloudFormation = overWire((region) => cloud.client(CloudFormationClient, region));
  const found = await survey({ ask: cloudFormation, project, assembly });
  const diff = differenceText(await differencesOf(cloudFormation, found, { replacements: false }), false);
  const road = { deploy: (each: string) => passing(cloud.deploy(each)), destroy: (each: string) => passing(cloud.destroy(each)) };
  const outcome = await carryOut(found.plan, { assembly, road, deletion: { account: "000000000000" } });
  if (!outcome.ok) throw new Error(outcome.stacks.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : [])).join("\n"));
  const said = found.plan.steps.flatMap((step) => stepLines(step, found.plan)).join("\n");
  return { project, steps: found.plan.steps.map((step) => step.do), said, diff };
}

const connection = (project: Project) => connectionTo(project, { api: world.cloud.url, dns: `${world.cloud.dns.host}:${world.cloud.dns.port}` });

async function awake(project: Project, leaf: string): Promise<string> {
  const found = project.leaves.find(({ name }) => name === leaf)!;
  let address: string | null = null;
  const isAwake = async (): Promise<boolean> => {
    const status = await leafStatus(project, found, connection(project));
    ({ address } = status);
    return status.state === "awake";
  };
  await world.cloud.clock.advanceUntil(isAwake, 5 * MINUTE, `${leaf} awake`);
  return address!;
}

/** Names of all zones, and of all A records in them. */
async function names(): Promise<{ zones: string[]; records: string[] }> {
  const route53 = world.cloud.client(Route53Client, "us-east-1");
  const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
  const sets = await Promise.all(HostedZones.map(({ Id }) => route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }))));
  const records = sets.flatMap(({ ResourceRecordSets = [] }) => ResourceRecordSets.filter(({ Type }) => Type === "A").map(({ Name }) => Name!));
  return { zones: HostedZones.map(({ Name }) => Name!).sort(), records: records.sort() };
}

async function kept(): Promise<object> {
  const { FileSystems } = await world.cloud.client(EFSClient).send(new DescribeFileSystemsCommand({}));
  const { logGroups } = await world.cloud.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/rouse/arcade/" }));
  return { volumes: FileSystems!.map(({ FileSystemId }) => FileSystemId), logs: logGroups!.map(({ creationTime }) => creationTime) };
}

test("from a zone for each leaf to the zone that they share: in two steps, also when a leaf is up", async () => {
  await addressOf(world.cloud.dns, "hello.example.com");
  const old = await awake(world.project, "hello");
  expect(await addressOf(world.cloud.dns, "hello.example.com")).toBe(old);
  const before = await kept();

  const { project, steps, said, diff } = await deploy({ "rouse.yaml": BASE });
  expect(diff).toMatch(/Arcade-Hello us-west-2 +its name changes from hello\.example\.com to hello\.arcade\.example\.com, in two steps/);
  expect(diff).toMatch(/Arcade-Hello-Domain us-east-1 +is made anew with another name/);
  expect(said).toContain("Arcade-Calm: its name changes from calm.example.com to calm.arcade.example.com, in two steps");
  expect(said).toContain("to make them anew with another name");
  expect(said).not.toContain("which the files no longer have");
  expect(steps).toEqual(["delete", "reduce", "delete", "deploy"]);
  expect(await names()).toEqual({
    zones: ["arcade.example.com.", "example.com."],
    records: ["calm.arcade.example.com.", "hello.arcade.example.com."],
  });
  expect(await kept()).toEqual(before);
  expect(await groupOf(world, "hello")).toMatchObject({ desired: 0, instances: [] });
  expect(await ask(world.cloud.dns, "hello.example.com")).toMatchObject({ answers: [], code: "NXDOMAIN" });

  expect(await addressOf(world.cloud.dns, "hello.arcade.example.com")).toBe("0.0.0.0");
  const address = await awake(project, "hello");
  expect(await addressOf(world.cloud.dns, "hello.arcade.example.com")).toBe(address);
  expect((await deploy({})).steps).toEqual(["deploy"]);
  expect(await addressOf(world.cloud.dns, "hello.arcade.example.com")).toBe(address);
});

test("a leaf leaves the shared zone, and the others stay as they are", async () => {
  const { steps, diff } = await deploy({ "leaves/hello.yaml": `${LEAF}domain: hello.example.com\n` });
  expect(steps).toEqual(["delete", "reduce", "delete", "deploy"]);
  expect(diff).not.toContain("Calm");
  expect(await names()).toEqual({
    zones: ["arcade.example.com.", "example.com.", "hello.example.com."],
    records: ["calm.arcade.example.com.", "hello.example.com."],
  });
});

test("to a shared zone of another name, which takes a leaf's own name in, and back to a zone for each", async () => {
  const { diff } = await deploy({ "rouse.yaml": baseWith("games.example.com"), "leaves/hello.yaml": `${LEAF}domain: mc.games.example.com\n` });
  expect(diff).toContain("its name changes from calm.arcade.example.com to calm.games.example.com");
  expect(await names()).toEqual({
    zones: ["example.com.", "games.example.com."],
    records: ["calm.games.example.com.", "mc.games.example.com."],
  });
  const { project, diff: back } = await deploy({ "rouse.yaml": baseWith("perLeaf") });
  expect(back).toContain("its name changes from mc.games.example.com in the zone that leaves share to mc.games.example.com in a zone of its own");
  expect(await names()).toEqual({
    zones: ["calm.example.com.", "example.com.", "mc.games.example.com."],
    records: ["calm.example.com.", "mc.games.example.com."],
  });
  expect(await addressOf(world.cloud.dns, "mc.games.example.com")).toBe("0.0.0.0");
  const address = await awake(project, "hello");
  expect(await addressOf(world.cloud.dns, "mc.games.example.com")).toBe(address);
});
