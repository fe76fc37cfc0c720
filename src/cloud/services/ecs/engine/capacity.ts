import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import { lastPart } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type TaskRow, taskDefinitions, tasks, wanted } from "../state.ts";
import { overridden } from "./overrides.ts";
import { activeInstances, assign, choose, openInstances } from "./place.ts";

/**
 * How long a task waits for room, ms. "Provisioning tasks will wait for capacity for between 10 and 30 minutes before
 * transitioning to stopped" (AWS Containers blog, "Deep Dive on Amazon ECS Cluster Auto Scaling"; aws/containers-roadmap
 * #2381); where in between is not told.
 */
export const WAIT_MS = 15 * 60_000;

/** Tasks of a cluster that may wait at once (Amazon ECS service quotas, "Tasks in the PROVISIONING state per cluster"). */
export const MOST_WAITING = 500;

/** The tasks of a cluster that wait for a capacity provider, the longest waiting first. */
export const waiting = (deps: Pick<Parts, "store">, scope: Scope, clusterName: string, provider?: string): TaskRow[] =>
  tasks(deps.store, scope).filter(
    (row) => row.clusterName === clusterName && row.waitsFor !== undefined && wanted(row) && (provider === undefined || row.waitsFor === provider),
  );

/** Tasks in state PROVISIONING: placed when an instance has room, told to managed scaling, stopped when they have waited too long. */
export function createCapacity(
  parts: () => Parts,
  scaleOut: (scope: Scope, clusterName: string, provider: string) => void,
): Parts["capacity"] & { start(): void; stop(): void } {
  const timers = new Map<string, Timer>();
  const expireLater = (scope: Scope, row: TaskRow): void => {
    timers.get(row.id)?.cancel();
    const left = row.task.createdAt!.getTime() + WAIT_MS - parts().clock.now();
    timers.set(
      row.id,
      parts().clock.setTimer(Math.max(0, left), () => {
        timers.delete(row.id);
        return expire(parts(), scope, row.id);
      }),
    );
  };
  return {
    wait: (scope, id) => {
      const row = tasks(parts().store, scope).get(id)!;
      expireLater(scope, row);
      scaleOut(scope, row.clusterName, row.waitsFor!);
    },
    placeWaiting: (scope, clusterName) => {
      const deps = parts();
      for (const row of waiting(deps, scope, clusterName)) {
        const { instance } = search(deps, scope, row);
        if (!instance) continue;
        timers.get(row.id)?.cancel();
        timers.delete(row.id);
        assign(deps, scope, row, instance);
      }
    },
    start: () => {
      const deps = parts();
      for (const scope of deps.store.scopes("ecs.tasks"))
        for (const row of tasks(deps.store, scope).filter((one) => one.waitsFor !== undefined && wanted(one))) {
          expireLater(scope, row);
          scaleOut(scope, row.clusterName, row.waitsFor!);
        }
    },
    stop: () => {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}

function search(deps: Parts, scope: Scope, row: TaskRow): ReturnType<typeof choose> {
  const found = taskDefinitions(deps.store, scope).get(lastPart(row.task.taskDefinitionArn));
  if (!found) return { failures: [] };
  const definition = overridden(found, row.task.overrides);
  return choose(deps, scope, openInstances(deps, scope, row.clusterName, [row.waitsFor!]), {
    definition,
    group: row.task.group,
    network: row.network,
  });
}

/** The reasons are those of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html, DescribeTasks. */
async function expire(deps: Parts, scope: Scope, id: string): Promise<void> {
  const row = tasks(deps.store, scope).get(id);
  if (!row?.waitsFor || !wanted(row)) return;
  const { failures } = search(deps, scope, row);
  const none = activeInstances(deps, scope, row.clusterName, [row.waitsFor]).length === 0 ? "EMPTY CAPACITY PROVIDER" : "AGENT";
  await deps.runner.stop(scope, id, { stopCode: "TaskFailedToStart", reason: failures[0]?.reason ?? none });
}
