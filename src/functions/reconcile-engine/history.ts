import type { ReadyLine, SleptLine } from "../shared/record.ts";
import { taskId, type SeenTask } from "../shared/seen-task.ts";
import { howEnded } from "../shared/stopped.ts";
import { paidSeconds, phasesOf, wakerOf, whyEnded } from "../shared/task-life.ts";
import { costOf } from "../shared/words.ts";
import type { Minute } from "./idle.ts";
import type { Config } from "./observation.ts";

const MINUTE_MS = 60_000;
/** As late as a minute's metrics may be, and the minute itself. */
const LATE_MS = 3 * MINUTE_MS;

const iso = (at: number): string => new Date(at).toISOString();

/** It can be used, as of now. */
export function readyLine(task: SeenTask, config: Config, now: number): ReadyLine {
  const isBehind = config.engine.targetGroup !== undefined;
  return {
    line: "ready",
    wake: taskId(task.arn),
    at: iso(now),
    woken: wakerOf(task),
    // The load balancer tells of no time at which a target became healthy: it is when the function sees it, which looks closely.
    phases: { ...phasesOf(task), ...(isBehind ? { healthy: iso(now) } : {}), ...(config.isRouted ? { published: iso(now) } : {}) },
    ...(config.address === "" ? {} : { address: config.address }),
  };
}

/** @param minutes of its target group while it was up; undefined where it has none, or they could not be read */
export function sleptLine(task: SeenTask, config: Config, minutes: readonly Minute[] | undefined, now: number): SleptLine {
  const up = paidSeconds(task, now);
  const why = whyEnded(task, config.engine);
  const use = minutes && useOf(minutes, task, why === "idle" || why === "left-up", now);
  const exitCode = task.containers.find((container) => container.name === config.engine.container)?.exitCode;
  return {
    line: "slept",
    wake: taskId(task.arn),
    at: iso(task.stoppedAt ?? now),
    woken: wakerOf(task),
    phases: { ...phasesOf(task), ...(use?.first === undefined ? {} : { traffic: iso(use.first) }) },
    why,
    reason: howEnded(task),
    upSeconds: up,
    ...costOf(up, config.hourUsd),
    ...(use ? { used: use.used, traffic: use.traffic } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

/** Undefined where nobody was seen and the last minutes are still to come. @param complete true: it was judged idle by them */
function useOf(minutes: readonly Minute[], { startedAt, stoppedAt }: SeenTask, complete: boolean, now: number) {
  if (startedAt === undefined) return undefined;
  const busy = minutes.filter(({ at, requests }) => requests > 0 && at + MINUTE_MS > startedAt).sort((a, b) => a.at - b.at);
  if (busy.length === 0 && !complete && now - (stoppedAt ?? now) < LATE_MS) return undefined;
  const last = busy.at(-1);
  return {
    used: { minutes: busy.length, ...(last ? { lastAt: iso(last.at + MINUTE_MS) } : {}) },
    traffic: { sum: busy.reduce((sum, { requests }) => sum + requests, 0), unit: "requests" as const },
    // The minute's begin may be before the task's.
    ...(busy[0] ? { first: Math.max(busy[0].at, startedAt) } : {}),
  };
}
