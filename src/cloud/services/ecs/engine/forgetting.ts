import type { Scope } from "../../../core/scope.ts";
import type { EcsDeps } from "../parts.ts";
import { services, tasks } from "../state.ts";

/** How long a stopped task and a deleted service can still be described, ms (API_DescribeTasks: "at least one hour"). */
const KEPT_MS = 3_600_000;

/** Forgets what has been over for an hour. */
export function createForgetting({ store, clock }: Pick<EcsDeps, "store" | "clock">): { later(scope: Scope, taskId: string): void; start(): void } {
  const later = (scope: Scope, taskId: string): void => {
    const stoppedAt = tasks(store, scope).get(taskId)?.task.stoppedAt?.getTime() ?? clock.now();
    clock.setTimer(Math.max(0, stoppedAt + KEPT_MS - clock.now()), () => void tasks(store, scope).delete(taskId));
  };
  return {
    later,
    start: () => {
      for (const scope of store.scopes("ecs.tasks"))
        for (const { id, task } of tasks(store, scope).values()) if (task.lastStatus === "STOPPED") later(scope, id);
      for (const scope of store.scopes("ecs.services")) {
        for (const [key, { inactiveAt }] of services(store, scope).entries())
          if (inactiveAt && inactiveAt.getTime() + KEPT_MS < clock.now()) services(store, scope).delete(key);
      }
    },
  };
}
