import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
  Tag,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import { isService, type Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import type { ElbDeps } from "../deps.ts";
import { requireListener, requireLoadBalancer, requireRule, requireTargetGroup, validationError } from "../errors.ts";
import { TAGS_PER_RESOURCE } from "../limits.ts";
import { tags } from "../state.ts";

/** Tags of a request. @throws AwsError DuplicateTagKeys, TooManyTags, ValidationError */
export function checkTags(given: readonly Tag[] | undefined, call: Call): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const { Key = "", Value = "" } of given ?? []) {
    if (Key === "" || Key.length > 128) throw validationError(`The tag key '${Key}' must have 1 to 128 characters`);
    if (Value.length > 256) throw validationError(`The value of the tag '${Key}' must have at most 256 characters`);
    // CloudFormation's own tags come from this cloud itself.
    if (/^aws:/i.test(Key) && !isService(call.principal)) throw validationError("Tag keys beginning with 'aws:' are reserved for system use");
    if (Key in checked) throw new AwsError("DuplicateTagKeys", `Tag key was specified more than once: ${Key}`);
    checked[Key] = Value;
  }
  limit(checked);
  return checked;
}

function limit(all: Record<string, string>): void {
  if (Object.keys(all).length > TAGS_PER_RESOURCE)
    throw new AwsError("TooManyTags", "The quota for the number of tags that can be assigned to a resource has been reached");
}

export function saveTags(store: Store, scope: Scope, arn: string, given: Record<string, string>): void {
  if (Object.keys(given).length > 0) tags(store, scope).set(arn, given);
}

export function sameTags(store: Store, scope: Scope, arn: string, given: Record<string, string>): boolean {
  const now = tags(store, scope).get(arn) ?? {};
  return Object.keys(now).length === Object.keys(given).length && Object.entries(given).every(([key, value]) => now[key] === value);
}

/** @throws AwsError …NotFound of the kind of resource that the ARN names */
function requireResource(store: Store, call: Call, arn: string): void {
  const kind = arn.split(":")[5]?.split("/")[0];
  if (kind === "loadbalancer") requireLoadBalancer(store, call, arn);
  else if (kind === "targetgroup") requireTargetGroup(store, call, arn);
  else if (kind === "listener") requireListener(store, call, arn);
  else if (kind === "listener-rule") requireRule(store, call, arn);
  else throw validationError(`'${arn}' is not a valid ARN of a load balancer, target group, listener or rule`);
}

export function AddTags({ store }: Pick<ElbDeps, "store">, input: AddTagsInput, call: Call): AddTagsOutput {
  const given = checkTags(input.Tags, call);
  const table = tags(store, call);
  for (const arn of input.ResourceArns ?? []) {
    requireResource(store, call, arn);
    const all = { ...table.get(arn), ...given };
    limit(all);
    table.set(arn, all);
  }
  return {};
}

export function RemoveTags({ store }: Pick<ElbDeps, "store">, input: RemoveTagsInput, call: Call): RemoveTagsOutput {
  const table = tags(store, call);
  const gone = new Set(input.TagKeys);
  for (const arn of input.ResourceArns ?? []) {
    requireResource(store, call, arn);
    table.set(arn, Object.fromEntries(Object.entries(table.get(arn) ?? {}).filter(([key]) => !gone.has(key))));
  }
  return {};
}

export function DescribeTags({ store }: Pick<ElbDeps, "store">, input: DescribeTagsInput, call: Call): DescribeTagsOutput {
  const arns = input.ResourceArns ?? [];
  if (arns.length > 20) throw validationError("No more than 20 resources can be specified");
  return {
    TagDescriptions: arns.map((ResourceArn) => {
      requireResource(store, call, ResourceArn);
      const all = tags(store, call).get(ResourceArn) ?? {};
      return { ResourceArn, Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })) };
    }),
  };
}
