import type { TargetGroupPlan, TargetPlan } from "../model.ts";

/** A target with what choosing needs to know of it. */
export interface Candidate {
  plan: TargetPlan;
  /** Requests and upgraded connections under way. */
  inFlight: number;
  /** Of the weighted round robin. */
  credit: number;
}

/**
 * Those that may get requests: the healthy ones; all that answer to health checks or fail them, where fewer are healthy than
 * `target_group_health.unhealthy_state_routing.minimum_healthy_targets.*` wants (at least one). A target whose registration
 * or first health checks are not over gets none, nor one that drains (User Guide, "Target groups", "Registered targets":
 * "as soon as the registration process completes and the target passes the initial health checks").
 */
export function routable<C extends Candidate>(candidates: readonly C[], attributes: Record<string, string>): C[] {
  const healthy = candidates.filter(({ plan }) => plan.state === "healthy" || plan.state === "unavailable");
  const all = candidates.filter(({ plan }) => plan.state === "unhealthy" || plan.state === "healthy" || plan.state === "unavailable");
  const prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
  const count = numberOr(attributes[`${prefix}.count`], 1);
  const percentage = numberOr(attributes[`${prefix}.percentage`], 0);
  return healthy.length < count || healthy.length * 100 < percentage * all.length ? all : healthy;
}

function numberOr(text: string | undefined, otherwise: number): number {
  return text === undefined || text === "off" ? otherwise : Number(text);
}

/** Chooses among those that may get requests. */
export interface Choice {
  attributes: TargetGroupPlan["attributes"];
  now: number;
  /** From 0 to below 1. */
  fraction: () => number;
}

/** The algorithms of `load_balancing.algorithm.type`; `among` is not empty. */
export function choose<C extends Candidate>(among: readonly C[], { attributes, now, fraction }: Choice): C {
  if (among.length === 1) return among[0]!;
  const algorithm = attributes["load_balancing.algorithm.type"];
  if (algorithm === "least_outstanding_requests") return leastOutstanding(among);
  // All weights are the same without anomaly mitigation, which is refused.
  if (algorithm === "weighted_random") return among[Math.floor(fraction() * among.length)]!;
  return roundRobin(among, slowStart(among, Number(attributes["slow_start.duration_seconds"] ?? 0) * 1000, now));
}

/** Among equals the one that has waited longest: `credit` counts what each was given. */
function leastOutstanding<C extends Candidate>(among: readonly C[]): C {
  const chosen = among.reduce((best, one) =>
    one.inFlight < best.inFlight || (one.inFlight === best.inFlight && one.credit < best.credit) ? one : best,
  );
  chosen.credit++;
  return chosen;
}

/** Smooth weighted round robin, as nginx has it: with equal weights, plain round robin. */
function roundRobin<C extends Candidate>(among: readonly C[], weightOf: (candidate: C) => number): C {
  let total = 0;
  let chosen = among[0]!;
  for (const candidate of among) {
    const weight = weightOf(candidate);
    total += weight;
    candidate.credit += weight;
    if (candidate.credit > chosen.credit) chosen = candidate;
  }
  chosen.credit -= total;
  return chosen;
}

const FULL = (): number => 1;

/**
 * "The load balancer linearly increases the number of requests that it can send to a target in slow start mode", and targets
 * "enter slow start mode only when there is at least one healthy target that is not" in it (User Guide, "Slow start mode").
 */
function slowStart(among: readonly Candidate[], durationMs: number, now: number): (candidate: Candidate) => number {
  if (durationMs === 0) return FULL;
  const age = ({ plan }: Candidate): number => (plan.healthySince === undefined ? Number.POSITIVE_INFINITY : now - plan.healthySince);
  if (among.every((candidate) => age(candidate) < durationMs)) return FULL;
  return (candidate) => Math.min(1, Math.max(0.01, age(candidate) / durationMs));
}
