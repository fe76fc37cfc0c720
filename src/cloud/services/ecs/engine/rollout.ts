import type { ContainerInstanceRow, ServiceRow, TaskRow } from "../state.ts";
import { occupies, wanted } from "../state.ts";

/** What the service scheduler is to do now: pure, so that it can be tested without a cloud. */
export interface Plan {
  /** Tasks to stop, and why. */
  stop: { task: TaskRow; because: "unhealthy" | "scaling" }[];
  /** Instances to start a task of the PRIMARY deployment on (DAEMON). */
  startOn: ContainerInstanceRow[];
  /** How many tasks of the PRIMARY deployment to start anywhere (REPLICA). */
  start: number;
  /** How many tasks the service should have. */
  desired: number;
  /** Everything is as it should be. */
  steady: boolean;
}

interface Situation {
  service: ServiceRow;
  /** Its tasks that have not stopped. */
  tasks: TaskRow[];
  /** ACTIVE instances that it may use. */
  instances: ContainerInstanceRow[];
  /** On Fargate: there are no instances that a task would have to be on. */
  anywhere?: boolean;
}

/** A task that counts as healthy: it runs, and its health check, if it has one, has passed. */
export const healthy = (row: TaskRow): boolean =>
  wanted(row) && row.task.lastStatus === "RUNNING" && (row.task.healthStatus === undefined || row.task.healthStatus === "HEALTHY");

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html */
export function plan(situation: Situation): Plan {
  const { service } = situation;
  if (service.status !== "ACTIVE") return { stop: stopAll(situation.tasks), startOn: [], start: 0, desired: 0, steady: false };
  return service.schedulingStrategy === "DAEMON" ? daemon(situation) : replica(situation);
}

const stopAll = (tasks: TaskRow[]): Plan["stop"] => tasks.filter(wanted).map((task) => ({ task, because: "scaling" as const }));
const sick = (row: TaskRow): boolean => wanted(row) && row.task.healthStatus === "UNHEALTHY";

/** A service is steady by its running count, in which a task that is stopping is not: one that takes its time holds nothing up. */
const toStay = (tasks: TaskRow[]): number => tasks.filter(wanted).length;

/** One task on each ACTIVE instance; by default the old one stops before the new one starts (0 % to 100 %). */
function daemon({ service, tasks, instances }: Situation): Plan {
  const primary = service.deployments[0]!.id;
  const { minimumHealthyPercent, maximumPercent } = service.deploymentConfiguration;
  const here = new Set(instances.map(({ id }) => id));
  // Tasks on instances that drain, or are not the service's any more.
  const stop = stopAll(tasks.filter((task) => !here.has(task.containerInstanceId ?? "")));
  const startOn: ContainerInstanceRow[] = [];
  const serving = instances.filter(({ id }) => tasks.some((task) => task.containerInstanceId === id && healthy(task))).length;
  let mayGo = serving - Math.ceil((instances.length * minimumHealthyPercent) / 100);
  for (const instance of instances) {
    const on = tasks.filter((task) => task.containerInstanceId === instance.id);
    const current = on.filter((task) => wanted(task) && task.deploymentId === primary);
    const old = on.filter((task) => wanted(task) && task.deploymentId !== primary);
    for (const task of current.filter(sick)) stop.push({ task, because: "unhealthy" });
    for (const task of current.slice(1)) stop.push({ task, because: "scaling" });
    const replaced = current.some(healthy);
    const startFirst = maximumPercent > 100 && minimumHealthyPercent > 0;
    for (const task of old) {
      if (replaced || !healthy(task) || (!startFirst && mayGo-- > 0)) stop.push({ task, because: sick(task) ? "unhealthy" : "scaling" });
    }
    if (current.length === 0 && (on.length === 0 || (startFirst && on.every(wanted)))) startOn.push(instance);
  }
  const current = tasks.filter((task) => healthy(task) && task.deploymentId === primary && here.has(task.containerInstanceId ?? ""));
  return { stop, startOn, start: 0, desired: instances.length, steady: current.length === instances.length && toStay(tasks) === current.length };
}

function replica({ service, tasks, instances, anywhere }: Situation): Plan {
  const primary = service.deployments[0]!.id;
  const desired = service.desiredCount;
  const here = new Set(instances.map(({ id }) => id));
  const most = Math.floor((desired * service.deploymentConfiguration.maximumPercent) / 100);
  const least = Math.ceil((desired * service.deploymentConfiguration.minimumHealthyPercent) / 100);
  const good = (task: TaskRow): boolean =>
    task.deploymentId === primary && (anywhere === true || task.waitsFor !== undefined || here.has(task.containerInstanceId ?? ""));
  const current = tasks.filter((task) => wanted(task) && good(task));
  const others = tasks.filter((task) => wanted(task) && !good(task));
  const stop: Plan["stop"] = current.filter(sick).map((task) => ({ task, because: "unhealthy" }));
  // Too many: the newest go first.
  for (const task of current.filter((one) => !sick(one)).slice(desired)) stop.push({ task, because: "scaling" });
  let serving = tasks.filter(healthy).length - stop.filter(({ task }) => healthy(task)).length;
  for (const task of others) {
    if (healthy(task) && serving - 1 < least) continue;
    if (healthy(task)) serving--;
    stop.push({ task, because: sick(task) ? "unhealthy" : "scaling" });
  }
  const occupied = tasks.filter(occupies).length;
  const start = Math.max(0, Math.min(desired - current.filter((one) => !sick(one)).length, most - occupied));
  return { stop, startOn: [], start, desired, steady: current.filter(healthy).length === desired && toStay(tasks) === desired };
}
