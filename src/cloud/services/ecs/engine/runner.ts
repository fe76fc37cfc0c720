import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ContainerDefinition, HealthStatus, TaskDefinition } from "@aws-sdk/client-ecs";
import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import { hostNow, within } from "../../../machines/host-time.ts";
import { type ContainerExit, type RunningContainer, RuntimeError, worked } from "../../../machines/runtime.ts";
import { type EcsDeps, type Parts, type StopCause, now } from "../parts.ts";
import { type TaskDefinitionRow, type TaskRow, taskDefinitions, tasks } from "../state.ts";
import { lastPart } from "../lookup.ts";
import { type Place, containerSpec } from "./container-spec.ts";
import { watchHealth } from "./health.ts";
import { fetchImage } from "./images.ts";
import { type LiveContainer, type LiveTask, changed, whenever } from "./live.ts";
import { logWriter } from "./logging.ts";
import { ready } from "./ordering.ts";
import { overridden } from "./overrides.ts";
import { type Exposure, closePorts, openPorts } from "./ports.ts";
import { attach, detach } from "./task-interface.ts";
import { changeContainer, changeTask } from "./task-state.ts";

/** How long a container always has between its stop signal and the kill, ms of the host: a sped-up clock must not cost data. */
const LEAST_GRACE_MS = 1000;
/** How long a killed container may take to be gone, ms of the host. */
const KILL_MS = 5000;
const DEFAULT_STOP_TIMEOUT_S = 30;

type Deps = Parts;

/** Runs tasks on this machine: images, volumes, containers, ports, health checks, and their end. */
export function createRunner(parts: () => Deps): Parts["runner"] {
  const lives = new Map<string, LiveTask>();
  return {
    start: (scope, id) => start(parts(), lives, scope, id),
    stop: (scope, id, cause) => stop(parts(), lives, { scope, id, cause }),
    lose: (scope, id, cause) => lose(parts(), lives, { scope, id, cause }),
    stats: (id) => statsOf(lives.get(id)),
    reevaluatePorts: async () => {
      for (const live of lives.values()) for (const { forwards } of live.containers) for (const forward of forwards) await forward.reevaluate();
    },
    abandon: async () => {
      const all = [...lives.values()];
      for (const live of all) live.ending = true;
      lives.clear();
      await Promise.all(all.map((live) => discard(live)));
    },
  };
}

async function start(deps: Deps, lives: Map<string, LiveTask>, scope: Scope, id: string): Promise<void> {
  const row = tasks(deps.store, scope).get(id)!;
  const definition = taskDefinitions(deps.store, scope).get(lastPart(row.task.taskDefinitionArn))!;
  const containers = definition.definition.containerDefinitions!.map(liveContainer);
  const live: LiveTask = { scope, id, containers, ending: false, started: Promise.resolve() };
  lives.set(id, live);
  live.started = bringUp(deps, live, definition).catch(async (error: unknown) => {
    if (live.ending) return; // Something else has ended it meanwhile.
    if (!(error instanceof RuntimeError)) deps.log(`ecs: task ${id} could not be started: ${(error as Error).stack}`);
    live.ending = true;
    await end(deps, lives, live, { stopCode: "TaskFailedToStart", reason: (error as Error).message });
  });
  await live.started;
}

const liveContainer = (definition: ContainerDefinition): LiveContainer => ({
  definition: definition as LiveContainer["definition"],
  healthy: false,
  stopChecks: () => {},
  forwards: [],
  published: [],
  listeners: [],
});

async function bringUp(deps: Deps, live: LiveTask, row: TaskDefinitionRow): Promise<void> {
  const { scope, id } = live;
  const task = tasks(deps.store, scope).get(id)!;
  const { definition } = overridden(row, task.task.overrides);
  const { exposure, place } = locate(deps, scope, task, definition);
  if (place.fargate && deps.runtime.phases) {
    await deps.clock.sleep(deps.runtime.phases.taskProvision({ family: row.definition.family }));
    if (live.ending) return;
  }
  changeTask(deps, scope, id, { lastStatus: "ACTIVATING", pullStartedAt: now(deps) });
  await worked(
    deps.clock,
    deps.runtime,
    Promise.all(
      live.containers.map(async (container) => {
        container.image = await fetchImage(deps, { scope, definition, place, deploymentId: task.deploymentId }, container.definition);
      }),
    ),
  );
  if (live.ending) return;
  changeTask(deps, scope, id, { pullStoppedAt: now(deps), connectivity: "CONNECTED", connectivityAt: now(deps) });
  await Promise.all(
    live.containers.map(async (container) => {
      await ready(container, live);
      if (live.ending) return;
      const onLine = await logWriter(deps, scope, { id, definition, place }, container.definition);
      const spec = await containerSpec(deps, scope, { row: task, definition, place }, container.definition);
      if (live.ending) return;
      await worked(deps.clock, deps.runtime, launch(deps, live, container, { spec: { ...spec, image: container.image!.name, onLine }, exposure }));
    }),
  );
  if (live.ending) return;
  await deps.targets.register(scope, id);
  if (live.ending) return;
  changeTask(deps, scope, id, { lastStatus: "RUNNING", startedAt: now(deps) });
  deps.scheduler.taskRuns(scope, id);
}

/** Where a task is: its instance or Fargate, its interface, what its volumes and its logs need to know of that. */
function locate(deps: Deps, scope: Scope, row: TaskRow, { networkMode }: TaskDefinition): { exposure: Exposure; place: Place } {
  const instance = row.ec2InstanceId ? deps.instances.get(scope, row.ec2InstanceId) : undefined;
  if (row.ec2InstanceId && !instance) throw new RuntimeError("CannotStartContainerError", `the instance ${row.ec2InstanceId} is gone`);
  const own = row.network && attach(deps, scope, row);
  const { availabilityZone, vpcId } = own ?? instance!;
  return {
    exposure: { networkMode, own, instance },
    place: {
      disk: diskOf(row),
      fargate: instance === undefined,
      availabilityZone,
      vpcId,
      ...(instance?.roleArn ? { roleArn: instance.roleArn } : {}),
    },
  };
}

/** The folder of the data folder that stands for the disk under a task. */
const diskOf = (row: TaskRow): string => join("instances", row.ec2InstanceId ?? "fargate");

interface Launch {
  spec: Parameters<EcsDeps["runtime"]["run"]>[0];
  exposure: Exposure;
}

async function launch(deps: Deps, live: LiveTask, container: LiveContainer, plan: Launch): Promise<void> {
  const { scope, id } = live;
  const { name } = container.definition;
  const running = await deps.runtime.run(plan.spec);
  container.running = running;
  void running.exited.then((exit) => onExit(deps, live, container, exit));
  const opened = live.ending ? undefined : await openPorts(deps, live, container, plan.exposure);
  // Its task has been ended while it started: it must not stay.
  if (live.ending || !opened) return running.kill();
  if (container.exit) return closePorts(container);
  const imageDigest = container.image?.digest ?? running.imageDigest;
  changeContainer(deps, scope, id, name, { lastStatus: "RUNNING", runtimeId: running.id, imageDigest, ...opened });
  const check = container.definition.healthCheck;
  if (check)
    container.stopChecks = watchHealth(
      deps.clock,
      check,
      (command, timeoutMs) => running.exec(command, timeoutMs),
      (status) => onHealth(deps, live, container, status),
      deps.runtime.kind !== "model",
    );
  changed(container);
}

function onHealth(deps: Deps, live: LiveTask, container: LiveContainer, healthStatus: HealthStatus): void {
  container.healthy = healthStatus === "HEALTHY";
  const row = changeContainer(deps, live.scope, live.id, container.definition.name, { healthStatus });
  const essential = live.containers.filter(({ definition }) => definition.essential !== false).map(({ definition }) => definition.name);
  const states = row.task.containers!.filter(({ name }) => essential.includes(name!)).map((one) => one.healthStatus ?? "UNKNOWN");
  // The order of precedence is API_HealthCheck's.
  const health = states.includes("UNHEALTHY") ? "UNHEALTHY" : states.includes("UNKNOWN") ? "UNKNOWN" : "HEALTHY";
  changeTask(deps, live.scope, live.id, { healthStatus: health });
  changed(container);
  if (row.serviceName) deps.scheduler.reconcile(live.scope, `${row.clusterName}/${row.serviceName}`);
}

function onExit(deps: Deps, live: LiveTask, container: LiveContainer, exit: ContainerExit): void {
  container.exit = exit;
  container.stopChecks();
  changed(container);
  closePorts(container);
  const row = tasks(deps.store, live.scope).get(live.id);
  if (!row || row.task.lastStatus === "STOPPED") return;
  changeContainer(deps, live.scope, live.id, container.definition.name, { lastStatus: "STOPPED", exitCode: exit.exitCode, reason: exit.reason });
  const over = container.definition.essential !== false || live.containers.every((one) => one.exit);
  if (over && !live.ending) {
    void deps.runner.stop(live.scope, live.id, { stopCode: "EssentialContainerExited", reason: "Essential container in task exited" });
  }
}

async function stop(deps: Deps, lives: Map<string, LiveTask>, target: { scope: Scope; id: string; cause: StopCause }): Promise<void> {
  const { scope, id, cause } = target;
  const live = lives.get(id);
  if (live?.stopped) return live.stopped;
  const row = tasks(deps.store, scope).get(id);
  if (!row || row.task.lastStatus === "STOPPED") return;
  const nothing: LiveTask = { scope, id, containers: [], started: Promise.resolve(), ending: true };
  const task = live ?? nothing;
  task.ending = true;
  for (const container of task.containers) changed(container); // Those that wait for another need not wait any more.
  task.stopped = end(deps, lives, task, cause);
  await task.stopped;
}

/** The way of a task to STOPPED (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html). */
async function end(deps: Deps, lives: Map<string, LiveTask>, live: LiveTask, cause: StopCause): Promise<void> {
  const { scope, id } = live;
  const why = { desiredStatus: "STOPPED", stopCode: cause.stopCode, stoppedReason: cause.reason } as const;
  const reclaimed = cause.stopCode === "SpotInterruption";
  if (reclaimed) await interrupted(deps, live, why);
  changeTask(deps, scope, id, { ...why, lastStatus: "DEACTIVATING" });
  if (!reclaimed && tasks(deps.store, scope).get(id)?.targets) await leaveTargets(deps, live);
  changeTask(deps, scope, id, { lastStatus: "STOPPING", stoppingAt: now(deps) });
  if (cause.stopCode !== "TaskFailedToStart") await live.started;
  await stopContainers(deps, live);
  finish(deps, lives, live, cause);
}

const running = (live: LiveTask): LiveContainer[] => live.containers.filter((one) => one.running && !one.exit);

const stopContainers = (deps: Deps, live: LiveTask): Promise<unknown> =>
  Promise.all(running(live).map((container) => stopContainer(deps, container)));

/** The load balancer sends nothing new, and what is under way ends, before the stop signal comes; a container that has ended waits for nothing. */
async function leaveTargets(deps: Deps, live: LiveTask): Promise<void> {
  await deps.targets.deregister(live.scope, live.id);
  const ended = live.containers.filter(({ definition }) => definition.essential !== false).map((one) => whenever(one, () => one.exit !== undefined));
  if (running(live).length > 0 && live.containers.every(({ exit, definition }) => !exit || definition.essential === false))
    await Promise.race([deps.targets.drained(live.scope, live.id), ...ended]);
}

/**
 * Its spare capacity is taken back: the task is told by an event, while it still is RUNNING, and by SIGTERM
 * ("Fargate Spot termination notices", Amazon ECS clusters for Fargate); ECS has taken it out of its target groups by then
 * (What's New, 13 February 2023). Its service replaces it at once.
 */
async function interrupted(deps: Deps, live: LiveTask, why: Partial<TaskRow["task"]>): Promise<void> {
  const { scope, id } = live;
  const row = changeTask(deps, scope, id, why);
  if (row.serviceName) deps.scheduler.reconcile(scope, `${row.clusterName}/${row.serviceName}`);
  await deps.targets.deregister(scope, id);
  await live.started;
  await stopContainers(deps, live);
}

function finish(deps: Deps, lives: Map<string, LiveTask>, live: LiveTask, cause: StopCause): void {
  const { scope, id } = live;
  lives.delete(id);
  const row = tasks(deps.store, scope).get(id);
  if (!row || row.task.lastStatus === "STOPPED") return;
  for (const container of row.task.containers!) {
    if (container.lastStatus === "STOPPED") continue;
    const reason = container.reason ?? (cause.stopCode === "TaskFailedToStart" ? cause.reason : undefined);
    changeContainer(deps, scope, id, container.name!, { lastStatus: "STOPPED", reason });
  }
  changeTask(deps, scope, id, { lastStatus: "DEPROVISIONING", executionStoppedAt: now(deps) });
  const attachments = detach(deps, scope, row);
  changeTask(deps, scope, id, { lastStatus: "STOPPED", stoppedAt: now(deps), connectivity: "DISCONNECTED", attachments });
  rmSync(join(deps.dataDir, diskOf(row), "tasks", id), { recursive: true, force: true });
  deps.credentials.forget(id);
  deps.afterStop(scope, id);
  deps.scheduler.taskStopped(scope, id);
}

/**
 * Stop signal, `stopTimeout` of the cloud's time, SIGKILL. The clock is held for the first second of the host's: a container
 * that ends well does so in that time, whatever the clock's speed.
 */
async function stopContainer(deps: Deps, container: LiveContainer): Promise<void> {
  const running = container.running!;
  container.stopChecks();
  const signalledAt = deps.clock.now();
  if (deps.runtime.kind === "model") await running.terminate();
  else await deps.clock.during(running.terminate().then(() => within(LEAST_GRACE_MS, running.exited)));
  const left = signalledAt + (container.definition.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1000 - deps.clock.now();
  if (!container.exit && left > 0) await timeout(deps, left, running.exited);
  if (!container.exit) await kill(deps, running);
  closePorts(container);
}

/** Resolves after `ms` of the cloud's time, or when the container has ended. */
async function timeout(deps: Deps, ms: number, exited: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<void>((resolve) => {
    timer = deps.clock.setTimer(ms, resolve);
  });
  await Promise.race([late, exited]);
  timer?.cancel();
}

async function kill(deps: Deps, running: RunningContainer): Promise<void> {
  await deps.clock.during(running.kill().then(() => within(KILL_MS, running.exited)));
}

/** The instance is gone: the state says so at once, and the containers are killed. */
async function lose(deps: Deps, lives: Map<string, LiveTask>, target: { scope: Scope; id: string; cause: StopCause }): Promise<void> {
  const { scope, id, cause } = target;
  const row = tasks(deps.store, scope).get(id);
  if (!row || row.task.lastStatus === "STOPPED") return;
  const live: LiveTask = lives.get(id) ?? { scope, id, containers: [], started: Promise.resolve(), ending: true };
  live.ending = true;
  live.stopped ??= Promise.resolve();
  changeTask(deps, scope, id, { desiredStatus: "STOPPED", stopCode: cause.stopCode, stoppedReason: cause.reason, stoppingAt: now(deps) });
  void deps.targets.deregister(scope, id);
  finish(deps, lives, live, cause);
  await deps.clock.during(discard(live));
}

/** Kills what runs, and closes its ports, whatever the state says. */
async function discard(live: LiveTask): Promise<void> {
  const deadline = hostNow() + KILL_MS;
  await Promise.all(
    live.containers.map(async (container) => {
      container.stopChecks();
      closePorts(container);
      await container.running?.kill();
      if (container.running) await within(Math.max(1, deadline - hostNow()), container.running.exited);
    }),
  );
}

async function statsOf(live: LiveTask | undefined): Promise<{ cpuSeconds: number; memoryBytes: number } | undefined> {
  if (!live || live.ending) return undefined;
  const all = await Promise.all(live.containers.map(({ running }) => running?.stats() ?? Promise.resolve(undefined)));
  const known = all.filter((stats) => stats !== undefined);
  if (known.length === 0) return undefined;
  return { cpuSeconds: known.reduce((sum, one) => sum + one.cpuSeconds, 0), memoryBytes: known.reduce((sum, one) => sum + one.memoryBytes, 0) };
}
