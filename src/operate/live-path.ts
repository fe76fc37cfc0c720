import type { Marks } from "../functions/shared/marks.ts";
import { crashHolds } from "../functions/shared/marks.ts";
import { UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import { byAge, isLiving, type SeenTask, taskId } from "../functions/shared/seen-task.ts";
import { howEnded } from "../functions/shared/stopped.ts";
import type { EngineObservation } from "./engine-state.ts";
import { engineStateOf } from "./engine-state.ts";
import { wokenBy } from "./leaf-state.ts";
import type { LivePath, PathStep } from "./path-types.ts";
import type { Serving } from "./service-state.ts";
import type { LeafStatus } from "./leaf-state.ts";

/** Where the parts of a DNS leaf are on their way. Times are milliseconds since the epoch. */
export interface DnsPathObservation {
  readonly desired: number;
  readonly marks: Marks;
  readonly instances: readonly { readonly id: string; readonly lifecycle: string }[];
  /** Of its service, not stopped yet; the newest first. */
  readonly tasks: readonly {
    readonly id: string;
    readonly lastStatus: string;
    readonly health?: string;
    readonly createdAt?: number;
    readonly startedAt?: number;
  }[];
  /** The container has a health check of its own. */
  readonly healthCheck: boolean;
  /** What the A record says; undefined where there is none. */
  readonly address?: string;
  /** Of the newest launch. */
  readonly launch?: { readonly startedAt: number; readonly endedAt?: number };
}

type State = PathStep["state"];
const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
const step = (id: string, title: string, state: State, detail: string | null = null, at: string | null = null): PathStep => ({
  id,
  title,
  detail,
  state,
  at,
});
const chain = (steps: readonly PathStep[]): LivePath => ({ steps, links: steps.slice(1).map(({ id }, i) => ({ from: steps[i]!.id, to: id })) });

/** DNS → function → group → instance → task → record. */
export function dnsPath(seen: DnsPathObservation, now: number): LivePath {
  const { desired, marks, address, launch } = seen;
  const { wake, crashed } = marks;
  const isWoken = desired > 0 && wake !== undefined;
  const byPerson = wake?.by === "cli";
  const holds = desired === 0 && crashed !== undefined && crashHolds(crashed, now);
  const reachable = address !== undefined && address !== UNAVAILABLE_ADDRESS;
  const instance = seen.instances.at(-1);
  const task = seen.tasks[0];
  return chain([
    step(
      "dns",
      byPerson && isWoken ? "Person" : "DNS query",
      isWoken ? "on" : "off",
      wake ? wokenBy(wake) : "nobody has asked yet",
      wake?.at ?? null,
    ),
    byPerson && isWoken
      ? step("function", "rouse wake", "on", "raised the desired count", wake.at)
      : step(
          "function",
          "start-system",
          isWoken ? "on" : holds ? "failed" : "off",
          holds ? `holds it until ${crashed.until}` : "reads the query log",
          isWoken ? wake.at : null,
        ),
    step(
      "group",
      "Auto Scaling group",
      desired > 0 ? "on" : instance ? "working" : "off",
      `desired ${desired}`,
      desired > 0 ? (wake?.at ?? null) : null,
    ),
    instance
      ? step(
          "instance",
          "Instance",
          instance.lifecycle === "InService" ? "on" : "working",
          `${instance.id}, ${instance.lifecycle}`,
          iso(instance.lifecycle === "InService" ? launch?.endedAt : launch?.startedAt),
        )
      : step(
          "instance",
          "Instance",
          desired > 0 ? "working" : "off",
          desired > 0 ? "being launched" : null,
          desired > 0 ? iso(launch?.startedAt) : null,
        ),
    taskStep(seen, task, holds ? crashed.reason : undefined),
    step("record", "DNS record", reachable ? "on" : desired > 0 && task?.lastStatus === "RUNNING" ? "working" : "off", address ?? null, null),
  ]);
}

function taskStep({ healthCheck }: DnsPathObservation, task: DnsPathObservation["tasks"][number] | undefined, crashed: string | undefined): PathStep {
  if (!task) return step("task", "Task", crashed === undefined ? "off" : "failed", crashed ?? null);
  const isReady = task.lastStatus === "RUNNING" && (!healthCheck || task.health === "HEALTHY");
  const waits = task.lastStatus === "RUNNING" && !isReady ? `, ${(task.health ?? "UNKNOWN").toLowerCase()}` : "";
  return step(
    "task",
    "Task",
    isReady ? "on" : "working",
    `${task.id.slice(0, 8)}, ${task.lastStatus.toLowerCase()}${waits}`,
    iso(task.startedAt ?? task.createdAt),
  );
}

/** Request or event → function → task → target. @param observed undefined where the leaf is not deployed */
export function enginePath(observed: EngineObservation | undefined, { http, routed }: { http: boolean; routed: boolean }, now: number): LivePath {
  const living = (observed?.tasks ?? []).filter(isLiving).sort(byAge);
  const task = living[0] ?? observed?.tasks.find(({ lastStatus }) => lastStatus !== "STOPPED");
  const by = task?.startedBy?.replace(/^rouse\//, "");
  const last = [...(observed?.tasks ?? [])].sort(byAge).at(-1);
  const crash = observed && engineStateOf(observed, now).crash;
  const source = by === undefined ? (http ? "Request or event" : "Event") : (SOURCES[by] ?? "Event");
  const isDoorman = by === "http" || (by === undefined && http);
  const at = iso(task?.createdAt);
  const steps = [
    step("source", source, task ? "on" : "off", null, at),
    step(
      "function",
      isDoorman ? "doorman" : "start-engines",
      task ? "on" : crash ? "failed" : "off",
      crash ? `holds it until ${iso(crash.until)}` : null,
      at,
    ),
    taskOf(task, task ? undefined : last, Boolean(crash)),
  ];
  if (!routed || observed?.targets === undefined) return chain(steps);
  const { targets } = observed;
  const state = targets.includes("healthy")
    ? "on"
    : targets.includes("unhealthy")
      ? "failed"
      : targets.length > 0 || task?.lastStatus === "RUNNING"
        ? "working"
        : "off";
  return chain([
    ...steps,
    step("target", "Load balancer's target", state, targets.join(", ") || null),
    step("rule", "Rule", state === "on" ? "on" : "off", state === "on" ? "leads to the task" : "leads to the doorman"),
  ]);
}

const SOURCES: Record<string, string> = {
  http: "HTTP request",
  event: "Event",
  api: "API request",
  workflow: "Workflow",
  schedule: "Schedule",
  cli: "Person",
};

function taskOf(task: SeenTask | undefined, last: SeenTask | undefined, crashed: boolean): PathStep {
  if (task) {
    const isUp = task.lastStatus === "RUNNING" && isLiving(task) && !task.mark;
    return step(
      "task",
      "Task",
      isUp ? "on" : "working",
      `${taskId(task.arn).slice(0, 8)}, ${task.lastStatus.toLowerCase()}`,
      iso(task.startedAt ?? task.createdAt),
    );
  }
  return last
    ? step("task", "Task", crashed ? "failed" : "off", `the last one: ${howEnded(last)}`, iso(last.stoppedAt))
    : step("task", "Task", "off");
}

/** Schedule → run-task → task. */
export function taskPath(status: LeafStatus): LivePath {
  const { runs } = status;
  const running = runs?.running[0];
  const last = runs?.last;
  return chain([
    step(
      "schedule",
      "Schedule",
      running ? "on" : "off",
      runs ? (runs.enabled ? (runs.schedules[0] ?? null) : "not enabled here") : null,
      running ? running.since : (runs?.next[0] ?? null),
    ),
    step("function", "run-task", running ? "on" : "off", null, running?.since ?? null),
    running
      ? step("task", "Task", status.state === "awake" ? "on" : "working", running.task.slice(0, 8), running.since)
      : step("task", "Task", last?.failed ? "failed" : "off", last ? `the last run: ${last.how}` : null, last?.stoppedAt ?? null),
  ]);
}

/** Load balancer → service → tasks. */
export function servicePath(status: LeafStatus): LivePath {
  const serving: Serving | undefined = status.serving;
  if (!serving) return chain([step("service", "Service", "off"), step("tasks", "Tasks", "off")]);
  const { desired, running, healthy, targets, deployment } = serving;
  const rollout = deployment.state === "FAILED" ? "failed" : deployment.state === "IN_PROGRESS" ? "working" : desired > 0 ? "on" : "off";
  const balanced =
    targets === undefined ? [] : [step("balancer", "Load balancer", healthy! > 0 ? "on" : "working", `${healthy} of ${targets} targets healthy`)];
  return chain([
    ...balanced,
    step("service", "Service", rollout, deployment.definition, deployment.at),
    step("tasks", "Tasks", running === 0 ? (desired > 0 ? "working" : "off") : running < desired ? "working" : "on", `${running} of ${desired} run`),
  ]);
}
