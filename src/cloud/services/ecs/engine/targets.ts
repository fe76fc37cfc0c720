import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Parts } from "../parts.ts";
import { type ServiceRow, type TaskRow, type TaskTarget, services, tasks, wanted } from "../state.ts";
import { say } from "./service-events.ts";

/** When a registration that Elastic Load Balancing refused is tried again, ms. */
const RETRY_MS = 10_000;

type Operation = "RegisterTargets" | "DeregisterTargets";

/** Targets that go into, or out of, one group by one call: what a service does at once is told as one event. */
interface Batch {
  operation: Operation;
  scope: Scope;
  service: string;
  groupArn: string;
  members: { row: TaskRow; target: TaskTarget }[];
  done: Promise<void>;
}

interface Engine {
  deps: Parts;
  /** The last batch of each group that has not been sent. */
  open: Map<string, Batch>;
  /** Batches of a group are sent one after the other, so that a task which is stopped while it registers does not stay. */
  queues: Map<string, Promise<void>>;
  /** Tasks whose targets Elastic Load Balancing knows. */
  registered: Set<string>;
  draining: Set<{ scope: Scope; taskId: string; resolve: () => void }>;
}

/**
 * Keeps tasks of services in their target groups: "registers load balancer target groups" belongs to ACTIVATING,
 * "target group deregistration" to DEACTIVATING
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html).
 */
export function createTargets(parts: () => Parts): Parts["targets"] & { start(): void; stop(): void } {
  let engine: Engine | undefined;
  const get = (): Engine => (engine ??= { deps: parts(), open: new Map(), queues: new Map(), registered: new Set(), draining: new Set() });
  let unsubscribe = (): void => {};
  return {
    register: (scope, taskId) => register(get(), scope, taskId),
    deregister: (scope, taskId) => deregister(get(), scope, taskId),
    drained: (scope, taskId) =>
      isDraining(get().deps, scope, taskId) ? new Promise((resolve) => void get().draining.add({ scope, taskId, resolve })) : Promise.resolve(),
    start: () => {
      unsubscribe = parts().targetGroups.onTargetsChange((scope, groupArn) => targetsChanged(get(), scope, groupArn));
    },
    stop: () => {
      unsubscribe();
      engine = undefined;
    },
  };
}

async function register(engine: Engine, scope: Scope, taskId: string): Promise<void> {
  const { store } = engine.deps;
  const row = tasks(store, scope).get(taskId)!;
  const service = serviceOf(engine.deps, scope, row);
  if (!service) return;
  const revision = service.deployments.find(({ id }) => id === row.deploymentId)?.revision ?? service;
  const targets = revision.loadBalancers.flatMap((balancer): TaskTarget[] => {
    const address = addressOf(row, balancer);
    return address ? [{ groupArn: balancer.targetGroupArn!, ...address, state: "initial" }] : [];
  });
  if (targets.length === 0) return;
  const known = tasks(store, scope).update(taskId, { targets });
  await engine.deps.clock.during(Promise.all(targets.map((target) => enqueue(engine, "RegisterTargets", scope, known, target))));
}

/** A task with an interface of its own is reached there; another one at its instance's, on the host port of the container's port. */
function addressOf(row: TaskRow, balancer: ServiceRow["loadBalancers"][0]): { id: string; port: number } | undefined {
  if (row.network?.attached) return { id: row.network.attached.privateIp, port: balancer.containerPort! };
  const container = row.task.containers?.find(({ name }) => name === balancer.containerName);
  const port = container?.networkBindings?.find(({ containerPort }) => containerPort === balancer.containerPort)?.hostPort;
  return row.ec2InstanceId && port !== undefined ? { id: row.ec2InstanceId, port } : undefined;
}

const serviceOf = ({ store }: Pick<Parts, "store">, scope: Scope, row: TaskRow): ServiceRow | undefined =>
  row.serviceName === undefined ? undefined : services(store, scope).get(`${row.clusterName}/${row.serviceName}`);

async function deregister(engine: Engine, scope: Scope, taskId: string): Promise<void> {
  const row = tasks(engine.deps.store, scope).get(taskId);
  if (!row?.targets) return;
  engine.registered.delete(taskId);
  await engine.deps.clock.during(Promise.all(row.targets.map((target) => enqueue(engine, "DeregisterTargets", scope, row, target))));
}

function enqueue(engine: Engine, operation: Operation, scope: Scope, row: TaskRow, target: TaskTarget): Promise<void> {
  const { groupArn } = target;
  const service = `${row.clusterName}/${row.serviceName}`;
  const last = engine.open.get(groupArn);
  if (last?.operation === operation && last.service === service) {
    last.members.push({ row, target });
    return last.done;
  }
  const batch: Batch = { operation, scope, service, groupArn, members: [{ row, target }], done: Promise.resolve() };
  engine.open.set(groupArn, batch);
  batch.done = (engine.queues.get(groupArn) ?? Promise.resolve()).then(() => {
    if (engine.open.get(groupArn) === batch) engine.open.delete(groupArn);
    return send(engine, batch);
  });
  engine.queues.set(groupArn, batch.done);
  return batch.done;
}

async function send(engine: Engine, batch: Batch): Promise<void> {
  const { deps } = engine;
  const { operation, scope, groupArn, members } = batch;
  const Targets = members.map(({ target }) => ({ Id: target.id, Port: target.port }));
  try {
    await deps.api.call("elasticloadbalancing", operation, { TargetGroupArn: groupArn, Targets }, scope);
  } catch (error) {
    return refused(engine, batch, error);
  }
  const service = services(deps.store, scope).get(batch.service);
  if (operation === "RegisterTargets") {
    for (const { row } of members) if (wanted(tasks(deps.store, scope).get(row.id) ?? row)) engine.registered.add(row.id);
    if (service) say(deps, scope, service, `registered ${members.length} targets in (target-group ${groupArn})`);
    return targetsChanged(engine, scope, groupArn);
  }
  if (!service) return;
  say(deps, scope, service, `deregistered ${members.length} targets in (target-group ${groupArn})`);
  // Told once for each deployment ("taskSet"), whatever the number of its target groups.
  for (const deploymentId of new Set(members.map(({ row }) => row.deploymentId))) {
    const own = members.filter(({ row, target }) => row.deploymentId === deploymentId && row.targets?.[0]?.groupArn === target.groupArn);
    if (own.length > 0) say(deps, scope, service, `has begun draining connections on ${own.length} tasks.`, deploymentId);
  }
}

/** The group is gone, or the target is refused: the service says so, and tries again as long as it wants the task. */
function refused(engine: Engine, batch: Batch, error: unknown): void {
  const { deps } = engine;
  const { scope, groupArn, members } = batch;
  if (!(error instanceof AwsError)) deps.log(`ecs: ${batch.operation} of ${groupArn}: ${(error as Error).stack}`);
  if (batch.operation === "DeregisterTargets") return; // With the group its targets are gone.
  const service = services(deps.store, scope).get(batch.service);
  if (service) say(deps, scope, service, `failed to register targets in (target-group ${groupArn}) with (error ${(error as Error).message})`);
  deps.clock.setTimer(RETRY_MS, async () => {
    for (const { row, target } of members) {
      const present = tasks(deps.store, scope).get(row.id);
      if (present && wanted(present)) await enqueue(engine, "RegisterTargets", scope, present, target);
    }
  });
}

/** Notes what the load balancer says of the tasks in a group, and lets their services act on it. */
function targetsChanged(engine: Engine, scope: Scope, groupArn: string): void {
  const { deps } = engine;
  const touched = new Set<string>();
  for (const row of tasks(deps.store, scope).filter(({ targets }) => targets?.some((one) => one.groupArn === groupArn) === true)) {
    if (!wanted(row) || !engine.registered.has(row.id)) continue;
    const targets = row.targets!.map(({ groupArn: arn, id, port }) => ({
      groupArn: arn,
      id,
      port,
      ...deps.targetGroups.targetStanding(scope, arn, { id, port }),
    }));
    if (JSON.stringify(targets) === JSON.stringify(row.targets)) continue;
    tasks(deps.store, scope).update(row.id, { targets });
    touched.add(`${row.clusterName}/${row.serviceName}`);
  }
  for (const one of engine.draining) {
    if (isDraining(deps, one.scope, one.taskId)) continue;
    engine.draining.delete(one);
    one.resolve();
  }
  for (const key of touched) deps.scheduler.reconcile(scope, key);
}

const isDraining = (deps: Parts, scope: Scope, taskId: string): boolean =>
  (tasks(deps.store, scope).get(taskId)?.targets ?? []).some(
    ({ groupArn, id, port }) => deps.targetGroups.targetStanding(scope, groupArn, { id, port }).state === "draining",
  );
