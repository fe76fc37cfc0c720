import type { LeafState, LeafStatus } from "./leaf-state.ts";

/** A service that is always on, as `--json` prints it. */
export interface Serving {
  desired: number;
  running: number;
  /** How many tasks scaling leaves it; null where nothing is registered. */
  min: number | null;
  max: number | null;
  /** Targets that the load balancer sends requests to, and all that are registered; absent for a worker. */
  healthy?: number;
  targets?: number;
  visibility?: "public" | "internal";
  deployment: {
    /** `family:revision`. */
    definition: string;
    /** ECS's rollout state: `IN_PROGRESS`, `COMPLETED` or `FAILED`. */
    state: string;
    /** ISO 8601. */
    at: string | null;
    reason?: string;
  };
}

/** What is there of a service now, as AWS tells it. Times are milliseconds since the epoch. */
export interface ServiceObservation {
  readonly desired: number;
  readonly running: number;
  readonly limits?: { readonly min: number; readonly max: number };
  /** Elastic Load Balancing's states of the registered targets; undefined for a worker. */
  readonly targets?: readonly string[];
  readonly visibility?: "public" | "internal";
  readonly deployment: { readonly definition: string; readonly state: string; readonly at?: number; readonly reason?: string };
  /** The newest event of the service, in ECS's words. */
  readonly event?: string;
  readonly url?: string;
}

/** The state of a service, from what is observed and nothing else. It never sleeps: asleep is one that somebody has set to 0. */
export function serviceStateOf({ desired, running, targets, deployment }: ServiceObservation): LeafState {
  if (desired === 0) return running > 0 ? "falling asleep" : "asleep";
  if (running > 0 && (targets === undefined || targets.includes("healthy"))) return "awake";
  return deployment.state === "FAILED" ? "crashed" : "waking";
}

/** The status as it is shown and as `--json` prints it. @param observed undefined when the leaf's stack is not there */
export function describeService(name: string, observed: ServiceObservation | undefined): LeafStatus {
  if (!observed) return { name, state: "not deployed", address: null, since: null };
  const { desired, running, limits, targets, visibility, deployment, url, event } = observed;
  const state = serviceStateOf(observed);
  const at = deployment.at === undefined ? null : new Date(deployment.at).toISOString();
  const isWell = state === "awake" && running >= desired && deployment.state !== "FAILED";
  const reason = deployment.state === "FAILED" ? (deployment.reason ?? event) : isWell || state === "asleep" ? undefined : event;
  return {
    name,
    state,
    ...(url ? { url } : {}),
    address: state === "awake" ? (url ?? null) : null,
    since: at,
    ...(reason ? { reason } : {}),
    serving: {
      desired,
      running,
      min: limits?.min ?? null,
      max: limits?.max ?? null,
      ...(targets ? { healthy: targets.filter((one) => one === "healthy").length, targets: targets.length } : {}),
      ...(visibility ? { visibility } : {}),
      deployment: { definition: deployment.definition, state: deployment.state, at, ...(deployment.reason ? { reason: deployment.reason } : {}) },
    },
  };
}
