import { arn, type Scope } from "../../core/scope.ts";
import type { Access } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { targets, type TargetRow } from "./state.ts";

interface Input {
  ServiceNamespace?: string;
  ScalableDimension?: string;
  ResourceId?: string;
  ResourceARN?: string;
  Tags?: Record<string, string>;
  TagKeys?: string[];
}

/**
 * "Actions, resources, and condition keys for Application Auto Scaling" (Service Authorization Reference): what changes
 * something has the scalable target for its resource; what describes has none. One that is yet to be registered has no ID:
 * its ARN ends in `*`.
 */
export function accessOf(store: Store): Record<string, Access> {
  const need = (operation: string, find: (input: Input, scope: Scope) => TargetRow | undefined): Access => {
    return (input: Input, call) => {
      const target = find(input, call);
      const resource = target?.arn ?? input.ResourceARN ?? arn("application-autoscaling", call, "scalable-target/*");
      return [{ action: `application-autoscaling:${operation}`, resources: [resource], context: contextOf(input, target) }];
    };
  };
  const byId = (input: Input, scope: Scope): TargetRow | undefined => targets(store, scope).get(input.ResourceId ?? "");
  const byArn = (input: Input, scope: Scope): TargetRow | undefined => targets(store, scope).find((row) => row.arn === input.ResourceARN);
  return {
    ...Object.fromEntries(ON_TARGET.map((operation) => [operation, need(operation, byId)])),
    ...Object.fromEntries(ON_ARN.map((operation) => [operation, need(operation, byArn)])),
  };
}

const ON_TARGET =
  "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction DeleteScheduledAction".split(" ");
const ON_ARN = "TagResource UntagResource ListTagsForResource".split(" ");

function contextOf(input: Input, target: TargetRow | undefined): Record<string, string | string[]> {
  const keys = [...Object.keys(input.Tags ?? {}), ...(input.TagKeys ?? [])];
  return {
    ...(input.ServiceNamespace === undefined ? {} : { "application-autoscaling:service-namespace": input.ServiceNamespace }),
    ...(input.ScalableDimension === undefined ? {} : { "application-autoscaling:scalable-dimension": input.ScalableDimension }),
    ...Object.fromEntries(Object.entries(target?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    ...Object.fromEntries(Object.entries(input.Tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(keys.length > 0 ? { "aws:TagKeys": keys } : {}),
  };
}
