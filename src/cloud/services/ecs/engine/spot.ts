import type { Scope } from "../../../core/scope.ts";
import type { Parts } from "../parts.ts";
import { services, serviceKey, tasks, wanted } from "../state.ts";

/** The capacity provider of Fargate's spare capacity. */
export const SPOT = "FARGATE_SPOT";

/** Why a task does not start without it: the `reason` of RunTask's failure; the event of a service ends it with a full stop. */
export const NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/**
 * Fargate's spare capacity, as somebody who tries out a project wants it: there or not there, and taken back at will. AWS
 * gives no say in either.
 */
export interface SpotMarket {
  /** False: tasks on FARGATE_SPOT do not start, until it is true again. Those that run stay. */
  setAvailable(available: boolean): void;
  available(): boolean;
  /** Takes the capacity back from a task, or from all; the ARNs of those that it was taken from. */
  interrupt(taskArn?: string): string[];
}

export function createSpot(parts: () => Parts): SpotMarket & { reset(): void } {
  let available = true;
  return {
    available: () => available,
    setAvailable: (next) => {
      const back = next && !available;
      available = next;
      if (back) for (const scope of parts().store.scopes("ecs.services")) reconcileAll(parts(), scope);
    },
    interrupt: (taskArn) => {
      const deps = parts();
      return deps.store.scopes("ecs.tasks").flatMap((scope) =>
        tasks(deps.store, scope)
          .filter((row) => wanted(row) && row.task.capacityProviderName === SPOT && (taskArn === undefined || row.task.taskArn === taskArn))
          .map(({ id, task }) => {
            void deps.runner.stop(scope, id, { stopCode: "SpotInterruption", reason: "Your Spot Task was interrupted." });
            return task.taskArn;
          }),
      );
    },
    reset: () => {
      available = true;
    },
  };
}

function reconcileAll({ store, scheduler }: Parts, scope: Scope): void {
  for (const service of services(store, scope).values()) scheduler.reconcile(scope, serviceKey(service));
}
