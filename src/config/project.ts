import type { z } from "zod";
import type { baseSchema } from "./base-schema.ts";
import type { leafSchema } from "./leaf-schema.ts";
import type { Architecture, Port } from "./values.ts";
import type { Wake, WakeSchedule } from "./wake-schema.ts";

/** Fully resolved: all defaults in. Durations are seconds, rates bytes per second, sizes MiB, folders absolute paths. */

type BaseFile = z.output<typeof baseSchema>;
type LeafFile = z.output<typeof leafSchema>;

/** `maxAzs`: a new network; `name`: one that exists; `default`: the account's own. */
export type Vpc = { readonly maxAzs: number; readonly cidr?: string } | { readonly name: string } | { readonly default: true };

export interface Base extends Omit<BaseFile, "vpc"> {
  /** The environment's own region already put in. */
  readonly region: string;
  readonly vpc: Vpc;
  /** In the environment `local` never undefined: `rouse.test` and `ZROUSETEST` when the file gives none. */
  readonly domain?: Domain;
}

export interface Domain {
  /** The root zone's. */
  readonly name: string;
  readonly hostedZoneId: string;
  /** Name of the zone that leaves share, below `name`; undefined where each has its own. */
  readonly zone?: string;
}

export type LoadBalancer = BaseFile["loadBalancer"];
export type Engines = BaseFile["engines"];
export type Workflow = Engines["workflows"][string];
export type Schedule = Engines["schedules"][string];

/** A container's health check. */
export interface Health {
  /** As ECS wants it: begins with CMD or CMD-SHELL. */
  readonly command: string[];
  /** Seconds. */
  readonly interval: number;
  /** Seconds. */
  readonly timeout: number;
  readonly retries: number;
  /** Seconds. */
  readonly startPeriod: number;
}

/** The load balancer's health check of an engine's target group. */
export interface TargetCheck {
  readonly path: string;
  /** Seconds. */
  readonly interval: number;
  /** Seconds; less than the interval. */
  readonly timeout: number;
  /** Passed checks in a row. */
  readonly passes: number;
  /** Failed checks in a row. */
  readonly retries: number;
  /** HTTP codes, such as 200-399. */
  readonly matcher: string;
}

export interface Ec2Compute {
  readonly on: "ec2";
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly memory?: number;
}

export interface FargateCompute {
  readonly on: "fargate" | "fargate-spot";
  /** CPU units; 1024 are a vCPU. */
  readonly cpu: number;
  readonly memory: number;
  readonly architecture: Architecture;
}

/** What a task role may do, as the file says it: short forms with names, and statements. */
export type Permissions = LeafFile["permissions"];
/** Where a secret is kept. */
export type Secret = LeafFile["secrets"][string];

interface AnyLeaf {
  /** The file's name; a valid DNS label. */
  readonly name: string;
  /** Absolute path of the leaf's file. */
  readonly file: string;
  readonly alerts: LeafFile["alerts"];
}

/** A leaf whose container Rouse makes. */
export interface ContainerLeaf
  extends AnyLeaf, Pick<LeafFile, "command" | "entrypoint" | "environment" | "volumes" | "stopTimeout" | "secrets" | "permissions"> {
  /** Exactly one of `image` and `build`. `context` is an absolute path, `dockerfile` is relative to it. */
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: Record<string, string> };
  /** Empty for a scheduled task, and for an engine or a service that nothing reaches. */
  readonly ports: Port[];
  readonly health?: Health;
  readonly process?: { readonly command: string[]; readonly directory: string };
}

type Watchdog = Pick<LeafFile["watchdog"], "leftUp" | "crashLoop">;

/** A leaf that a DNS query wakes: a service on an instance, with a name of its own. */
export interface DnsLeaf extends ContainerLeaf {
  readonly kind: "dns";
  readonly wake: Required<Pick<Wake, "dns">>;
  readonly compute: Ec2Compute;
  readonly watchdog: Watchdog & { readonly idle: { readonly below: number; readonly for: number }; readonly grace: number };
  /** Full name, lower case, no dot at the end. Always below `base.domain.name`. */
  readonly domain: string;
  /** `shared`: one label below `base.domain.zone`, in that zone. `own`: in a zone of this name. */
  readonly zone: "shared" | "own";
}

/** A leaf that events or requests wake: a task of its own, behind the load balancer where it has a route. */
export interface OwnEngine extends ContainerLeaf {
  readonly kind: "engine";
  readonly existing?: undefined;
  readonly wake: Pick<Wake, "event" | "http">;
  readonly compute: Ec2Compute | FargateCompute;
  /** Where it is reached; undefined for an engine that is not behind the load balancer. */
  readonly route?: Route;
  /** `idle`: seconds without a request after which it sleeps; undefined: never by itself. */
  readonly watchdog: Watchdog & { readonly idle?: { readonly for: number } };
}

export interface Route {
  /** Path patterns of the listener rule, one to five. */
  readonly patterns: string[];
  /** The listener rule's, 1 to 50000. */
  readonly priority: number;
  /** The port to which the load balancer sends requests. */
  readonly port: number;
  readonly check: TargetCheck;
  /** Deregistration delay, seconds. */
  readonly drain: number;
}

/** An engine of parts that are there already. */
export interface ExistingEngine extends AnyLeaf {
  readonly kind: "engine";
  readonly existing: NonNullable<LeafFile["existing"]> & { readonly container: string };
  readonly wake: Required<Pick<Wake, "event">>;
  readonly watchdog: Watchdog;
  /** How long open requests may go on after the task is taken out of the target group, seconds. */
  readonly drain: number;
}

/** A task that runs once per tick of its schedule, and ends by itself. */
export interface TaskLeaf extends ContainerLeaf {
  readonly kind: "task";
  readonly wake: { readonly schedule: Omit<WakeSchedule, "enabled"> & { /** In this environment. */ readonly enabled: boolean } };
  readonly compute: Ec2Compute | FargateCompute;
  /** A run that takes longer than `leftUp.after` is told of, and stopped where `leftUp.stop`. */
  readonly watchdog: Pick<Watchdog, "leftUp">;
}

/** A service that is always on. */
export interface ServiceLeaf extends ContainerLeaf {
  readonly kind: "service";
  readonly wake: Required<Pick<Wake, "always">>;
  readonly compute: Ec2Compute | FargateCompute;
  readonly scale: Scale;
  /** Where it is reached; undefined for a worker. */
  readonly route?: ServiceRoute;
  readonly watchdog: Pick<Watchdog, "crashLoop">;
}

export interface Scale {
  /** Tasks. */
  readonly min: number;
  /** Tasks; equal to `min` where nothing is scaled. */
  readonly max: number;
  /** Percent; at least one of the three goals where `max` is more than `min`, none where it is not. */
  readonly cpu?: number;
  /** Percent. */
  readonly memory?: number;
  /** For each task and minute. */
  readonly requests?: number;
  /** Seconds. */
  readonly cooldown: number;
}

export interface ServiceRoute extends Route {
  readonly visibility: "public" | "internal";
  /** Full name, lower case, no dot at the end; `base.domain.name` or below it. */
  readonly domain?: string;
  /** Seconds after its start in which a task is not replaced for failed checks. */
  readonly grace: number;
}

export type EngineLeaf = OwnEngine | ExistingEngine;
export type Leaf = DnsLeaf | EngineLeaf | TaskLeaf | ServiceLeaf;

export interface Project {
  /** Absolute path of the folder with rouse.yaml. */
  readonly directory: string;
  readonly environment: { readonly name: string; readonly account?: string };
  readonly base: Base;
  /** Sorted by name. */
  readonly leaves: Leaf[];
}

/** Leaves whose names are in the zone that they share. */
export const isInSharedZone = (leaf: Leaf): leaf is DnsLeaf => leaf.kind === "dns" && leaf.zone === "shared";
export const isDnsLeaf = (leaf: Leaf): leaf is DnsLeaf => leaf.kind === "dns";
export const isEngine = (leaf: Leaf): leaf is EngineLeaf => leaf.kind === "engine";
/** Engines whose requests go through the load balancer. */
export const isRouted = (leaf: Leaf): leaf is OwnEngine & { readonly route: Route } =>
  leaf.kind === "engine" && !leaf.existing && leaf.route !== undefined;

export const isTask = (leaf: Leaf): leaf is TaskLeaf => leaf.kind === "task";
export const isService = (leaf: Leaf): leaf is ServiceLeaf => leaf.kind === "service";
/** Leaves whose requests go through a load balancer, public or internal: engines with a route, and services with ports. */
export const isBalanced = (leaf: Leaf): leaf is (OwnEngine & { readonly route: Route }) | (ServiceLeaf & { readonly route: ServiceRoute }) =>
  isRouted(leaf) || (isService(leaf) && leaf.route !== undefined);
/** Leaves whose container Rouse makes: all but engines of parts that are there already. */
export const isContainerLeaf = (leaf: Leaf): leaf is DnsLeaf | OwnEngine | TaskLeaf | ServiceLeaf => leaf.kind !== "engine" || !leaf.existing;

export type { Architecture, Port } from "./values.ts";
export type { WakeSchedule } from "./wake-schema.ts";
