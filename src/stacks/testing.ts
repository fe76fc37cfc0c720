import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { priorityOf } from "../config/routes.ts";
import type { DnsLeaf, ExistingEngine, Leaf, OwnEngine, Project, ServiceLeaf, ServiceRoute, TaskLeaf } from "../config/schema.ts";

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
    secrets: {},
    permissions: { statements: [] },
    domain: `${name}.arcade.example.com`,
    zone: "shared",
    ...changes,
  };
}

/** The same with a zone of its own. */
export const testOwnZone = (name: string, changes: Partial<DnsLeaf> = {}): DnsLeaf =>
  testLeaf(name, { domain: `${name}.example.com`, zone: "own", ...changes });

/** An engine as the loader gives it, with the defaults; `changes` replaces keys. */
export function testEngine(name: string, changes: Partial<OwnEngine> = {}): OwnEngine {
  return {
    kind: "engine",
    name,
    file: `/project/leaves/${name}.yaml`,
    wake: { event: {}, http: { hold: 55, ignore: { userAgents: [], paths: ["/ping"] } } },
    image: "some/engine",
    ports: [{ port: 8080, protocol: "tcp" }],
    environment: {},
    compute: { on: "fargate", cpu: 256, memory: 512, architecture: "x86_64" },
    route: {
      patterns: [`/api/${name}/*`],
      priority: priorityOf(name, [`/api/${name}/*`]),
      port: 8080,
      check: { path: "/health", interval: 10, timeout: 5, passes: 2, retries: 3, matcher: "200-399" },
      drain: 30,
    },
    volumes: {},
    watchdog: { idle: { for: 1800 }, leftUp: { after: 28_800, stop: false }, crashLoop: { stops: 3, within: 900 } },
    alerts: { email: [] },
    stopTimeout: 30,
    secrets: {},
    permissions: { statements: [] },
    ...changes,
  };
}

/** A scheduled task as the loader gives it, with the defaults; `changes` replaces keys. */
export function testTask(name: string, changes: Partial<TaskLeaf> = {}): TaskLeaf {
  return {
    kind: "task",
    name,
    file: `/project/leaves/${name}.yaml`,
    wake: {
      schedule: { expressions: ["cron(0 * * * ? *)"], timezone: "UTC", enabled: true, retries: 2, overlap: "skip", input: { environment: {} } },
    },
    image: "some/report",
    ports: [],
    environment: {},
    compute: { on: "fargate", cpu: 256, memory: 512, architecture: "x86_64" },
    volumes: {},
    watchdog: { leftUp: { after: 28_800, stop: false } },
    alerts: { email: [] },
    stopTimeout: 30,
    secrets: {},
    permissions: { statements: [] },
    ...changes,
  };
}

/** Scheduled tasks of every kind. */
export function everyTask(): Project {
  const schedule = testTask("x").wake.schedule;
  const allowed = { ...schedule, overlap: "allow" as const };
  const volumes = { data: { paths: ["/data"], backups: true, keepOnDelete: true } };
  const ec2 = { on: "ec2", instanceType: "t4g.small", architecture: "arm64" } as const;
  const input = { command: ["node", "report.mjs"], environment: { KIND: "daily" } };
  const project = testProject([
    testTask("report", { volumes, alerts: { email: ["friend@example.com"] } }),
    testTask("spot", { compute: { on: "fargate-spot", cpu: 256, memory: 512, architecture: "arm64" }, wake: { schedule: allowed } }),
    testTask("rate", { wake: { schedule: { ...allowed, expressions: ["rate(5 minutes)"] } } }),
    testTask("direct", {
      wake: { schedule: { ...allowed, expressions: ["cron(0 7 ? * MON-FRI *)", "cron(0 9 ? * SAT *)"], timezone: "Europe/Berlin", input } },
    }),
    testTask("box", { compute: ec2, volumes }),
    testTask("boxes", { compute: ec2, wake: { schedule: { ...allowed, enabled: false } }, watchdog: { leftUp: { after: 3600, stop: true } } }),
  ]);
  return { ...project, base: { ...project.base, ssh: { from: ["203.0.113.0/24"] } } };
}

/** An engine without a route: only events wake it. */
export function testWorker(name: string, changes: Partial<OwnEngine> = {}): OwnEngine {
  const { route: _route, ...engine } = testEngine(name, { wake: { event: {} }, ports: [] });
  const { idle: _idle, ...watchdog } = engine.watchdog;
  return { ...engine, watchdog, ...changes };
}

export function testExisting(name: string, changes: Partial<ExistingEngine["existing"]> = {}): ExistingEngine {
  return {
    kind: "engine",
    name,
    file: `/project/leaves/${name}.yaml`,
    wake: { event: {} },
    existing: {
      cluster: "old-cluster",
      taskDefinition: "old-api",
      targetGroup: "arn:aws:elasticloadbalancing:us-west-2:222222222222:targetgroup/old/0123456789abcdef",
      subnets: ["subnet-01234567"],
      securityGroups: ["sg-01234567"],
      container: "api",
      port: 8080,
      launchType: "FARGATE",
      assignPublicIp: false,
      roles: ["arn:aws:iam::222222222222:role/old-execution"],
      ...changes,
    },
    watchdog: { leftUp: { after: 28_800, stop: false }, crashLoop: { stops: 3, within: 900 } },
    alerts: { email: [] },
    drain: 30,
  };
}

/** An always-on service as the loader gives it, with the defaults; `changes` replaces keys, those of `route` one by one. */
export function testService(
  name: string,
  { route = {}, ...changes }: Partial<Omit<ServiceLeaf, "route">> & { readonly route?: Partial<ServiceRoute> } = {},
): ServiceLeaf & { readonly route: ServiceRoute } {
  const patterns = route.patterns ?? (route.domain === undefined ? [`/api/${name}/*`] : ["/*"]);
  return {
    kind: "service",
    name,
    file: `/project/leaves/${name}.yaml`,
    wake: { always: {} },
    image: "some/service",
    ports: [{ port: 8080, protocol: "tcp" }],
    environment: {},
    compute: { on: "fargate", cpu: 256, memory: 512, architecture: "x86_64" },
    scale: { min: 1, max: 1, cooldown: 60 },
    route: {
      priority: priorityOf(name, patterns, route.domain),
      port: 8080,
      check: { path: "/health", interval: 10, timeout: 5, passes: 2, retries: 3, matcher: "200-399" },
      drain: 30,
      visibility: "public",
      grace: 60,
      ...route,
      patterns,
    },
    volumes: {},
    watchdog: { crashLoop: { stops: 3, within: 900 } },
    alerts: { email: [] },
    stopTimeout: 30,
    secrets: {},
    permissions: { statements: [] },
    ...changes,
  };
}

/** A service that nothing reaches. */
export function testServiceWorker(name: string, changes: Partial<Omit<ServiceLeaf, "route">> = {}): ServiceLeaf {
  const { route: _route, ...service } = testService(name, { ports: [], ...changes });
  return service;
}

/** A project with services in all shapes. */
export function everyService(): Project {
  const volumes = { data: { paths: ["/data"], backups: true, keepOnDelete: true } };
  const command = { command: ["CMD-SHELL", "true"], interval: 10, timeout: 5, retries: 3, startPeriod: 0 };
  const goals = { min: 2, max: 10, cpu: 75, memory: 80, requests: 1000, cooldown: 60 };
  const leaves: Leaf[] = [
    testService("orders", { volumes, health: command, alerts: { email: ["friend@example.com"] }, scale: goals }),
    testService("shop", { route: { domain: "shop.example.com" } }),
    testService("box", { compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" }, volumes, scale: { ...goals, min: 1 } }),
    testService("spot", { compute: { on: "fargate-spot", cpu: 512, memory: 1024, architecture: "arm64" }, scale: goals }),
    testService("stock", { route: { visibility: "internal" } }),
    testService("prices", { route: { visibility: "internal", domain: "prices.example.com" } }),
    testServiceWorker("worker", { compute: { on: "fargate-spot", cpu: 256, memory: 512, architecture: "x86_64" } }),
    testEngine("auth"),
  ];
  return testEngines(leaves, { ssh: { from: ["203.0.113.0/24"] }, alerts: everyChannel() });
}

/** People and programs of every kind, with secrets in every kind of place. */
export const everyChannel = (): Project["base"]["alerts"] => ({
  email: ["admin@example.com", { address: "night@example.com", on: ["crashed", "deployment-failed"] }],
  discord: [{ parameter: "/alerts/discord", on: ["ready"] }],
  slack: [{ secret: "alerts/slack", key: "url", encryptionKey: "arn:aws:kms:us-west-2:222222222222:key/12345678-1234-1234-1234-123456789012" }],
  webhooks: [{ url: "https://example.com/hook", signingSecret: { parameter: "arn:aws:ssm:us-west-2:222222222222:parameter/alerts/signing" } }],
});

/** A base whose network suits a load balancer. */
export function testEngines(leaves: Leaf[], base: Partial<Project["base"]> = {}): Project {
  const project = testProject(leaves);
  return { ...project, base: { ...project.base, vpc: { maxAzs: 2 }, ...base } };
}

export function testProject(leaves: Leaf[], changes: Partial<Project> = {}): Project {
  return {
    directory: "/project",
    environment: { name: "prod", account: "222222222222" },
    base: {
      name: "arcade",
      region: "us-west-2",
      vpc: { maxAzs: 1 },
      domain: { name: "example.com", hostedZoneId: "Z1234567890", zone: "arcade.example.com" },
      alerts: { email: ["admin@example.com"] },
      loadBalancer: { idleTimeout: 60 },
      logs: { retention: 7 },
      containerInsights: false,
      dashboard: true,
      appRegistry: false,
      tags: {},
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
  for (const name of [
    "start-system",
    "reconcile",
    "break-crash-loop",
    "start-engines",
    "stop-engines",
    "reconcile-engine",
    "doorman",
    "watch-service",
    "run-task",
    "watch-task",
    "notify",
    "watch-stacks",
  ]) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "index.mjs"), "export const handler = () => {};\n");
  }
  return root;
}

/** A project with engines of every kind, and all that starts and stops them. */
export function everyEngine(): Project {
  const volumes = { data: { paths: ["/data"], backups: true, keepOnDelete: true } };
  const command = { command: ["CMD-SHELL", "true"], interval: 10, timeout: 5, retries: 3, startPeriod: 0 };
  const leaves = [
    testEngine("auth", { volumes, health: command, alerts: { email: ["friend@example.com"] } }),
    testEngine("box", { compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" }, volumes }),
    testEngine("spot", { compute: { on: "fargate-spot", cpu: 512, memory: 1024, architecture: "arm64" }, wake: { event: {} } }),
    testWorker("worker"),
    testExisting("old"),
  ];
  return testEngines(leaves, {
    appRegistry: true,
    containerInsights: true,
    tags: { "cost-centre": "42" },
    ssh: { from: ["203.0.113.0/24"] },
    loadBalancer: { idleTimeout: 120, domain: "api.example.com", from: ["203.0.113.0/24", "2001:db8::/32"] },
    engines: {
      poll: 5,
      limit: 300,
      api: true,
      workflows: { morning: { start: ["auth", "worker"], waitForHealthy: true, timeout: 900 } },
      schedules: {
        office: { start: "cron(0 7 ? * MON-FRI *)", stop: "cron(0 19 ? * MON-FRI *)", timezone: "Europe/Berlin", services: ["auth", "box"] },
      },
    },
  });
}
