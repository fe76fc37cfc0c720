import type {
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Call } from "../../../core/service.ts";
import {
  checkListenerAttributes,
  checkLoadBalancerAttributes,
  checkTargetGroupAttributes,
  listenerAttributes,
  loadBalancerAttributes,
  targetGroupAttributes,
} from "../attributes.ts";
import type { ElbDeps } from "../deps.ts";
import { requireListener, requireLoadBalancer, requireTargetGroup } from "../errors.ts";
import { listeners, loadBalancers, targetGroups } from "../state.ts";

type Deps = Pick<ElbDeps, "store" | "engine">;

const list = (all: Record<string, string>): { Key: string; Value: string }[] => Object.entries(all).map(([Key, Value]) => ({ Key, Value }));

export function DescribeLoadBalancerAttributes(
  { store }: Deps,
  input: DescribeLoadBalancerAttributesInput,
  call: Call,
): DescribeLoadBalancerAttributesOutput {
  return { Attributes: list(loadBalancerAttributes(requireLoadBalancer(store, call, input.LoadBalancerArn))) };
}

export async function ModifyLoadBalancerAttributes(
  { store, engine }: Deps,
  input: ModifyLoadBalancerAttributesInput,
  call: Call,
): Promise<ModifyLoadBalancerAttributesOutput> {
  const row = requireLoadBalancer(store, call, input.LoadBalancerArn);
  const set = checkLoadBalancerAttributes(input.Attributes ?? []);
  const changed = loadBalancers(store, call).update(row.arn, { attributes: { ...row.attributes, ...set } });
  await engine.loadBalancerChanged(call, row.arn);
  return { Attributes: list(loadBalancerAttributes(changed)) };
}

export function DescribeTargetGroupAttributes(
  { store }: Deps,
  input: DescribeTargetGroupAttributesInput,
  call: Call,
): DescribeTargetGroupAttributesOutput {
  return { Attributes: list(targetGroupAttributes(requireTargetGroup(store, call, input.TargetGroupArn))) };
}

export function ModifyTargetGroupAttributes(
  { store, engine }: Deps,
  input: ModifyTargetGroupAttributesInput,
  call: Call,
): ModifyTargetGroupAttributesOutput {
  const row = requireTargetGroup(store, call, input.TargetGroupArn);
  const set = checkTargetGroupAttributes(row, input.Attributes ?? []);
  const changed = targetGroups(store, call).update(row.arn, { attributes: { ...row.attributes, ...set } });
  engine.groupChanged(call, row.arn);
  return { Attributes: list(targetGroupAttributes(changed)) };
}

export function DescribeListenerAttributes({ store }: Deps, input: DescribeListenerAttributesInput, call: Call): DescribeListenerAttributesOutput {
  return { Attributes: list(listenerAttributes(requireListener(store, call, input.ListenerArn))) };
}

export async function ModifyListenerAttributes(
  { store, engine }: Deps,
  input: ModifyListenerAttributesInput,
  call: Call,
): Promise<ModifyListenerAttributesOutput> {
  const row = requireListener(store, call, input.ListenerArn);
  const set = checkListenerAttributes(row, input.Attributes ?? []);
  const changed = listeners(store, call).update(row.arn, { attributes: { ...row.attributes, ...set } });
  await engine.listenerChanged(call, row.arn);
  return { Attributes: list(listenerAttributes(changed)) };
}
