import type { Told } from "../shared/aws-announced.ts";
import type { LeafId } from "../shared/names.ts";
import { howEnded, isCapacityFailure, type Stopped } from "../shared/stopped.ts";
import { SERVICE_EVENTS } from "./env.ts";

/** Something that people are told once of a service. */
export type Occasion = "failed" | "crashing" | "unplaced";
type Announced = Told<Occasion>;

/** A task of the service that has stopped. */
export interface EndedTask extends Stopped {
  /** Id. */
  readonly id: string;
  /** `family:revision`. */
  readonly definition: string;
  /** Id of the deployment that started it. */
  readonly deployment: string;
  /** Milliseconds. */
  readonly at: number;
}

export interface Deployment {
  readonly id: string;
  /** `family:revision`. */
  readonly definition: string;
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`. */
  readonly rollout: string;
  /** Tasks of this one alone. */
  readonly desired: number;
  readonly running: number;
}

/** What is there now. Times are milliseconds. */
export interface Observation {
  readonly desired: number;
  readonly running: number;
  /** The deployment that ECS keeps up. */
  readonly primary: Deployment;
  /** Stopped tasks, of the last hour at least. */
  readonly ended: readonly EndedTask[];
  readonly announced: readonly Announced[];
  readonly now: number;
}

/** What has woken the function. */
export interface Hint {
  readonly name?: string;
  readonly deployment?: string;
  readonly reason?: string;
}

export interface Config extends LeafId {
  readonly crashLoop: { readonly stops: number; readonly withinMs: number };
  readonly logGroup: string;
}

export interface Announcement {
  readonly occasion: Occasion;
  /** What the occasion is the one of: a deployment, the first task of a loop. */
  readonly task: string;
  readonly why: string;
  readonly stops?: number;
  /** Id of the task that ended last. */
  readonly last?: string;
}

export interface Decision {
  readonly due: readonly Announcement[];
  /** Occasions that go on. */
  readonly renew: readonly Announced[];
  readonly forget: readonly Announced[];
}

/**
 * True for a stop that the task brought about itself: it ended, could not start, or failed its checks. What the scheduler
 * stops otherwise (a deployment, scaling in) says so in its reason, spot and host failures have codes of their own
 * (Amazon ECS API reference, Task, stopCode; Developer Guide, "Amazon ECS stopped tasks error messages").
 */
export function isCrash(task: Stopped): boolean {
  if (task.stopCode === "TaskFailedToStart") return !isCapacityFailure(task);
  return (
    task.stopCode === "EssentialContainerExited" || (task.stopCode === "ServiceSchedulerInitiated" && /health check/i.test(task.stoppedReason ?? ""))
  );
}

/** What people are to be told now, and what need not be remembered any more. An event is a hint; the rest is looked at. */
export function decide(hint: Hint, observed: Observation, config: Config): Decision {
  const crashing = crashes(observed, config);
  return {
    due: [...failed(hint, observed), ...crashing.due, ...unplaced(hint, observed)],
    renew: crashing.renew,
    forget: [...old(observed, config), ...placed(observed)],
  };
}

/** A failed deployment is told of by its own event, once; ECS forgets it as soon as its tasks are gone. */
function failed({ name, deployment = "", reason = "" }: Hint, { announced, ended }: Observation): Announcement[] {
  const task = lastPart(deployment);
  if (name !== SERVICE_EVENTS.failed || isTold(announced, "failed", task)) return [];
  const last = newest(ended.filter((one) => lastPart(one.deployment) === task && isCrash(one)));
  return [{ occasion: "failed", task, why: last ? howEnded(last) : reason, ...(last ? { last: last.id } : {}) }];
}

/**
 * Tasks that keep ending by themselves. Of a deployment under way the circuit breaker judges, and its failure is told of; so only
 * those of the version that runs count. A loop is told of once: while it goes on, its announcement is renewed.
 */
function crashes({ ended, primary, announced, now }: Observation, { crashLoop }: Config): Pick<Decision, "due" | "renew"> {
  const none = { due: [], renew: [] };
  if (primary.rollout !== "COMPLETED") return none;
  const row = ended.filter((task) => isCrash(task) && task.definition === primary.definition).sort((a, b) => a.at - b.at);
  const recent = row.filter(({ at }) => at > now - crashLoop.withinMs);
  const told = announced.filter(({ occasion, at }) => occasion === "crashing" && now - at < crashLoop.withinMs);
  const last = recent.at(-1);
  if (last && told.length > 0) return { due: [], renew: told };
  if (!last || recent.length < crashLoop.stops) return none;
  return {
    due: [{ occasion: "crashing", task: beginning(row, crashLoop.withinMs), why: howEnded(last), stops: recent.length, last: last.id }],
    renew: [],
  };
}

/** The first crash after a pause: the loop's name for everybody who looks at the same time. */
function beginning(row: readonly EndedTask[], pauseMs: number): string {
  const index = row.findLastIndex(({ at }, i) => i === 0 || at - row[i - 1]!.at >= pauseMs);
  return row[index]!.id;
}

/** ECS repeats it for as long as it finds no place. */
function unplaced({ name, reason = "" }: Hint, { announced, primary }: Observation): Announcement[] {
  if (name !== SERVICE_EVENTS.unplaced || isPlaced(primary) || announced.some(({ occasion }) => occasion === "unplaced")) return [];
  return [{ occasion: "unplaced", task: lastPart(primary.id), why: reason }];
}

/** All tasks are there again: the next time will be another one. */
const placed = ({ announced, primary }: Observation): Announced[] =>
  isPlaced(primary) ? announced.filter(({ occasion }) => occasion === "unplaced") : [];

/** Of the version that is to run: during a deployment the tasks of the one before it are there as well. */
const isPlaced = ({ desired, running }: Deployment): boolean => running >= desired;

/** EventBridge repeats an event for at most a day (EventBridge user guide, "Retry policy"). */
const REPEATED_MS = 24 * 60 * 60_000;

const old = ({ announced, now }: Observation, { crashLoop }: Config): Announced[] =>
  announced.filter(
    ({ occasion, at }) =>
      (occasion === "crashing" && now - at >= Math.max(crashLoop.withinMs, REPEATED_MS)) || (occasion === "failed" && now - at >= REPEATED_MS),
  );

const isTold = (announced: readonly Announced[], occasion: Occasion, task: string): boolean =>
  announced.some((one) => one.occasion === occasion && one.task === task);

const newest = (tasks: readonly EndedTask[]): EndedTask | undefined => tasks.toSorted((a, b) => a.at - b.at).at(-1);

/** `ecs-svc/123` as a part of a parameter's name. */
const lastPart = (id: string): string => id.split("/").at(-1)!;
