import type { ContainerInstanceRow, ServiceRow, TaskRow, TaskTarget } from "../state.ts";
import { occupies, wanted } from "../state.ts";
import { breaks } from "./breaker.ts";

/** Why a task is stopped: its container, or the load balancer, says that it is unhealthy; or there is one too many. */
export type Because = "scaling" | "container" | TaskTarget;

/** What the service scheduler is to do now: pure, so that it can be tested without a cloud. */
export interface Plan {
  /** Tasks to stop, and why. */
  stop: { task: TaskRow; because: Because }[];
  /** Instances to start a task of the PRIMARY deployment on (DAEMON). */
  startOn: ContainerInstanceRow[];
  /** How many tasks of the PRIMARY deployment to start anywhere (REPLICA). */
  start: number;
  /** How many of those are for tasks that are unhealthy and stay until then. */
  replaces: number;
  /** Unhealthy ones that stay until others are there; one of them makes room where nothing else does. */
  ill: Plan["stop"];
  /** How many tasks the service should have. */
  desired: number;
  /** Everything is as it should be. */
  steady: boolean;
  /** Nothing is left of earlier deployments, not even a task that drains. */
  alone: boolean;
  /** Milliseconds after which there may be something to do although nothing has happened. */
  again?: number;
}

interface Situation {
  service: ServiceRow;
  /** Its tasks that have not stopped. */
  tasks: TaskRow[];
  /** ACTIVE instances that it may use. */
  instances: ContainerInstanceRow[];
  /** On Fargate: there are no instances that a task would have to be on. */
  anywhere?: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * How long a task without any health check has to run before it counts where a circuit breaker watches, so that one that
 * ends at once is a failure of its deployment, ms. On AWS every such task counts after 40 seconds
 * (API_DeploymentConfiguration, `minimumHealthyPercent`).
 */
export const CALM_MS = 3_000;

const isGood = ({ state }: TaskTarget): boolean => state === "healthy" || state === "unavailable";

/**
 * A task that counts as healthy: it runs, its container health check, if it has one, has passed, and so have those of its
 * target groups (API_DeploymentConfiguration, `minimumHealthyPercent`).
 */
export const healthy = (row: TaskRow): boolean =>
  wanted(row) &&
  row.task.lastStatus === "RUNNING" &&
  (row.task.healthStatus === undefined || row.task.healthStatus === "HEALTHY") &&
  (row.targets ?? []).every(isGood);

/** When a healthy task begins to count, ms since the epoch. */
function countsFrom(service: ServiceRow, row: TaskRow): number {
  const checked = row.task.healthStatus !== undefined || (row.targets?.length ?? 0) > 0;
  return checked || row.wasHealthy || !breaks(service) ? 0 : (row.task.startedAt?.getTime() ?? 0) + CALM_MS;
}

/** Whether a task is healthy, and has been for long enough. */
export const counts = (service: ServiceRow, row: TaskRow, now: number): boolean => healthy(row) && countsFrom(service, row) <= now;

/** What is wrong with a task; a load balancer that has not decided yet says nothing against it. */
function ailment(row: TaskRow): Because | undefined {
  if (!wanted(row)) return undefined;
  if (row.task.healthStatus === "UNHEALTHY") return "container";
  return row.task.lastStatus === "RUNNING" ? row.targets?.find(({ state }) => state === "unhealthy" || state === "unused") : undefined;
}

/** Until when a task is left alone: `healthCheckGracePeriodSeconds` "after a task has first started" (API_Service). */
const graceEnds = (service: ServiceRow, row: TaskRow): number =>
  (row.task.startedAt?.getTime() ?? 0) + (service.healthCheckGracePeriodSeconds ?? 0) * 1000;

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html */
export function plan(situation: Situation): Plan {
  const { service, tasks } = situation;
  if (service.status !== "ACTIVE") return { ...NOTHING, stop: stopAll(tasks) };
  const primary = service.deployments[0]!.id;
  const todo = service.schedulingStrategy === "DAEMON" ? daemon(situation) : replica(situation);
  const next = nextLook(situation);
  return { ...todo, alone: tasks.every(({ deploymentId }) => deploymentId === primary), ...(next === undefined ? {} : { again: next }) };
}

const NOTHING: Plan = { stop: [], startOn: [], start: 0, replaces: 0, ill: [], desired: 0, steady: false, alone: false };

function nextLook({ service, tasks, now }: Situation): number | undefined {
  const times = [
    ...tasks.filter(healthy).map((row) => countsFrom(service, row) - now),
    ...tasks.filter((row) => ailment(row) !== undefined).map((row) => graceEnds(service, row) - now),
  ].filter((ms) => ms > 0);
  return times.length > 0 ? Math.min(...times) : undefined;
}

const stopAll = (tasks: TaskRow[]): Plan["stop"] => tasks.filter(wanted).map((task) => ({ task, because: "scaling" as const }));
const sick = ({ service, now }: Situation, row: TaskRow): Because | undefined => (graceEnds(service, row) > now ? undefined : ailment(row));
const because = (situation: Situation, task: TaskRow): Plan["stop"][0] => ({ task, because: sick(situation, task) ?? "scaling" });

/** A service is steady by its running count, in which a task that is stopping is not: one that takes its time holds nothing up. */
const toStay = (tasks: TaskRow[]): number => tasks.filter(wanted).length;

type Todo = Omit<Plan, "alone" | "again">;

/** One task on each ACTIVE instance; by default the old one stops before the new one starts (0 % to 100 %). */
function daemon(situation: Situation): Todo {
  const { service, tasks, instances, now } = situation;
  const primary = service.deployments[0]!;
  const { minimumHealthyPercent, maximumPercent } = service.deploymentConfiguration;
  const isHealthy = (task: TaskRow): boolean => counts(service, task, now);
  const here = new Set(instances.map(({ id }) => id));
  // Tasks on instances that drain, or are not the service's any more.
  const stop = stopAll(tasks.filter((task) => !here.has(task.containerInstanceId ?? "")));
  const startOn: ContainerInstanceRow[] = [];
  const serving = instances.filter(({ id }) => tasks.some((task) => task.containerInstanceId === id && isHealthy(task))).length;
  let mayGo = serving - Math.ceil((instances.length * minimumHealthyPercent) / 100);
  for (const instance of instances) {
    const on = tasks.filter((task) => task.containerInstanceId === instance.id);
    const current = on.filter((task) => wanted(task) && task.deploymentId === primary.id);
    const old = on.filter((task) => wanted(task) && task.deploymentId !== primary.id);
    for (const task of current.filter((one) => sick(situation, one))) stop.push(because(situation, task));
    for (const task of current.slice(1)) stop.push({ task, because: "scaling" });
    const replaced = current.some(isHealthy);
    const startFirst = maximumPercent > 100 && minimumHealthyPercent > 0;
    for (const task of old) {
      if (replaced || !healthy(task) || (!startFirst && mayGo-- > 0)) stop.push(because(situation, task));
    }
    if (current.length === 0 && (on.length === 0 || (startFirst && on.every(wanted)))) startOn.push(instance);
  }
  const current = tasks.filter((task) => isHealthy(task) && task.deploymentId === primary.id && here.has(task.containerInstanceId ?? ""));
  return {
    ...NOTHING,
    stop,
    startOn: primary.rolloutState === "FAILED" ? [] : startOn,
    desired: instances.length,
    steady: current.length === instances.length && toStay(tasks) === current.length,
  };
}

/**
 * As many tasks as are desired. Unhealthy ones are replaced in the way of "Amazon ECS services", "Service scheduler": where
 * `maximumPercent` lets it, the replacement is started first, and the unhealthy task stops once the other one is healthy;
 * when both are unhealthy, one of them stops; where it does not, unhealthy tasks are stopped one at a time.
 * A deployment that the circuit breaker has failed starts nothing more.
 */
function replica(situation: Situation): Todo {
  const { service, tasks, instances, anywhere, now } = situation;
  const primary = service.deployments[0]!;
  const failed = primary.rolloutState === "FAILED";
  const desired = service.desiredCount;
  const { maximumPercent, minimumHealthyPercent } = service.deploymentConfiguration;
  // "RUNNING, STOPPING or PENDING" tasks, rounded down; healthy ones, rounded up.
  const most = Math.floor((desired * maximumPercent) / 100);
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  const here = new Set(instances.map(({ id }) => id));
  const isHealthy = (task: TaskRow): boolean => counts(service, task, now);
  const good = (task: TaskRow): boolean =>
    task.deploymentId === primary.id && (anywhere === true || task.waitsFor !== undefined || here.has(task.containerInstanceId ?? ""));
  const current = tasks.filter((task) => wanted(task) && good(task));
  const others = tasks.filter((task) => wanted(task) && !good(task));
  const ill = current.filter((task) => sick(situation, task));
  const fine = current.filter((task) => !sick(situation, task));
  // Too many: the newest go first.
  const stop: Plan["stop"] = fine.slice(desired).map((task) => ({ task, because: "scaling" }));
  const lacking = Math.max(0, desired - fine.length);
  const start = failed ? 0 : Math.min(lacking, Math.max(0, most - tasks.filter(occupies).length));
  const replaced = fine.slice(0, desired).filter(isHealthy).length;
  let kept = failed ? 0 : Math.max(0, desired - replaced);
  // Nothing may start beside it, and nothing is on its way out: one makes room.
  if (lacking > 0 && start === 0 && tasks.every(wanted)) kept = Math.min(kept, ill.length - 1);
  stop.push(...ill.slice(Math.max(0, kept)).map((task) => because(situation, task)));
  let serving = tasks.filter(isHealthy).length - stop.filter(({ task }) => isHealthy(task)).length;
  for (const task of others) {
    if (isHealthy(task) && (failed || serving - 1 < least)) continue;
    if (isHealthy(task)) serving--;
    stop.push(because(situation, task));
  }
  return {
    ...NOTHING,
    stop,
    start,
    replaces: Math.min(start, ill.length),
    ill: ill.slice(0, Math.max(0, kept)).map((task) => because(situation, task)),
    desired,
    steady: current.filter(isHealthy).length === desired && toStay(tasks) === desired,
  };
}
