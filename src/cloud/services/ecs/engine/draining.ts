import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Parts } from "../parts.ts";
import type { LifecycleWait } from "../ports.ts";
import { type DrainRow, containerInstances, drains, occupies, tasks } from "../state.ts";
import { changeInstance } from "./task-state.ts";

/** The lifecycle hook that ECS puts on the group of a capacity provider with managed draining. */
export const DRAINING_HOOK = "ecs-managed-draining-termination-hook";
/** Its heartbeat timeout, seconds (seen in accounts that have it), and how often ECS renews it here, ms. */
export const HOOK_TIMEOUT_S = 3600;
const HEARTBEAT_MS = 30 * 60_000;
/** A drain ends after this even with tasks left, ms (managed-instance-draining.html: "up to 48 hours"). */
const LONGEST_MS = 48 * 3_600_000;

/**
 * Managed instance draining: an instance that Auto Scaling wants to terminate is set to DRAINING, its service tasks are
 * stopped (daemon tasks too, they have nowhere else to be), tasks from RunTask may end by themselves, and then the
 * lifecycle action is completed (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html).
 */
export function createDraining(deps: Parts): {
  onLifecycle(scope: Scope, wait: LifecycleWait): Promise<void>;
  check(scope: Scope, ec2InstanceId: string): Promise<void>;
  start(): void;
  stop(): void;
} {
  const timers = new Map<string, Timer>();
  const check = async (scope: Scope, ec2InstanceId: string): Promise<void> => {
    const drain = drains(deps.store, scope).get(ec2InstanceId);
    if (!drain) return;
    const late = deps.clock.now() - drain.since.getTime() >= LONGEST_MS;
    if (!late && tasks(deps.store, scope).find((row) => row.ec2InstanceId === ec2InstanceId && occupies(row))) return;
    drains(deps.store, scope).delete(ec2InstanceId);
    timers.get(ec2InstanceId)?.cancel();
    timers.delete(ec2InstanceId);
    await answer(deps, scope, drain, "CompleteLifecycleAction", { LifecycleActionResult: "CONTINUE" });
  };
  const beat = (scope: Scope, drain: DrainRow): void => {
    timers.get(drain.ec2InstanceId)?.cancel();
    timers.set(
      drain.ec2InstanceId,
      deps.clock.setTimer(HEARTBEAT_MS, async () => {
        await check(scope, drain.ec2InstanceId);
        if (!drains(deps.store, scope).has(drain.ec2InstanceId)) return;
        await answer(deps, scope, drain, "RecordLifecycleActionHeartbeat", {});
        beat(scope, drain);
      }),
    );
  };
  return {
    check,
    onLifecycle: async (scope, wait) => {
      if (wait.lifecycleHookName !== DRAINING_HOOK || wait.transition !== "autoscaling:EC2_INSTANCE_TERMINATING") return;
      const drain = drains(deps.store, scope).set(wait.instanceId, {
        ec2InstanceId: wait.instanceId,
        autoScalingGroupName: wait.autoScalingGroupName,
        lifecycleHookName: wait.lifecycleHookName,
        lifecycleActionToken: wait.lifecycleActionToken,
        since: new Date(deps.clock.now()),
      });
      const instance = containerInstances(deps.store, scope).find((row) => row.ec2InstanceId === wait.instanceId);
      if (instance?.status === "ACTIVE") changeInstance(deps, scope, instance.id, { status: "DRAINING" });
      if (instance) deps.scheduler.reconcileCluster(scope, instance.clusterName);
      beat(scope, drain);
      await check(scope, wait.instanceId);
    },
    start: () => {
      for (const scope of deps.store.scopes("ecs.drains")) {
        for (const drain of drains(deps.store, scope).values()) {
          beat(scope, drain);
          void check(scope, drain.ec2InstanceId);
        }
      }
    },
    stop: () => {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}

async function answer(deps: Parts, scope: Scope, drain: DrainRow, operation: string, more: object): Promise<void> {
  const input = {
    AutoScalingGroupName: drain.autoScalingGroupName,
    LifecycleHookName: drain.lifecycleHookName,
    LifecycleActionToken: drain.lifecycleActionToken,
    InstanceId: drain.ec2InstanceId,
    ...more,
  };
  try {
    await deps.api.call("autoscaling", operation, input, scope);
  } catch (error) {
    // The group, or the instance, may be gone already.
    deps.log(`ecs: ${operation} for instance ${drain.ec2InstanceId}: ${(error as Error).message}`);
  }
}
