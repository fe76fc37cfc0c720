import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import { hostNow } from "../../../machines/host-time.ts";
import type { Parts } from "../parts.ts";
import { type TaskRow, containerInstances, tasks } from "../state.ts";

const PERIOD_MS = 60_000;

/**
 * CPUUtilization and MemoryUtilization of services, each minute: one sample for each running task, so that SampleCount is
 * their number (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html, "Service running task
 * count"). Percent of what the task definition reserves; of the instance's CPU where it reserves none.
 */
export function createMetrics(deps: Parts): { start(): void; stop(): void } {
  const last = new Map<string, { cpuSeconds: number; at: number }>();
  let timer: Timer | undefined;
  const publish = async (): Promise<void> => {
    const seen = new Set<string>();
    for (const scope of deps.store.scopes("ecs.tasks")) {
      for (const row of tasks(deps.store, scope).filter(({ task, serviceName }) => serviceName !== undefined && task.lastStatus === "RUNNING")) {
        seen.add(row.id);
        await publishTask(deps, scope, row, last);
      }
    }
    for (const id of last.keys()) if (!seen.has(id)) last.delete(id);
  };
  const next = (): void => {
    timer = deps.clock.setTimer(PERIOD_MS - (deps.clock.now() % PERIOD_MS), async () => {
      next();
      await deps.clock.during(publish());
    });
  };
  return { start: next, stop: () => timer?.cancel() };
}

async function publishTask(deps: Parts, scope: Scope, row: TaskRow, last: Map<string, { cpuSeconds: number; at: number }>): Promise<void> {
  const stats = await deps.runner.stats(row.id);
  if (!stats) return;
  const at = hostNow();
  const before = last.get(row.id) ?? { cpuSeconds: 0, at: at - PERIOD_MS };
  last.set(row.id, { cpuSeconds: stats.cpuSeconds, at });
  const units = row.cpu > 0 ? row.cpu : (containerInstances(deps.store, scope).get(row.containerInstanceId ?? "")?.cpu ?? 1024);
  const cores = Math.max(0, stats.cpuSeconds - before.cpuSeconds) / Math.max(0.001, (at - before.at) / 1000);
  const dimensions = { ClusterName: row.clusterName, ServiceName: row.serviceName! };
  const data = [{ name: "CPUUtilization", dimensions, value: (cores * 1024 * 100) / units, unit: "Percent" }];
  if (row.memory > 0)
    data.push({ name: "MemoryUtilization", dimensions, value: (stats.memoryBytes * 100) / (row.memory * 1024 * 1024), unit: "Percent" });
  deps.metrics.put(scope, "AWS/ECS", data);
}
