import type { Marks, WakeMark } from "../shared/marks.ts";
import type { Phases, ReadyLine, SleptLine, StartedLine, Waker } from "../shared/record.ts";
import { costOf } from "../shared/words.ts";
import { type About, type Activity, WAKE_MS, whyStopped } from "./messages.ts";
import type { ObservedInstance, ObservedTask } from "./reconcile.ts";
import type { Use } from "./use.ts";

/** What is known of one wake, for its lines in the history and for what people are told. Times are milliseconds. */
export interface Life {
  /** Its instance's id: names the wake. */
  readonly instance: string;
  /** From Auto Scaling or EC2, while one of them knows it. */
  readonly launchedAt?: number;
  /** When it was gone. */
  readonly endedAt?: number;
  /** Of the group, the latest first; only those that may be about this wake. */
  readonly activities: readonly Activity[];
  readonly marks: Marks;
  /** The one on this instance, where there is one. */
  readonly task?: ObservedTask;
  readonly now: number;
}

const iso = (at: number): string => new Date(at).toISOString();

/** @param activities of the group, of whatever time */
export function lifeOf(
  instance: string,
  seen: { instances: readonly ObservedInstance[]; tasks: readonly ObservedTask[]; marks: Marks },
  activities: readonly Activity[],
  now: number,
): Life {
  const about = (verb: string): Activity | undefined =>
    activities.find(({ description = "" }) => description.startsWith(verb) && description.includes(instance));
  const launchedAt = seen.instances.find(({ id }) => id === instance)?.launchedAt ?? about("Launching")?.at;
  const endedAt = about("Terminating")?.endedAt;
  const task = seen.tasks.find(({ instanceId }) => instanceId === instance);
  // What Auto Scaling did before this instance was about others; its own launch may begin a moment before EC2 knows it.
  const since = launchedAt === undefined ? -Infinity : launchedAt - WAKE_MS;
  return {
    instance,
    ...(launchedAt === undefined ? {} : { launchedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    activities: activities.filter(({ at }) => at >= since),
    marks: seen.marks,
    ...(task ? { task } : {}),
    now,
  };
}

/** The mark of this wake: one that is much older brought up another instance. */
function markOf({ marks: { wake }, launchedAt, now }: Pick<Life, "marks" | "launchedAt" | "now">): WakeMark | undefined {
  const launched = launchedAt ?? now;
  return wake && launched - Date.parse(wake.at) <= WAKE_MS && Date.parse(wake.at) <= launched + 60_000 ? wake : undefined;
}

/** Without a mark somebody has raised the desired count, or Auto Scaling has replaced an instance. */
export function wakerOf(life: Pick<Life, "marks" | "launchedAt" | "now">): Waker {
  const mark = markOf(life);
  if (!mark) return { by: "hand" };
  return { by: mark.by, ...(mark.who ? { who: mark.who } : {}), ...(mark.subnet ? { subnet: mark.subnet } : {}) };
}

/** What the present state tells of the wake's phases. */
export function phasesOf(life: Life): Phases {
  const mark = markOf(life);
  const { task, activities, instance } = life;
  const launch = activities.find(({ description = "" }) => description.startsWith("Launching") && description.includes(instance));
  const noticed = mark?.noticed ?? (mark?.by === "cli" ? mark.at : undefined);
  return {
    ...(mark ? { asked: mark.at } : {}),
    ...(noticed ? { noticed } : {}),
    ...desired(launch, noticed),
    ...(launch?.endedAt === undefined ? {} : { instance: iso(launch.endedAt) }),
    ...(task?.createdAt === undefined ? {} : { task: iso(task.createdAt) }),
    ...(task?.pulledAt === undefined ? {} : { image: iso(task.pulledAt) }),
    ...(task?.startedAt === undefined ? {} : { running: iso(task.startedAt) }),
  };
}

/** Auto Scaling says in the cause when the count was raised, to the second: that is not before it was noticed, and the launch follows at once. */
function desired(launch: Activity | undefined, noticed: string | undefined): Phases {
  const said = /At (\S+Z) (?:(?!  At ).)*changing the desired capacity from 0 to/.exec(launch?.cause ?? "")?.[1];
  const second = said === undefined ? Number.NaN : Date.parse(said);
  const at = launch && launch.at >= second && launch.at - second < 1000 ? launch.at : second;
  return Number.isNaN(at) ? {} : { desired: iso(Math.max(at, noticed === undefined ? at : Date.parse(noticed))) };
}

export const startedLine = (life: Life): StartedLine => ({
  line: "started",
  wake: life.instance,
  at: iso(life.now),
  woken: wakerOf(life),
  phases: phasesOf(life),
});

/** @param address where it can be reached */
export const readyLine = (life: Life, address: string, healthCheck: boolean): ReadyLine => ({
  line: "ready",
  wake: life.instance,
  at: iso(life.now),
  woken: wakerOf(life),
  // No event and no time stamp tells when it became healthy: it is when the function sees it. See asg-state-change-hook.ts.
  phases: { ...phasesOf(life), ...(healthCheck ? { healthy: iso(life.now) } : {}), published: iso(life.now) },
  address,
});

/**
 * How long it was up, seconds. Its instance may still be on its way down: those last minutes, for which its container has time to stop,
 * are not in it. @returns undefined where nobody knows any more when it was launched
 */
export const upSeconds = ({ launchedAt, endedAt, now }: Pick<Life, "launchedAt" | "endedAt" | "now">): number | undefined =>
  launchedAt === undefined ? undefined : Math.max(0, Math.round(((endedAt ?? now) - launchedAt) / 1000));

export function sleptLine(life: Life, about: About, use: Use | undefined): SleptLine {
  const why = whyStopped(about, life);
  const up = upSeconds(life) ?? 0;
  return {
    line: "slept",
    wake: life.instance,
    at: iso(life.now),
    woken: wakerOf(life),
    phases: { ...phasesOf(life), ...(use?.first === undefined ? {} : { traffic: iso(use.first) }) },
    why: why.code,
    reason: why.short,
    upSeconds: up,
    ...costOf(up, about.hourUsd),
    ...(use ? { used: use.used, traffic: use.traffic } : {}),
  };
}

/**
 * A wake of which Auto Scaling could make nothing so far. It goes on trying; the instance that it makes at last is a wake of its own.
 * @returns undefined where no launch has failed since it was woken
 */
export function failedLine(marks: Marks, activities: readonly Activity[], now: number): SleptLine | undefined {
  const [last] = activities.filter(({ description }) => description?.startsWith("Launching"));
  const { wake } = marks;
  const since = wake && now - Date.parse(wake.at) < FAILING_MS ? Date.parse(wake.at) : undefined;
  if (!last?.failed || (since !== undefined && last.at < since)) return undefined;
  const life = { marks, launchedAt: last.at, now };
  return {
    line: "slept",
    // The same for each try of one wake.
    wake: `launch ${since === undefined ? iso(last.at).slice(0, 13) : wake!.at}`,
    at: iso(now),
    woken: wakerOf(life),
    phases: phasesOf({ ...life, instance: "", activities: [last] }),
    why: "failed",
    reason: `no instance could be launched: ${last.failed}`,
    upSeconds: 0,
  };
}

/** Auto Scaling tries again ever more slowly; after that long the wake is nobody's business any more. */
const FAILING_MS = 24 * 60 * 60_000;
