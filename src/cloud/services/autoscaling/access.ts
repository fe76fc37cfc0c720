import type { Access } from "../../core/service.ts";
import { arn } from "../../core/scope.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { groups, instances } from "./state.ts";
import type { GroupRow } from "./state.ts";

/**
 * Actions with resource-level permissions: "Actions, resources, and condition keys for Amazon EC2 Auto Scaling" (Service
 * Authorization Reference). Describe actions have none. Conditions see the group's tags as `autoscaling:ResourceTag/…` and
 * `aws:ResourceTag/…`, and those of the request as `aws:RequestTag/…`.
 */
export function accessOf(store: Store): Record<string, Access> {
  const need =
    (
      action: string,
      names: (input: never, call: Scope) => string[],
      more: (input: never) => Record<string, string | string[]> = () => ({}),
    ): Access =>
    (input: Parameters<Access>[0], call) => {
      const found = names(input as never, call).map((name) => ({ name, group: groups(store, call).get(name) }));
      const resources = found.map(({ name, group }) => group?.arn ?? arn("autoscaling", call, `autoScalingGroup:*:autoScalingGroupName/${name}`));
      const needed = resources.length > 0 ? resources : [arn("autoscaling", call, "autoScalingGroup:*:autoScalingGroupName/*")];
      return [{ action: `autoscaling:${action}`, resources: needed, context: { ...tagContext(found[0]?.group), ...more(input as never) } }];
    };
  const named = ({ AutoScalingGroupName }: { AutoScalingGroupName?: string }): string[] => (AutoScalingGroupName ? [AutoScalingGroupName] : []);
  const ofInstance = ({ InstanceId }: { InstanceId?: string }, call: Scope): string[] => {
    const instance = instances(store, call).get(InstanceId ?? "");
    return instance ? [instance.group] : [];
  };
  const ofTags = ({ Tags }: { Tags?: { ResourceId?: string }[] }): string[] => [
    ...new Set((Tags ?? []).flatMap(({ ResourceId }) => (ResourceId ? [ResourceId] : []))),
  ];
  return {
    ...Object.fromEntries(ON_GROUP.map((action) => [action, need(action, named)])),
    CreateAutoScalingGroup: need("CreateAutoScalingGroup", named, requestTags),
    UpdateAutoScalingGroup: need("UpdateAutoScalingGroup", named, sizes),
    CreateOrUpdateTags: need("CreateOrUpdateTags", ofTags, requestTags),
    DeleteTags: need("DeleteTags", ofTags, requestTags),
    TerminateInstanceInAutoScalingGroup: need("TerminateInstanceInAutoScalingGroup", ofInstance),
    SetInstanceHealth: need("SetInstanceHealth", ofInstance),
  };
}

const ON_GROUP = [
  "DeleteAutoScalingGroup",
  "SetDesiredCapacity",
  "SetInstanceProtection",
  "PutScalingPolicy",
  "DeletePolicy",
  "ExecutePolicy",
  "PutLifecycleHook",
  "DeleteLifecycleHook",
  "CompleteLifecycleAction",
  "RecordLifecycleActionHeartbeat",
  "PutNotificationConfiguration",
  "DeleteNotificationConfiguration",
  "SuspendProcesses",
  "ResumeProcesses",
  "EnableMetricsCollection",
  "DisableMetricsCollection",
];

const tagContext = (group: GroupRow | undefined): Record<string, string> =>
  Object.fromEntries(
    (group?.tags ?? []).flatMap(({ key, value }) => [
      [`autoscaling:ResourceTag/${key}`, value],
      [`aws:ResourceTag/${key}`, value],
    ]),
  );

const requestTags = ({ Tags }: { Tags?: { Key?: string; Value?: string }[] }): Record<string, string | string[]> => ({
  ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
  "aws:TagKeys": (Tags ?? []).map(({ Key }) => Key ?? ""),
});

const sizes = ({ MinSize, MaxSize }: { MinSize?: number; MaxSize?: number }): Record<string, string> => ({
  ...(MinSize === undefined ? {} : { "autoscaling:MinSize": String(MinSize) }),
  ...(MaxSize === undefined ? {} : { "autoscaling:MaxSize": String(MaxSize) }),
});
