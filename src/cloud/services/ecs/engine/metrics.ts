import { EachMinute, MINUTE } from "../../../core/each-minute.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Parts } from "../parts.ts";
import { type TaskRow, containerInstances, tasks } from "../state.ts";

/**
 * CPUUtilization and MemoryUtilization of services, each minute: one sample for each running task, so that SampleCount is
 * their number (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html, "Service running task
 * count") and the average is what the tasks use over what they reserve. Percent of what the task definition reserves; of the
 * instance's CPU where it reserves none. The samples belong to the minute that has ended.
 * @returns `start` is to be called too when a task has come to run
 */
export function createMetrics(deps: Parts): { start(): void; stop(): void } {
  const last = new Map<string, Measured>();
  const publish = async (minute: number): Promise<void> => {
    const running = deps.store.scopes("ecs.tasks").flatMap((scope) =>
      tasks(deps.store, scope)
        .filter(isMeasured)
        .map((row) => ({ scope, row })),
    );
    await Promise.all(running.map(({ scope, row }) => publishTask(deps, { scope, row, minute }, last)));
    const ids = new Set(running.map(({ row }) => row.id));
    for (const id of last.keys()) if (!ids.has(id)) last.delete(id);
  };
  const wanted = (): boolean => deps.store.scopes("ecs.tasks").some((scope) => tasks(deps.store, scope).find(isMeasured));
  const minutes = new EachMinute(deps.clock, { wanted, work: publish });
  return { start: () => minutes.wake(), stop: () => minutes.stop() };
}

const isMeasured = ({ task, serviceName }: TaskRow): boolean => serviceName !== undefined && task.lastStatus === "RUNNING";

interface Measured {
  cpuSeconds: number;
  at: number;
}

/**
 * Seconds of this machine that a task had for computing between two moments of the cloud's time: fewer where the cloud's time
 * is sped up. In virtual time a minute counts as a minute, however soon it is over.
 */
const secondsBetween = ({ mode }: Parts["clock"], from: number, to: number): number =>
  Math.max(0.001, (to - from) / 1000 / (mode.kind === "real" ? mode.speed : 1));

async function publishTask(
  deps: Parts,
  { scope, row, minute }: { scope: Scope; row: TaskRow; minute: number },
  last: Map<string, Measured>,
): Promise<void> {
  const stats = await deps.runner.stats(row.id);
  if (!stats) return;
  const at = deps.clock.now();
  // A task's first sample is over the whole minute: before its start it used nothing.
  const before = last.get(row.id) ?? { cpuSeconds: 0, at: at - MINUTE };
  last.set(row.id, { cpuSeconds: stats.cpuSeconds, at });
  const units = row.cpu > 0 ? row.cpu : (containerInstances(deps.store, scope).get(row.containerInstanceId ?? "")?.cpu ?? 1024);
  const cores = Math.max(0, stats.cpuSeconds - before.cpuSeconds) / secondsBetween(deps.clock, before.at, at);
  const common = { dimensions: { ClusterName: row.clusterName, ServiceName: row.serviceName! }, unit: "Percent", at: minute };
  const data = [{ ...common, name: "CPUUtilization", value: (cores * 1024 * 100) / units }];
  if (row.memory > 0) data.push({ ...common, name: "MemoryUtilization", value: (stats.memoryBytes * 100) / (row.memory * 1024 * 1024) });
  deps.metrics.put(scope, "AWS/ECS", data);
}
