import { crashLoop } from "../shared/crash-loop.ts";
import { isLiving, type SeenTask, taskId } from "../shared/seen-task.ts";
import { howEnded } from "../shared/stopped.ts";
import { wantedAt } from "./idle.ts";
import type { Announced, Config, Observation, Occasion } from "./observation.ts";

/** Something that people are to be told, unless somebody else has taken its lock. */
export interface Announcement {
  readonly occasion: Occasion;
  /** Id. */
  readonly task: string;
  /** False: it counts as told, for it is part of something that is. */
  readonly aloud: boolean;
  readonly why?: string;
  readonly until?: number;
  readonly since?: number;
  /** Id of the task that crashed last. */
  readonly last?: string;
}

/** @param up the wanted task that runs @param serving the task that people can use now */
export function announcements(
  observed: Observation,
  config: Config,
  { up, serving }: { up: SeenTask | undefined; serving: SeenTask | undefined },
): Announcement[] {
  const told = (occasion: Occasion, task: string): boolean => observed.announced.some((one) => one.occasion === occasion && one.task === task);
  const due: Announcement[] = [];
  const add = (one: Announcement): void => void (told(one.occasion, one.task) || due.push(one));

  const loop = observed.tasks.some(isLiving) ? undefined : crashLoop(observed.tasks, config.engine, observed.now);
  if (loop) add({ occasion: "crashed", task: taskId(loop.task), aloud: true, why: loop.reason, until: loop.until, last: taskId(loop.last) });
  for (const { occasion, task } of observed.announced) {
    if (occasion !== "up") continue;
    const now = observed.tasks.find(({ arn }) => taskId(arn) === task);
    if (now && isLiving(now)) continue;
    // What ended in a crash loop is said by its message.
    const why = now ? howEnded(now) : "ECS has forgotten why";
    add({ occasion: "stopped", task, aloud: !loop || loop.last !== now?.arn, why });
  }
  for (const { arn } of observed.tasks.filter(({ lastStatus }) => lastStatus === "STOPPED"))
    if (!told("up", taskId(arn))) add({ occasion: "ended", task: taskId(arn), aloud: false });
  if (serving) add({ occasion: "up", task: taskId(serving.arn), aloud: true });
  if (up && isLeftUp(up, config, observed.now)) add({ occasion: "left-up", task: taskId(up.arn), aloud: true, since: wantedAt(up) });
  return due;
}

export const isLeftUp = (task: SeenTask, { leftUpMs }: Config, now: number): boolean => leftUpMs > 0 && now - wantedAt(task) >= leftUpMs;

export const isTold = ({ announced }: Observation, occasion: Occasion, task: SeenTask): boolean =>
  announced.some((one) => one.occasion === occasion && one.task === taskId(task.arn));

/** Longer than ECS knows a stopped task and than any run of this function lasts: nobody has an older view of it. */
const KEEP_MS = 2 * 60 * 60_000;

/**
 * What need not be remembered any more, in the order in which to forget it: an `up` before its `stopped`, or it would be
 * announced as stopped again.
 */
export function forgettable({ announced, tasks, now }: Observation): Announced[] {
  const known = new Set(tasks.map(({ arn }) => taskId(arn)));
  const gone = announced.filter(({ task, at, occasion }) => {
    if (known.has(task) || now - at < KEEP_MS) return false;
    const stopped = announced.find((one) => one.task === task && one.occasion === "stopped");
    return occasion !== "up" || (stopped !== undefined && now - stopped.at >= KEEP_MS);
  });
  return gone.sort((a, b) => Number(b.occasion === "up") - Number(a.occasion === "up"));
}
