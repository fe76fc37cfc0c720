import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DnsLeaf, Leaf, Project } from "../config/schema.ts";

/** A leaf as the loader gives it, with the defaults; `changes` replaces keys. */
export function testLeaf(name: string, changes: Partial<DnsLeaf> = {}): DnsLeaf {
  return {
    kind: "dns",
    name,
    file: `/project/leaves/${name}.yaml`,
    wake: { dns: { ignore: { resolvers: [] } } },
    image: "itzg/minecraft-server",
    ports: [
      { port: 25_565, protocol: "tcp" },
      { port: 19_132, protocol: "udp" },
    ],
    environment: { EULA: "TRUE" },
    compute: { on: "ec2", instanceType: "m5.large", architecture: "x86_64" },
    volumes: { data: { paths: ["/data"], backups: true, keepOnDelete: true } },
    watchdog: {
      idle: { below: 1175, for: 420 },
      grace: 600,
      leftUp: { after: 28_800, stop: false },
      crashLoop: { stops: 3, within: 900 },
    },
    alerts: { email: ["friend@example.com"] },
    stopTimeout: 30,
    domain: `${name}.example.com`,
    ...changes,
  };
}

export function testProject(leaves: Leaf[], changes: Partial<Project> = {}): Project {
  return {
    directory: "/project",
    environment: { name: "prod", account: "222222222222" },
    base: {
      name: "arcade",
      region: "us-west-2",
      vpc: { maxAzs: 1 },
      domain: { name: "example.com", hostedZoneId: "Z1234567890" },
      alerts: { email: ["admin@example.com"] },
      loadBalancer: { idleTimeout: 60 },
      engines: { poll: 5, limit: 300, api: false, workflows: {}, schedules: {} },
      leaves: "leaves/*.yaml",
      environments: {},
    },
    leaves,
    ...changes,
  };
}

/** Stand-ins for the functions' bundles, below `folder`: the stacks only carry them. */
export function functionsDir(folder: string): string {
  const root = join(folder, "functions");
  for (const name of ["start-system", "reconcile", "break-crash-loop"]) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "index.mjs"), "export const handler = () => {};\n");
  }
  return root;
}
