import type {
  CompleteLifecycleActionType,
  DeleteLifecycleHookType,
  DescribeLifecycleHooksAnswer,
  DescribeLifecycleHooksType,
  PutLifecycleHookType,
  RecordLifecycleActionHeartbeatType,
} from "@aws-sdk/client-auto-scaling";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { announceTest } from "../engine/announce.ts";
import { requireGroup, requireLivingGroup, validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { actions, hooks } from "../state.ts";
import type { ActionRow, GroupRow, HookRow, Transition } from "../state.ts";

const TRANSITIONS = ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"];

/** A hook from its input, over what it was before. Default: an hour, then ABANDON. */
export function hookOf(input: PutLifecycleHookType, before: HookRow | undefined): HookRow {
  const transition = input.LifecycleTransition ?? before?.transition;
  if (!transition) throw validationError("When creating a new lifecycle hook you must specify lifecycleTransition.");
  if (!TRANSITIONS.includes(transition))
    throw validationError(`Lifecycle Transition ${transition} is not valid. Valid values are [${TRANSITIONS.join(", ")}]`);
  const heartbeatTimeout = input.HeartbeatTimeout ?? before?.heartbeatTimeout ?? 3600;
  if (heartbeatTimeout < 30 || heartbeatTimeout > 7200) throw validationError("Heartbeat Timeout must be between 30 and 7200 seconds.");
  const defaultResult = input.DefaultResult ?? before?.defaultResult ?? "ABANDON";
  if (defaultResult !== "CONTINUE" && defaultResult !== "ABANDON")
    throw validationError(`Default Result ${defaultResult} is not valid. Valid values are [CONTINUE, ABANDON]`);
  // "If you specify an empty string, this overrides the current ARN."
  const targetArn = (input.NotificationTargetARN ?? before?.targetArn) || undefined;
  if (targetArn && parseArn(targetArn)?.service !== "sns")
    throw new NotSupported("autoscaling", "PutLifecycleHook", `the notification target ${targetArn}`);
  return {
    group: input.AutoScalingGroupName!,
    name: input.LifecycleHookName!,
    transition: transition as Transition,
    targetArn,
    roleArn: input.RoleARN ?? before?.roleArn,
    metadata: input.NotificationMetadata ?? before?.metadata,
    heartbeatTimeout,
    defaultResult,
  };
}

export function putHook(deps: AutoScalingDeps, scope: Scope, group: GroupRow, hook: HookRow): void {
  const key = `${group.name}|${hook.name}`;
  const before = hooks(deps.store, scope).get(key);
  hooks(deps.store, scope).set(key, hook);
  if (hook.targetArn && hook.targetArn !== before?.targetArn) announceTest(deps, scope, group, hook.targetArn);
}

export function PutLifecycleHook(deps: AutoScalingDeps, input: PutLifecycleHookType, call: Call): object {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  if (!/^[A-Za-z0-9\-_/]{1,255}$/.test(input.LifecycleHookName ?? ""))
    throw validationError(`Lifecycle hook name '${input.LifecycleHookName}' is not valid.`);
  const before = hooks(deps.store, call).get(`${group.name}|${input.LifecycleHookName}`);
  const own = hooks(deps.store, call).filter((hook) => hook.group === group.name);
  if (!before && own.length >= 50) throw validationError("You have reached the limit of 50 lifecycle hooks per group.");
  putHook(deps, call, group, hookOf(input, before));
  return {};
}

export function DescribeLifecycleHooks(
  deps: Pick<AutoScalingDeps, "store">,
  input: DescribeLifecycleHooksType,
  call: Call,
): DescribeLifecycleHooksAnswer {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  const found = hooks(deps.store, call).filter(
    (hook) => hook.group === group.name && (!input.LifecycleHookNames?.length || input.LifecycleHookNames.includes(hook.name)),
  );
  return {
    LifecycleHooks: found.map((hook) => ({
      LifecycleHookName: hook.name,
      AutoScalingGroupName: hook.group,
      LifecycleTransition: hook.transition,
      NotificationTargetARN: hook.targetArn,
      RoleARN: hook.roleArn,
      NotificationMetadata: hook.metadata,
      HeartbeatTimeout: hook.heartbeatTimeout,
      GlobalTimeout: Math.min(172_800, hook.heartbeatTimeout * 100),
      DefaultResult: hook.defaultResult,
    })),
  };
}

/** "If there are any outstanding lifecycle actions, they are completed first (ABANDON for launching instances, CONTINUE for terminating instances)." */
export function DeleteLifecycleHook(deps: AutoScalingDeps, input: DeleteLifecycleHookType, call: Call): object {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  const key = `${group.name}|${input.LifecycleHookName}`;
  if (!hooks(deps.store, call).has(key)) throw validationError(`No Lifecycle Hook found with name ${input.LifecycleHookName}`);
  hooks(deps.store, call).delete(key);
  for (const action of actions(deps.store, call).filter((row) => row.group === group.name && row.hook === input.LifecycleHookName)) {
    deps.engine.waits.complete(call, action, action.transition === "autoscaling:EC2_INSTANCE_LAUNCHING" ? "ABANDON" : "CONTINUE");
  }
  return {};
}

/** The action that a token or an instance stands for. */
function activeAction(deps: AutoScalingDeps, call: Call, input: RecordLifecycleActionHeartbeatType): ActionRow {
  requireGroup(deps.store, call, input.AutoScalingGroupName);
  const { LifecycleActionToken: token, InstanceId: instanceId } = input;
  if (token === undefined && instanceId === undefined) throw validationError("Either LifecycleActionToken or InstanceId is required.");
  const found = actions(deps.store, call).find(
    (action) =>
      action.group === input.AutoScalingGroupName &&
      action.hook === input.LifecycleHookName &&
      (token === undefined || action.token === token) &&
      (instanceId === undefined || action.instanceId === instanceId),
  );
  if (!found)
    throw validationError(
      token === undefined
        ? `No active Lifecycle Action found with instance ID ${instanceId}`
        : `No active Lifecycle Action found with token ${token}`,
    );
  return found;
}

export function CompleteLifecycleAction(deps: AutoScalingDeps, input: CompleteLifecycleActionType, call: Call): object {
  const action = activeAction(deps, call, input);
  const result = input.LifecycleActionResult;
  if (result !== "CONTINUE" && result !== "ABANDON")
    throw validationError(`Lifecycle Action Result ${result} is not valid. Valid values are [CONTINUE, ABANDON]`);
  deps.engine.waits.complete(call, action, result);
  return {};
}

export function RecordLifecycleActionHeartbeat(deps: AutoScalingDeps, input: RecordLifecycleActionHeartbeatType, call: Call): object {
  deps.engine.waits.heartbeat(call, activeAction(deps, call, input));
  return {};
}

export const DescribeLifecycleHookTypes = (): object => ({ LifecycleHookTypes: TRANSITIONS });
