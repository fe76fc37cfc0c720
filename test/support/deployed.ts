import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CloudOptions, DeployResult } from "../../src/cloud/index.ts";
import { VirtualClock } from "../../src/cloud/core/clock.ts";
import { type TestClock, type TestCloud, withCloud } from "../../src/cloud/testing/with-cloud.ts";
import { formatProblems, type Leaf, loadProject, type Project } from "../../src/config/index.ts";
import { type Connection, connectionTo } from "../../src/operate/environment.ts";
import type { LeafStatus } from "../../src/operate/leaf-state.ts";
import { leafStatus } from "../../src/operate/observe.ts";
import { synth } from "../../src/stacks/synth.ts";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A small HTTP server as a leaf's process: answers with its PORT, takes `exit` of its environment. */
export const SERVER = `
const http = require("node:http");
const server = http.createServer((req, res) => {
  if (req.url === "/crash") process.exit(3);
  res.end("hello from " + process.env.PORT);
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

export const BASE = `
name: arcade
region: us-west-2
domain: { name: example.com, hostedZoneId: Z1234567890 }
alerts: { email: [admin@example.com] }
environments: { local: {} }
`;

export const HELLO = `
wake: dns
image: hello
ports: [8080/tcp]
compute: { on: ec2, instanceType: t4g.nano }
process: { command: [node, ../server.cjs] }
watchdog: { idle: { below: 50, for: 3m } }
alerts: { email: [friend@example.com] }
`;

export interface Deployed<C extends TestClock = VirtualClock> {
  cloud: TestCloud<C>;
  project: Project;
  connection: Connection;
  leaf(name: string): Leaf;
  status(name: string): Promise<LeafStatus>;
  /** Advances the time until the leaf is in a state. @throws Error when it is not within `limitMs` (10 minutes) */
  until(name: string, state: LeafStatus["state"], limitMs?: number): Promise<LeafStatus>;
  /** Synthesizes the folder again and deploys what changed. */
  redeploy(): Promise<DeployResult>;
  directory: string;
  end(): Promise<void>;
}

export type Files = Record<string, string>;

/**
 * Writes a project into a folder of its own, synthesizes it and deploys it into a cloud for tests.
 * @param files or what makes them, once the cloud is there: for what has to be in it before
 * @param options.clock PassingClock for real time
 */
export async function deployed<C extends TestClock>(
  files: Files | ((cloud: TestCloud<TestClock>, directory: string) => Promise<Files>),
  options: Partial<CloudOptions> & { clock: C },
): Promise<Deployed<C>>;
export async function deployed(
  files: Files | ((cloud: TestCloud, directory: string) => Promise<Files>),
  options?: Partial<CloudOptions> & { clock?: VirtualClock },
): Promise<Deployed>;
export async function deployed(
  files: Files | ((cloud: never, directory: string) => Promise<Files>),
  options: Partial<CloudOptions> = {},
): Promise<Deployed<TestClock>> {
  const directory = mkdtempSync(join(tmpdir(), "rouse-project-"));
  const cloud = await withCloud({ ...options, clock: (options.clock as TestClock | undefined) ?? new VirtualClock() });
  // The first fetch of a process compiles its parser in another thread, where virtual time does not see that somebody waits.
  await (await fetch(`${cloud.url}/_cloud/time`)).text();
  const end = async (): Promise<void> => {
    await cloud.end();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const own = typeof files === "function" ? await files(cloud as never, directory) : files;
    for (const [name, content] of Object.entries({ "rouse.yaml": BASE, "server.cjs": SERVER, ...own })) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    const { project } = await deployFolder(cloud, directory);
    return worldOf(cloud, project, directory, end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** The same project in a cloud that was stopped and starts again, a minute later, with the state that it has kept. */
export async function restarted(world: Deployed, options: Partial<CloudOptions> & { dataDir: string }): Promise<Deployed> {
  await world.cloud.end();
  const cloud = await withCloud({ ...options, clock: new VirtualClock({ start: world.cloud.clock.now() + 60_000 }) });
  const end = async (): Promise<void> => {
    await cloud.end();
    rmSync(world.directory, { recursive: true, force: true });
  };
  return worldOf(cloud, world.project, world.directory, end);
}

function worldOf<C extends TestClock>(cloud: TestCloud<C>, project: Project, directory: string, end: () => Promise<void>): Deployed<C> {
  const connection = connectionTo(project, { api: cloud.url, dns: `${cloud.dns.host}:${cloud.dns.port}` });
  const leaf = (name: string): Leaf => project.leaves.find((each) => each.name === name)!;
  const status = (name: string): Promise<LeafStatus> => leafStatus(project, leaf(name), connection);
  return {
    cloud,
    project,
    connection,
    directory,
    leaf,
    status,
    async until(name, state, limitMs = 600_000) {
      let last: LeafStatus | undefined;
      await cloud.clock
        .advanceUntil(async () => (last = await status(name)).state === state, limitMs, `${name} ${state}`)
        .catch((error: unknown) => {
          throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}\n${cloud.lines.join("\n")}`);
        });
      return last!;
    },
    redeploy: async () => (await deployFolder(cloud, directory)).result,
    end,
  };
}

async function deployFolder(cloud: TestCloud<TestClock>, directory: string): Promise<{ project: Project; result: DeployResult }> {
  const loaded = await loadProject({ directory, environment: "local", env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, { color: false }));
  const { project } = loaded;
  const assembly = join(directory, "cdk.out");
  // Written over and never removed: within one process the CDK copies an asset only once.
  synth(project, assembly, join(root, "dist", "functions"));
  cloud.seedHostedZone(project.base.domain!.name, project.base.domain!.hostedZoneId);
  return { project, result: await finished(cloud, cloud.deploy(assembly), "the deployment") };
}

/** Deletes the stacks of a project. */
export const destroy = ({ cloud, directory }: Deployed): Promise<DeployResult> =>
  finished(cloud, cloud.destroy(join(directory, "cdk.out")), "the deletion");

/** Lets pass the time that a deployment waits for on the cloud's clock. @throws Error when a stack has failed */
export async function finished(cloud: TestCloud<TestClock>, work: Promise<DeployResult>, what: string): Promise<DeployResult> {
  let done = false;
  void work.finally(() => (done = true)).catch(() => {});
  await cloud.clock.advanceUntil(() => done, 3_600_000, what);
  const result = await work;
  const failed = result.stacks.filter((stack) => stack.result === "failed");
  if (failed.length > 0) throw new Error(`${failed.map((stack) => `${stack.name}: ${stack.reason}`).join("\n")}\n${cloud.lines.join("\n")}`);
  return result;
}
