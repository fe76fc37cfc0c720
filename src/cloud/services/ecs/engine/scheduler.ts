import type { Timer } from "../../../core/clock.ts";
import { type Scope, arn } from "../../../core/scope.ts";
import { type Parts, now } from "../parts.ts";
import {
  type ContainerInstanceRow,
  type DeploymentRow,
  type ServiceRow,
  type TaskRow,
  capacityProviders,
  occupies,
  serviceKey,
  services,
  taskDefinitions,
  tasks,
  wanted,
} from "../state.ts";
import { lastPart } from "../lookup.ts";
import { type Launch, networkOf } from "../launch.ts";
import { MOST_WAITING, waiting } from "./capacity.ts";
import { type NewTask, type Spot, choose, openInstances, placeTask } from "./place.ts";
import { countFailure, countHealthy, failedChecks, isFailure, unhealthyReason } from "./breaker.ts";
import { type Because, type Plan, counts, healthy, plan } from "./rollout.ts";
import { deploymentChange, hasSaid, say, serviceAction } from "./service-events.ts";
import { NO_CAPACITY, SPOT } from "./spot.ts";
import { isFargate, nextProvider } from "./strategy.ts";
import { IMPAIRED_FROM, type Throttle, createThrottle } from "./throttle.ts";

interface Engine {
  deps: Parts;
  throttle: Throttle;
  /** When services are looked at again by themselves. */
  timers: Map<string, { due: number; timer: Timer }>;
  /** Services being looked at: a change that this brings about is looked at afterwards, not within. */
  busy: Map<string, boolean>;
}

/** Keeps services at what they should be. It acts on changes alone; there is no regular pass. */
export function createScheduler(parts: () => Parts): Parts["scheduler"] & { startOnFargate(): void } {
  let engine: Engine | undefined;
  const get = (): Engine => (engine ??= { deps: parts(), throttle: createThrottle(parts().clock), timers: new Map(), busy: new Map() });
  return {
    reconcile: (scope, key) => reconcile(get(), scope, key),
    reconcileCluster: (scope, clusterName) => {
      for (const service of services(get().deps.store, scope).filter((row) => row.clusterName === clusterName))
        reconcile(get(), scope, serviceKey(service));
    },
    taskRuns: (scope, taskId) => {
      const row = tasks(get().deps.store, scope).get(taskId);
      if (!row?.serviceName || !row.deploymentId) return;
      get().throttle.succeeded(row.deploymentId);
      reconcile(get(), scope, `${row.clusterName}/${row.serviceName}`);
    },
    taskStopped: (scope, taskId) => taskStopped(get(), scope, taskId),
    /** After a restart: services on instances are looked at when their instances come back, these now. */
    startOnFargate: () => {
      const { store } = get().deps;
      for (const scope of store.scopes("ecs.services"))
        for (const service of services(store, scope).filter(isOnFargate)) reconcile(get(), scope, serviceKey(service));
    },
    stop: () => {
      for (const { timer } of engine?.timers.values() ?? []) timer.cancel();
      engine?.timers.clear();
    },
  };
}

function reconcile(engine: Engine, scope: Scope, key: string): void {
  const full = `${scope.account}/${scope.region}/${key}`;
  if (engine.busy.has(full)) return void engine.busy.set(full, true);
  try {
    do {
      engine.busy.set(full, false);
      const service = services(engine.deps.store, scope).get(key);
      if (service && service.status !== "INACTIVE") pass(engine, scope, service);
    } while (engine.busy.get(full));
  } finally {
    engine.busy.delete(full);
  }
}

function pass(engine: Engine, scope: Scope, service: ServiceRow): void {
  const { deps } = engine;
  const mine = tasks(deps.store, scope).filter((row) => row.clusterName === service.clusterName && row.serviceName === service.name && occupies(row));
  if (service.status === "DRAINING" && mine.length === 0) {
    services(deps.store, scope).update(serviceKey(service), { status: "INACTIVE", inactiveAt: now(deps), deployments: [] });
    return;
  }
  const providers = service.capacityProviderStrategy?.map(({ capacityProvider }) => capacityProvider!);
  const onFargate = isOnFargate(service);
  const instances = onFargate ? [] : openInstances(deps, scope, service.clusterName, providers);
  noteHealthy(deps, scope, service, mine);
  const todo = plan({ service, tasks: mine, instances, anywhere: onFargate, now: deps.clock.now() });
  // Replacements come before what they replace, as in ECS's own events.
  const { noRoom } = startTasks(engine, scope, service, { todo, instances });
  stopTasks(deps, scope, service, noRoom ? [...todo.stop, ...todo.ill.slice(0, 1)] : todo.stop);
  if (service.status === "ACTIVE") settle(deps, scope, service, { todo, mine });
  if (todo.again !== undefined) wakeUpIn(engine, scope, service, todo.again);
}

/** A task that has been healthy has done what its deployment could do for it. */
function noteHealthy(deps: Parts, scope: Scope, service: ServiceRow, mine: TaskRow[]): void {
  for (const row of mine) {
    if (row.wasHealthy || !counts(service, row, deps.clock.now())) continue;
    tasks(deps.store, scope).update(row.id, { wasHealthy: true });
    if (row.deploymentId) countHealthy(deps, scope, serviceKey(service), row.deploymentId);
  }
}

function stopTasks(deps: Parts, scope: Scope, service: ServiceRow, list: Plan["stop"]): void {
  if (list.length === 0) return;
  for (const { task, because } of list) {
    const told = ailmentOf(task, because);
    if (told) say(deps, scope, service, told);
    const reason =
      because === "scaling"
        ? `Scaling activity initiated by (deployment ${task.deploymentId})`
        : unhealthyReason(because === "container" ? undefined : because.groupArn);
    void deps.runner.stop(scope, task.id, { stopCode: "ServiceSchedulerInitiated", reason });
  }
  say(deps, scope, service, `has stopped ${list.length} running tasks: ${list.map(({ task }) => `(task ${task.id})`).join(" ")}.`);
}

function ailmentOf(task: TaskRow, because: Because): string | undefined {
  if (because === "scaling") return undefined;
  if (because === "container") return `(task ${task.id}) failed container health checks.`;
  const who = task.network ? `(task ${task.id})` : `(instance ${because.id})`;
  return `${who} (port ${because.port}) is unhealthy in (target-group ${because.groupArn}) due to (reason ${because.reason ?? "Health checks failed"}).`;
}

/** When a service is looked at again whose network is not there, ms. */
const RETRY_MS = 60_000;

/** How the throttle calls Fargate, which has no instances. */
const FARGATE = "fargate";

export const isOnFargate = (service: ServiceRow): boolean =>
  service.launchType === "FARGATE" || isFargate(service.capacityProviderStrategy?.[0]?.capacityProvider);

/** @returns whether a task found no room on the instances */
function startTasks(
  engine: Engine,
  scope: Scope,
  service: ServiceRow,
  { todo, instances }: { todo: Plan; instances: ContainerInstanceRow[] },
): { noRoom: boolean } {
  const { deps } = engine;
  const deployment = service.deployments[0];
  const definition = taskDefinitions(deps.store, scope).get(lastPart(service.taskDefinition));
  if (!deployment || !definition) return { noRoom: false };
  const started: TaskRow[] = [];
  let lacksRoom = false;
  const launch: Launch = { launchType: isOnFargate(service) ? "FARGATE" : "EC2" };
  let network: NewTask["network"];
  try {
    network = todo.startOn.length + todo.start > 0 ? networkOf(deps, scope, definition, launch, service.networkConfiguration) : undefined;
  } catch (error) {
    // A subnet or a group has been deleted since.
    cannotStart(deps, scope, service, (error as Error).message);
    wakeUpIn(engine, scope, service, RETRY_MS);
    return { noRoom: false };
  }
  const place = (spot: Spot, capacityProviderName: string | undefined): void => {
    const tags = [
      ...(service.propagateTags === "SERVICE" ? service.tags : []),
      ...(service.propagateTags === "TASK_DEFINITION" ? definition.tags : []),
      ...managedTags(service),
    ];
    started.push(
      placeTask(deps, scope, spot, {
        clusterName: service.clusterName,
        definition,
        group: `service:${service.name}`,
        startedBy: deployment.id,
        serviceName: service.name,
        deploymentId: deployment.id,
        tags,
        capacityProviderName,
        network,
      }),
    );
  };
  const begin = (candidates: ContainerInstanceRow[]): void => {
    const waits = candidates.map((instance) => engine.throttle.wait(deployment.id, instance.id));
    const allowed = candidates.filter((_, i) => waits[i] === 0);
    if (allowed.length === 0 && candidates.length > 0) return wakeUpIn(engine, scope, service, Math.min(...waits));
    const distinct = service.placementConstraints.some(({ type }) => type === "distinctInstance");
    const { instance, failures } = choose(deps, scope, allowed, { definition, group: `service:${service.name}`, distinct, network });
    if (instance) return place({ instance }, service.capacityProviderStrategy ? instance.capacityProviderName : undefined);
    const provider = service.schedulingStrategy === "REPLICA" ? scaledProvider(deps, scope, service) : undefined;
    if (provider) return place({ waitsFor: provider }, provider);
    lacksRoom = true;
    noRoom(deps, scope, service, failures[0]);
  };
  // Those that Spot has no room for have had their turn: the other providers still get their share.
  const refused = new Map<string, number>();
  const beginOnFargate = (): void => {
    const wait = engine.throttle.wait(deployment.id, FARGATE);
    if (wait > 0) return wakeUpIn(engine, scope, service, wait);
    const provider = service.capacityProviderStrategy && nextProvider(service.capacityProviderStrategy, byProvider(deps, scope, service, refused));
    if (provider !== SPOT) return place({ fargate: true }, provider);
    const spotWait = engine.throttle.wait(spotOf(deployment), FARGATE);
    if (deps.spot.available()) place({ fargate: true }, provider);
    else refused.set(SPOT, (refused.get(SPOT) ?? 0) + 1);
    if (!deps.spot.available()) wakeUpIn(engine, scope, service, spotWait > 0 ? spotWait : noSpot(engine, scope, service, deployment));
  };
  for (const instance of todo.startOn) begin([instance]);
  for (let i = 0; i < todo.start; i++) {
    if (launch.launchType === "FARGATE") beginOnFargate();
    else begin(instances);
  }
  if (started.length > 0) {
    const replaces = Math.min(todo.replaces, started.length);
    const why = replaces > 0 ? ` Amazon ECS replaced ${replaces} tasks due to an unhealthy status.` : "";
    say(deps, scope, service, `has started ${started.length} tasks: ${started.map(({ id }) => `(task ${id})`).join(" ")}.${why}`);
  }
  return { noRoom: lacksRoom };
}

/** How the throttle calls the part of a deployment that waits for spare capacity. */
const spotOf = (deployment: DeploymentRow): string => `${deployment.id} ${SPOT}`;

/** Tells that there is no spare capacity, once at a time; it counts as a task that could not be launched. @returns when to try again, ms */
function noSpot(engine: Engine, scope: Scope, service: ServiceRow, deployment: DeploymentRow): number {
  const { deps, throttle } = engine;
  cannotStart(deps, scope, service, `${NO_CAPACITY}.`);
  serviceAction(deps, scope, service, {
    eventType: "ERROR",
    eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
    reason: "RESOURCE:FARGATE",
    capacityProviderArns: [arn("ecs", scope, `capacity-provider/${SPOT}`)],
  });
  throttle.failed(spotOf(deployment));
  countFailure(deps, scope, serviceKey(service), deployment.id);
  reconcile(engine, scope, serviceKey(service)); // Afterwards: the deployment may have failed with this.
  return throttle.wait(spotOf(deployment), FARGATE);
}

/** How many tasks of a service's present deployment there are on each capacity provider; `more` are counted besides. */
function byProvider(deps: Parts, scope: Scope, service: ServiceRow, more: ReadonlyMap<string, number> = new Map()): Map<string, number> {
  const counts = new Map<string, number>(more);
  for (const row of tasks(deps.store, scope).filter((one) => one.deploymentId === service.deployments[0]?.id && wanted(one))) {
    const { capacityProviderName: name } = row.task;
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The capacity provider with managed scaling that the service's next task may wait for. */
function scaledProvider(deps: Parts, scope: Scope, service: ServiceRow): string | undefined {
  if (waiting(deps, scope, service.clusterName).length >= MOST_WAITING) return undefined;
  const scaled = (service.capacityProviderStrategy ?? []).filter(
    ({ capacityProvider }) => capacityProviders(deps.store, scope).get(capacityProvider!)?.provider.managedScaling?.status === "ENABLED",
  );
  return scaled.length > 0 ? nextProvider(scaled, byProvider(deps, scope, service)) : undefined;
}

function cannotStart(deps: Parts, scope: Scope, service: ServiceRow, why: string): void {
  const text = `was unable to place a task. Reason: ${why}`;
  if (!hasSaid(deps, scope, service, text)) say(deps, scope, service, text);
}

const managedTags = (service: ServiceRow): { key: string; value: string }[] =>
  service.enableECSManagedTags
    ? [
        { key: "aws:ecs:clusterName", value: service.clusterName },
        { key: "aws:ecs:serviceName", value: service.name },
      ]
    : [];

/** In the words of service-event-messages-list.html; a repeated message is omitted. */
function noRoom(deps: Parts, scope: Scope, service: ServiceRow, failure?: { instance: ContainerInstanceRow; reason: string }): void {
  const what = { "RESOURCE:CPU": "has insufficient CPU units available", "RESOURCE:MEMORY": "has insufficient memory available" }[
    failure?.reason ?? ""
  ];
  const closest = failure
    ? `The closest matching (container-instance ${failure.instance.id}) ${what ?? "is already using a port required by your task"}.`
    : "Reason: No Container Instances were found in your cluster.";
  const text = `was unable to place a task because no container instance met all of its requirements. ${closest} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;
  if (hasSaid(deps, scope, service, text)) return;
  say(deps, scope, service, text);
  serviceAction(deps, scope, service, {
    eventType: "ERROR",
    eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
    reason: failure?.reason ?? "RESOURCE:INSTANCE",
  });
}

/** Looks at the service again, `ms` from now at the latest. */
function wakeUpIn(engine: Engine, scope: Scope, service: ServiceRow, ms: number): void {
  const key = `${scope.account}/${scope.region}/${serviceKey(service)}`;
  const due = engine.deps.clock.now() + ms;
  const before = engine.timers.get(key);
  if (before && before.due <= due) return;
  before?.timer.cancel();
  const timer = engine.deps.clock.setTimer(ms, () => {
    engine.timers.delete(key);
    reconcile(engine, scope, serviceKey(service));
  });
  engine.timers.set(key, { due, timer });
}

/**
 * Tells of a steady state once it is reached, and of the end of a deployment with it: "successful when the target service
 * revision fully stabilizes and the previous tasks are removed" (API_DeploymentEarlySuccessCriteria, `enable`).
 */
function settle(deps: Parts, scope: Scope, service: ServiceRow, { todo, mine }: { todo: Plan; mine: TaskRow[] }): void {
  const table = services(deps.store, scope);
  const key = serviceKey(service);
  const steady = todo.steady && todo.startOn.length === 0 && todo.start === 0 && todo.stop.length === 0;
  const [primary, ...others] = services(deps.store, scope).get(key)!.deployments;
  if (!steady || (primary!.rolloutState === "IN_PROGRESS" && !todo.alone)) {
    if (service.steady) table.update(key, { steady: false });
    return;
  }
  if (primary!.rolloutState === "FAILED") return;
  if (primary!.rolloutState === "IN_PROGRESS") {
    const completed: DeploymentRow = {
      ...primary!,
      rolloutState: "COMPLETED",
      rolloutStateReason: `ECS deployment ${primary!.id} completed.`,
      updatedAt: now(deps),
    };
    table.update(key, { deployments: [completed], completed });
    say(deps, scope, service, `(deployment ${completed.id}) deployment completed.`);
    deploymentChange(deps, scope, service, completed);
  } else if (others.length > 0 && todo.alone) table.update(key, { deployments: [primary!] });
  if (service.steady) return;
  table.update(key, { steady: true });
  say(deps, scope, service, "has reached a steady state.");
  if (mine.every(healthy)) serviceAction(deps, scope, service, { eventType: "INFO", eventName: "SERVICE_STEADY_STATE" });
}

function taskStopped(engine: Engine, scope: Scope, taskId: string): void {
  const { deps, throttle } = engine;
  const row = tasks(deps.store, scope).get(taskId);
  if (!row?.serviceName || !row.deploymentId) return;
  const key = `${row.clusterName}/${row.serviceName}`;
  const service = services(deps.store, scope).get(key);
  if (!service) return;
  const { stopCode } = row.task;
  if (stopCode === "TaskFailedToStart") {
    if (throttle.failed(row.deploymentId) === IMPAIRED_FROM) {
      say(
        deps,
        scope,
        service,
        "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
      );
      serviceAction(deps, scope, service, { eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" });
    }
  } else if (stopCode === "EssentialContainerExited" || failedChecks(row)) {
    throttle.exited(row.deploymentId, row.containerInstanceId ?? FARGATE);
  }
  if (isFailure(row)) countFailure(deps, scope, key, row.deploymentId);
  reconcile(engine, scope, key);
}
