import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { FARGATE_CPU, fargateMemory } from "./fargate.ts";
import { ENGINE_CHECK } from "./balanced-rules.ts";
import type {
  ContainerLeaf,
  DnsLeaf,
  Ec2Compute,
  EngineLeaf,
  FargateCompute,
  Health,
  Leaf,
  leafSchema,
  OwnEngine,
  Route,
  Scale,
  ServiceLeaf,
  TaskLeaf,
} from "./schema.ts";
import { priorityOf } from "./routes.ts";
import { architectureOf } from "./values.ts";
import { splitWords } from "./words.ts";

type LeafFile = z.output<typeof leafSchema>;

interface Given {
  readonly name: string;
  readonly file: string;
  /** The leaf's own full name, decided by the caller, who knows the base. */
  readonly domain?: string | undefined;
  /** Where the name of a leaf that a DNS query wakes is. */
  readonly zone?: DnsLeaf["zone"] | undefined;
  /** Environment that is deployed to. */
  readonly environment: string;
}

const MINUTE = 60;
/** What the file leaves out, and what depends on the kind. Seconds and bytes per second. */
const DEFAULTS = {
  dns: { below: 1000, idle: 10 * MINUTE, interval: 30 },
  engine: { idle: 30 * MINUTE, ...ENGINE_CHECK },
  service: { cpu: 75, cooldown: MINUTE, grace: MINUTE },
};

/** @returns undefined where something is missing that the rules (kind-rules.ts) have reported */
export function resolveLeaf(leaf: LeafFile, given: Given): Leaf | undefined {
  const { dns, schedule, always } = leaf.wake;
  if (dns) return resolveDns(leaf, given);
  if (schedule) return resolveTask(leaf, given);
  if (always) return resolveService(leaf, given);
  return leaf.existing ? resolveExisting(leaf, given) : resolveOwn(leaf, given);
}

function resolveDns(leaf: LeafFile, { domain, zone = "own", ...given }: Given): DnsLeaf | undefined {
  const { watchdog, wake } = leaf;
  const compute = resolveCompute(leaf);
  if (domain === undefined || !wake.dns || compute?.on !== "ec2" || !leaf.ports || watchdog.idle === "never") return undefined;
  const { below = DEFAULTS.dns.below, for: idleFor = DEFAULTS.dns.idle } = watchdog.idle ?? {};
  return {
    kind: "dns",
    ...container(leaf, given, leaf.health && dnsHealth(leaf.health, leaf)),
    wake: { dns: wake.dns },
    compute,
    watchdog: { ...watchdog, idle: { below, for: idleFor } },
    domain,
    zone,
  };
}

function resolveTask(leaf: LeafFile, given: Given): TaskLeaf | undefined {
  const compute = resolveCompute(leaf);
  const { schedule } = leaf.wake;
  if (!compute || !schedule) return undefined;
  const enabled = typeof schedule.enabled === "boolean" ? schedule.enabled : (schedule.enabled[given.environment] ?? true);
  return {
    kind: "task",
    ...container(leaf, given, commandHealthOf(leaf)),
    wake: { schedule: { ...schedule, enabled } },
    compute,
    watchdog: { leftUp: leaf.watchdog.leftUp },
  };
}

function resolveService(leaf: LeafFile, given: Given): ServiceLeaf | undefined {
  const compute = resolveCompute(leaf);
  if (!compute || !leaf.wake.always) return undefined;
  const patterns = leaf.route ?? ["/*"];
  const route = leaf.ports && resolveRoute({ ...leaf, route: patterns }, given.name, given.domain);
  if (leaf.ports && !route) return undefined;
  return {
    kind: "service",
    ...container(leaf, given, commandHealthOf(leaf)),
    wake: { always: leaf.wake.always },
    compute,
    scale: resolveScale(leaf),
    ...(route
      ? {
          route: {
            ...route,
            visibility: leaf.visibility ?? "public",
            grace: parsedGrace(leaf),
            ...(given.domain === undefined ? {} : { domain: given.domain }),
          },
        }
      : {}),
    watchdog: { crashLoop: leaf.watchdog.crashLoop },
  };
}

const parsedGrace = ({ health }: LeafFile): number => health?.grace ?? DEFAULTS.service.grace;

function resolveScale({ scale = {} }: LeafFile): Scale {
  const { min = 1, max = min, cpu, memory, requests, cooldown = DEFAULTS.service.cooldown } = scale;
  if (max <= min) return { min, max: min, cooldown };
  const goals = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(requests === undefined ? {} : { requests }),
  };
  return { min, max, cooldown, ...(Object.keys(goals).length === 0 ? { cpu: DEFAULTS.service.cpu } : goals) };
}

const commandHealthOf = ({ health }: LeafFile): Health | undefined =>
  health?.command === undefined ? undefined : commandHealth(health.command, health, DEFAULTS.engine.interval);

function resolveOwn(leaf: LeafFile, given: Given): OwnEngine | undefined {
  const compute = resolveCompute(leaf);
  const route = resolveRoute(leaf, given.name);
  if (!compute || (leaf.route && !route)) return undefined;
  const { leftUp, crashLoop, idle } = leaf.watchdog;
  const idleFor = idle === "never" || !route ? undefined : (idle?.for ?? DEFAULTS.engine.idle);
  return {
    kind: "engine",
    ...container(leaf, given, commandHealthOf(leaf)),
    wake: leaf.wake,
    compute,
    ...(route ? { route } : {}),
    watchdog: { leftUp, crashLoop, ...(idleFor === undefined ? {} : { idle: { for: idleFor } }) },
  };
}

function resolveExisting(leaf: LeafFile, { name, file }: Given): EngineLeaf | undefined {
  const { existing, wake, alerts, drain } = leaf;
  if (!existing || !wake.event) return undefined;
  const { leftUp, crashLoop } = leaf.watchdog;
  return {
    kind: "engine",
    name,
    file,
    alerts,
    wake: { event: wake.event },
    watchdog: { leftUp, crashLoop },
    existing: { ...existing, container: existing.container ?? name },
    drain,
  };
}

function container(leaf: LeafFile, { name, file }: Given, health: Health | undefined): ContainerLeaf {
  const folder = dirname(file);
  const { image, build, command, entrypoint, environment, volumes, stopTimeout, process, alerts, secrets, permissions } = leaf;
  return {
    name,
    file,
    alerts,
    ...(image === undefined ? {} : { image }),
    ...(build === undefined ? {} : { build: { ...build, context: resolve(folder, build.context) } }),
    ...(command === undefined ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ports: leaf.ports ?? [],
    environment,
    volumes,
    secrets,
    permissions,
    stopTimeout,
    ...(health === undefined ? {} : { health }),
    ...(process === undefined ? {} : { process: { command: wordsOf(process.command), directory: resolve(folder, process.directory) } }),
  };
}

function wordsOf(command: string | string[]): string[] {
  return typeof command === "string" ? (splitWords(command) ?? []) : command;
}

function resolveCompute({ compute }: LeafFile): Ec2Compute | FargateCompute | undefined {
  if (!compute) return undefined;
  const { on, instanceType, memory, cpu = FARGATE_CPU, architecture = "x86_64" } = compute;
  if (on !== "ec2") return { on, cpu, memory: memory ?? fargateMemory(cpu)[0]!, architecture };
  if (instanceType === undefined) return undefined;
  return { on, instanceType, architecture: architectureOf(instanceType), ...(memory === undefined ? {} : { memory }) };
}

function resolveRoute(leaf: LeafFile, name: string, host?: string): Route | undefined {
  const { route: patterns, ports, priority, drain, health } = leaf;
  // All of its ports are TCP; the load balancer sends requests to the first.
  const port = ports?.[0]?.port;
  if (!patterns || port === undefined) return undefined;
  const { interval = DEFAULTS.engine.interval, timeout = DEFAULTS.engine.timeout, passes = 2, retries = 3, matcher = "200-399" } = health ?? {};
  return {
    patterns,
    priority: priority ?? priorityOf(name, patterns, host),
    port,
    check: { path: health?.path ?? "/", interval, timeout, passes, retries, matcher },
    drain,
  };
}

type HealthFile = NonNullable<LeafFile["health"]>;

function dnsHealth(health: HealthFile, leaf: LeafFile): Health {
  if (health.command) return commandHealth(health.command, health, DEFAULTS.dns.interval);
  const to = health.port ?? leaf.ports?.find((each) => each.protocol === "tcp")?.port;
  // A child process is given another port in PORT_<port>; a container listens on its own. Images have one of the two programs.
  const url = `"http://127.0.0.1:\${PORT_${to}:-${to}}${health.path}"`;
  return commandHealth(`curl -fsS -o /dev/null ${url} || wget -q -O /dev/null ${url} || exit 1`, health, DEFAULTS.dns.interval);
}

function commandHealth(command: string | string[], { interval, timeout, retries, startPeriod }: HealthFile, usual: number): Health {
  const times = { interval: interval ?? usual, timeout, retries, startPeriod };
  if (typeof command === "string") return { ...times, command: ["CMD-SHELL", command] };
  return { ...times, command: /^CMD(-SHELL)?$/.test(command[0] ?? "") ? command : ["CMD", ...command] };
}
