import type { Engine } from "../shared/engine.ts";
import type { LeafId } from "../shared/names.ts";
import type { SeenTask } from "../shared/seen-task.ts";

/** Where a task is reached: what a target group's target is made of. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface Target extends Place {
  /** Elastic Load Balancing's: `initial`, `healthy`, `unhealthy`, `draining`, `unused`, `unavailable`. */
  readonly state: string;
}

/** Where the listener rule sends requests. `other`: neither, or not in the form in which this function writes it. */
export type Route = "service" | "doorman" | "other";

/** Something that people are told once of a task; `ended`: it never was up, and only the history is told. */
export type Occasion = "up" | "stopped" | "crashed" | "left-up" | "ended";

export interface Announced {
  readonly occasion: Occasion;
  /** Id, not ARN. */
  readonly task: string;
  /** Milliseconds. */
  readonly at: number;
}

/** What is there now. Times are milliseconds. */
export interface Observation {
  /** Of the last hour, stopped ones too. */
  readonly tasks: readonly SeenTask[];
  readonly targets: readonly Target[];
  /** Undefined where there is no rule to switch. */
  readonly route?: Route;
  readonly announced: readonly Announced[];
  /** Private addresses of container instances, by their ARN: tasks in network mode bridge have none of their own. */
  readonly instances: Readonly<Record<string, string>>;
  readonly now: number;
}

/** What this function knows of its leaf. Times are milliseconds. */
export interface Config extends LeafId {
  readonly engine: Engine;
  /** 0: never sleeps by itself. */
  readonly idleMs: number;
  readonly leftUpMs: number;
  readonly leftUpStop: boolean;
  readonly drainMs: number;
  readonly address: string;
  /** Its requests are counted: it has a target group of ours. */
  readonly isMeasured: boolean;
  /** A rule leads to it, and is switched. */
  readonly isRouted: boolean;
  /** What an hour awake costs, US dollars; empty where no price is known. */
  readonly hourUsd: string;
}

/** Where the task is reached, or is going to be; undefined while that is not known, and for what has no port. */
export function placeOf(task: SeenTask, engine: Engine, instances: Observation["instances"]): Place | undefined {
  const port = task.target?.port ?? engine.port;
  if (port === undefined || task.target?.elsewhere) return undefined;
  if (engine.network === "awsvpc") return task.address === undefined ? undefined : { address: task.address, port };
  const container = task.containers.find(({ name }) => name === (task.target?.container ?? engine.container));
  const host = container?.ports.find((binding) => binding.container === port)?.host;
  const address = task.instance === undefined ? undefined : instances[task.instance];
  return host === undefined || address === undefined ? undefined : { address, port: host };
}

export const samePlace = (a: Place, b: Place): boolean => a.address === b.address && a.port === b.port;
