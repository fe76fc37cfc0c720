import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CloudOptions } from "../../src/cloud/index.ts";
import { type TestCloud, withCloud } from "../../src/cloud/testing/with-cloud.ts";
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

export interface Deployed {
  cloud: TestCloud;
  project: Project;
  connection: Connection;
  leaf(name: string): Leaf;
  status(name: string): Promise<LeafStatus>;
  /** Advances the time until the leaf is in a state. @throws Error when it is not within `limitMs` (10 minutes) */
  until(name: string, state: LeafStatus["state"], limitMs?: number): Promise<LeafStatus>;
  /** Synthesizes the folder again and deploys what changed. */
  redeploy(): Promise<void>;
  directory: string;
  end(): Promise<void>;
}

/** Writes a project into a folder of its own, synthesizes it and deploys it into a cloud for tests. */
export async function deployed(files: Record<string, string>, options: Partial<CloudOptions> = {}): Promise<Deployed> {
  const directory = mkdtempSync(join(tmpdir(), "rouse-project-"));
  for (const [name, content] of Object.entries({ "rouse.yaml": BASE, "server.cjs": SERVER, ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const cloud = await withCloud(options as Partial<CloudOptions> & { clock?: never });
  const end = async (): Promise<void> => {
    await cloud.end();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const project = await deployFolder(cloud, directory);
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
      redeploy: async () => void (await deployFolder(cloud, directory)),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function deployFolder(cloud: TestCloud, directory: string): Promise<Project> {
  const loaded = await loadProject({ directory, environment: "local", env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, { color: false }));
  const { project } = loaded;
  const assembly = join(directory, "cdk.out");
  rmSync(assembly, { recursive: true, force: true });
  synth(project, assembly, join(root, "dist", "functions"));
  cloud.seedHostedZone(project.base.domain!.name, project.base.domain!.hostedZoneId);
  const deploying = cloud.deploy(assembly);
  // The deployment waits on the cloud's clock for what takes time there.
  let done = false;
  void deploying.finally(() => (done = true)).catch(() => {});
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the deployment");
  const result = await deploying;
  const failed = result.stacks.filter((stack) => stack.result === "failed");
  if (failed.length > 0) throw new Error(`${failed.map((stack) => `${stack.name}: ${stack.reason}`).join("\n")}\n${cloud.lines.join("\n")}`);
  return project;
}
