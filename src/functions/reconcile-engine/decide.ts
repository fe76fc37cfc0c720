import type { StopMark } from "../shared/engine.ts";
import { byAge, isLiving, type SeenTask } from "../shared/seen-task.ts";
import { stopReason } from "../shared/stopped.ts";
import { type Announcement, announcements, forgettable, isLeftUp, isTold } from "./announce.ts";
import { activityFrom, lastActivity, METRICS_LATE_MS, type Minute, wantedAt } from "./idle.ts";
import { type Announced, type Config, type Observation, type Place, placeOf, type Route, samePlace, type Target } from "./observation.ts";

export type Action =
  /** `settle`: requests of before may still be on their way; the load balancer needs a moment until all of it knows. */
  | { readonly do: "route"; readonly to: Exclude<Route, "other">; readonly settle: boolean }
  | { readonly do: "register" | "deregister"; readonly targets: readonly Place[] }
  | { readonly do: "mark"; readonly task: string; readonly mark: StopMark }
  | { readonly do: "unmark"; readonly task: string }
  /** While it has that mark: one that was woken and marked again is registered again, and has to drain again. */
  | { readonly do: "stop"; readonly task: string; readonly mark: StopMark; readonly reason: string }
  | { readonly do: "announce"; readonly announcement: Announcement }
  | { readonly do: "forget"; readonly announced: Announced };

export interface Plan {
  /** What to do now, in this order. Afterwards it looks again. */
  readonly actions: readonly Action[];
  /** Something is about to happen that has no event: a target becomes healthy, or has drained. */
  readonly soon: boolean;
  /** When to look again at the latest, where no event may tell; undefined: when something happens. */
  readonly check?: number;
}

/** ECS and the load balancer have this long for a step before somebody looks again. */
const STEP_MS = 5 * 60_000;
/** A target that is not healthy is looked at closely for this long after its task has started, seldom afterwards. */
const BOOT_MS = 10 * 60_000;
const SELDOM_MS = 2 * 60_000;
/** A drain that ends within this is waited for, a longer one has a schedule. */
const SHORT_DRAIN_MS = 60_000;

interface Seen {
  readonly observed: Observation;
  readonly config: Config;
  readonly minutes: readonly Minute[] | undefined;
  /** Living and not marked, the oldest first. */
  readonly wanted: readonly SeenTask[];
  readonly marked: readonly SeenTask[];
  readonly target: (task: SeenTask) => Target | undefined;
}

/**
 * What to do about the state as it is. Depends on nothing else: no event, and nothing that an earlier run remembers.
 * @param minutes of the load balancer, where `activityNeeded` asks for them
 */
export function decide(observed: Observation, config: Config, minutes?: readonly Minute[]): Plan {
  const seen = see(observed, config, minutes);
  const asleep = marks(seen);
  // What is marked now is looked at again, marked, before anything follows from it.
  if (asleep.length > 0) return { actions: asleep, soon: false };
  const { route, served } = rule(seen);
  const stops = seen.marked.map((task) => stop(seen, task));
  const actions = [
    ...targetsToRegister(seen),
    ...route,
    ...targetsToDeregister(seen),
    ...stops.flatMap(({ action }) => action ?? []),
    ...announcements(observed, config, { up: seen.wanted.slice(0, 1).find(isUp), serving: served }).map((announcement): Action => ({
      do: "announce",
      announcement,
    })),
    ...forgettable(observed).map((announced): Action => ({ do: "forget", announced })),
  ];
  const boot = seen.wanted.map((task) => booting(seen, task));
  const checks = [...boot.map(({ check }) => check), ...stops.map(({ check }) => check), ...seen.wanted.slice(0, 1).map((task) => due(seen, task))];
  const check = Math.min(...checks.filter((at) => at !== undefined));
  return { actions, soon: [...boot, ...stops].some(({ soon }) => soon), ...(Number.isFinite(check) ? { check } : {}) };
}

function see(observed: Observation, config: Config, minutes?: readonly Minute[]): Seen {
  const living = observed.tasks.filter(isLiving).sort(byAge);
  return {
    observed,
    config,
    minutes,
    wanted: living.filter(({ mark }) => !mark),
    marked: living.filter(({ mark }) => mark),
    target: (task) => {
      const place = placeOf(task, config.engine, observed.instances);
      return place && observed.targets.find((target) => samePlace(target, place));
    },
  };
}

/** From when on `decide` needs the minutes; undefined where it decides without. */
export function activityNeeded(observed: Observation, config: Config): number | undefined {
  if (config.idleMs <= 0 || config.engine.targetGroup === undefined) return undefined;
  const { wanted, marked } = see(observed, config);
  const due = (task: SeenTask): boolean => isUp(task) && wantedAt(task) + config.idleMs + METRICS_LATE_MS <= observed.now;
  const task = wanted.slice(0, 1).find(due) ?? marked.find((task) => task.mark?.by === "idle" && isConfirmable(task, observed.now));
  return task && activityFrom(task, config, observed.now);
}

const isUp = ({ lastStatus, startedAt }: SeenTask): boolean => lastStatus === "RUNNING" && startedAt !== undefined;
const isConfirmable = ({ mark }: SeenTask, now: number): boolean => mark !== undefined && now >= Date.parse(mark.at) + METRICS_LATE_MS;

// --------------------------------------------------------------------------------------------------- who is to sleep

function marks({ observed, config, minutes, wanted, marked }: Seen): Action[] {
  const { now } = observed;
  const mark = (task: SeenTask, by: StopMark["by"]): Action => ({
    do: "mark",
    task: task.arn,
    mark: { at: new Date(now).toISOString(), by, drain: true },
  });
  const [first, ...others] = wanted;
  // The oldest stays, whichever is ready first: so that two who look at different moments do not each stop the other's.
  const actions = others.map((task) => mark(task, "duplicate"));
  if (first && isUp(first)) {
    const activity = minutes && lastActivity(first, minutes, config, now);
    if (config.idleMs > 0 && activity !== undefined && activity + config.idleMs + METRICS_LATE_MS <= now) actions.push(mark(first, "idle"));
    // Announced first: then it is marked, and no longer among those that are left up.
    else if (config.leftUpStop && isLeftUp(first, config, now) && isTold(observed, "left-up", first)) actions.push(mark(first, "left-up"));
  }
  for (const task of marked) {
    // Requests of the minutes before the mark that CloudWatch had not told of yet.
    if (task.mark?.by !== "idle" || !minutes || !isConfirmable(task, now)) continue;
    if (lastActivity(task, minutes, config, now) + config.idleMs > Date.parse(task.mark.at)) actions.push({ do: "unmark", task: task.arn });
  }
  return actions;
}

// ------------------------------------------------------------------------------------------------ targets and the rule

const isRegistered = ({ wanted, observed, config }: Seen): Place[] =>
  config.engine.targetGroup === undefined
    ? []
    : wanted
        .filter(isUp)
        .map((task) => placeOf(task, config.engine, observed.instances))
        .filter((place) => place !== undefined);

function targetsToRegister(seen: Seen): Action[] {
  const targets = isRegistered(seen).filter(
    (place) => !seen.observed.targets.some((target) => samePlace(target, place) && target.state !== "draining"),
  );
  return targets.length > 0 ? [{ do: "register", targets }] : [];
}

function targetsToDeregister(seen: Seen): Action[] {
  const right = isRegistered(seen);
  const targets = seen.observed.targets.filter((target) => target.state !== "draining" && !right.some((place) => samePlace(place, target)));
  return targets.length > 0 ? [{ do: "deregister", targets: targets.map(({ address, port }) => ({ address, port })) }] : [];
}

/** Known to fail: the load balancer sends requests to such a target only where there is no better one. */
const FAILING = ["unhealthy", "unavailable"];

/** `served`: the task that people can use now. */
function rule(seen: Seen): { route: Action[]; served?: SeenTask } {
  const { observed, config, wanted, target } = seen;
  const up = wanted.filter(isUp);
  if (config.engine.targetGroup === undefined) return { route: [], served: up[0] };
  const healthy = up.find((task) => target(task)?.state === "healthy");
  if (observed.route === undefined) return { route: [], served: healthy };
  const isFailing = up.some((task) => FAILING.includes(target(task)?.state ?? ""));
  const to = healthy || (isFailing && observed.route === "service") ? "service" : "doorman";
  if (observed.route === to) return { route: [], served: healthy };
  const settle = to === "doorman" && seen.marked.some((task) => target(task) !== undefined);
  return { route: [{ do: "route", to, settle }] };
}

// ------------------------------------------------------------------------------------------------------------- waiting

interface Waiting {
  readonly soon: boolean;
  readonly check?: number;
}

function booting({ observed: { now }, config, target }: Seen, task: SeenTask): Waiting {
  if (!isUp(task)) return { soon: false, check: now + STEP_MS };
  if (config.engine.targetGroup === undefined || task.target?.elsewhere || target(task)?.state === "healthy") return { soon: false };
  return now - task.startedAt! < BOOT_MS ? { soon: true, check: now } : { soon: false, check: now + SELDOM_MS };
}

/** When the wanted task is to be looked at because of its watchdog. */
function due({ observed, config, minutes }: Seen, task: SeenTask): number | undefined {
  const { now } = observed;
  if (!isUp(task)) return undefined;
  const activity = minutes ? lastActivity(task, minutes, config, now) : wantedAt(task);
  const idle = config.idleMs > 0 && config.engine.targetGroup !== undefined ? activity + config.idleMs + METRICS_LATE_MS : Infinity;
  const leftUp = config.leftUpMs > 0 && (!isTold(observed, "left-up", task) || config.leftUpStop) ? wantedAt(task) + config.leftUpMs : Infinity;
  const at = Math.min(idle, leftUp);
  return Number.isFinite(at) ? at : undefined;
}

/** A marked task: out of the target group, drained, and only then stopped. */
function stop({ observed: { now }, config, minutes, target }: Seen, task: SeenTask): Waiting & { action?: Action[] } {
  const mark = task.mark!;
  const stopNow = { soon: false, check: now + STEP_MS, action: [{ do: "stop" as const, task: task.arn, mark, reason: stopReason(mark) }] };
  if (!mark.drain || config.engine.targetGroup === undefined || !isUp(task)) return stopNow;
  const drained = Date.parse(mark.at) + config.drainMs;
  if (target(task)) {
    // It may have begun to drain long after the mark, when an event was lost: then nothing says when it ends.
    const isDue = Math.abs(drained - now) <= SHORT_DRAIN_MS;
    return { soon: isDue, check: isDue || drained > now ? Math.max(drained, now) : now + SHORT_DRAIN_MS };
  }
  if (mark.by === "idle" && config.idleMs > 0 && (!isConfirmable(task, now) || !minutes)) {
    return { soon: false, check: Date.parse(mark.at) + METRICS_LATE_MS };
  }
  return stopNow;
}
