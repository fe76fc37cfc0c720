import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import type { ElbDeps } from "../deps.ts";
import { inRange, page, refuse, requireListener, requireLoadBalancer, requireRule, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { ruleArn } from "../names.ts";
import { rules, rulesOf, tags, type ListenerRow, type RuleRow } from "../state.ts";
import { checkActions, ruleCount, type ActionsPlace } from "./actions.ts";
import { checkConditions } from "./conditions.ts";
import { checkTags, saveTags } from "./tags.ts";
import { describeRule } from "./views.ts";

type Deps = Pick<ElbDeps, "store" | "ids" | "engine">;

const inUse = (priority: number): AwsError => new AwsError("PriorityInUse", `Priority '${priority}' is currently in use`);

const placeOf = (store: Store, scope: Scope, listener: ListenerRow, operation: string): ActionsPlace => ({
  operation,
  loadBalancer: requireLoadBalancer(store, scope, listener.loadBalancerArn),
  protocol: listener.protocol,
  port: listener.port,
});

export async function CreateRule(deps: Deps, input: CreateRuleInput, call: Call): Promise<CreateRuleOutput> {
  const { store, engine } = deps;
  const listener = requireListener(store, call, input.ListenerArn);
  refuse("CreateRule", input, ["Transforms"]);
  const { Priority: priority } = input;
  if (priority === undefined) throw validationError("A priority must be specified");
  inRange(priority, "priority", 1, 50_000);
  const given = checkTags(input.Tags, call);
  const conditions = checkConditions(input.Conditions, "CreateRule");
  const actions = checkActions(store, call, input.Actions, placeOf(store, call, listener, "CreateRule"));
  if (rulesOf(store, call, listener.arn).some((rule) => rule.priority === priority)) throw inUse(priority);
  if (ruleCount(store, call, listener.loadBalancerArn) >= LIMITS["rules-per-application-load-balancer"])
    throw new AwsError("TooManyRules", "The maximum number of rules on this load balancer has been reached");
  const arn = ruleArn(call, listener, deps.ids.hex(16));
  const row = rules(store, call).set(arn, { arn, listenerArn: listener.arn, priority, conditions, actions });
  saveTags(store, call, arn, given);
  await engine.listenerChanged(call, listener.arn);
  return { Rules: [describeRule(row)] };
}

export async function ModifyRule({ store, engine }: Deps, input: ModifyRuleInput, call: Call): Promise<ModifyRuleOutput> {
  const row = requireRule(store, call, input.RuleArn);
  refuse("ModifyRule", input, ["Transforms"]);
  if (row.priority === "default") throw new AwsError("OperationNotPermitted", `Default rule '${row.arn}' cannot be modified`);
  if (!input.Conditions && !input.Actions && !input.ResetTransforms) throw validationError("Either conditions or actions must be specified");
  const listener = requireListener(store, call, row.listenerArn);
  const change: Partial<RuleRow> = {
    ...(input.Conditions ? { conditions: checkConditions(input.Conditions, "ModifyRule") } : {}),
    ...(input.Actions ? { actions: checkActions(store, call, input.Actions, placeOf(store, call, listener, "ModifyRule")) } : {}),
  };
  const changed = rules(store, call).update(row.arn, change);
  await engine.listenerChanged(call, row.listenerArn);
  return { Rules: [describeRule(changed)] };
}

export async function DeleteRule({ store, engine }: Deps, input: DeleteRuleInput, call: Call): Promise<Record<string, never>> {
  const row = requireRule(store, call, input.RuleArn);
  if (row.priority === "default") throw new AwsError("OperationNotPermitted", `Default rule '${row.arn}' cannot be deleted`);
  rules(store, call).delete(row.arn);
  tags(store, call).delete(row.arn);
  await engine.listenerChanged(call, row.listenerArn);
  return {};
}

export function DescribeRules({ store }: Deps, input: DescribeRulesInput, call: Call): DescribeRulesOutput {
  const { RuleArns: arns, ListenerArn } = input;
  if (!arns?.length && ListenerArn === undefined) throw validationError("You must specify either listener rule ARNs or a listener ARN");
  if (arns?.length && ListenerArn !== undefined) throw validationError("Listener rule ARNs and a listener ARN cannot be specified at the same time");
  const found = arns?.length ? arns.map((arn) => requireRule(store, call, arn)) : rulesOf(store, call, requireListener(store, call, ListenerArn).arn);
  const { items, NextMarker } = page(found, input);
  return { Rules: items.map(describeRule), NextMarker };
}

/** All of them, or none: "You can reorder the rules as long as there are no priority conflicts in the new order." */
export async function SetRulePriorities({ store, engine }: Deps, input: SetRulePrioritiesInput, call: Call): Promise<SetRulePrioritiesOutput> {
  const wanted = new Map<string, number>();
  for (const { RuleArn, Priority } of input.RulePriorities ?? []) {
    const row = requireRule(store, call, RuleArn);
    if (Priority === undefined) throw validationError("A priority must be specified");
    inRange(Priority, "priority", 1, 50_000);
    if (row.priority === "default") throw new AwsError("OperationNotPermitted", `The priority of the default rule '${row.arn}' cannot be set`);
    if (wanted.has(row.arn)) throw validationError(`Rule '${row.arn}' was provided multiple times`);
    if ([...wanted.values()].includes(Priority)) throw validationError(`Priority '${Priority}' was provided multiple times`);
    wanted.set(row.arn, Priority);
  }
  const touched = new Set([...wanted.keys()].map((arn) => requireRule(store, call, arn).listenerArn));
  for (const listener of touched) {
    for (const other of rulesOf(store, call, listener)) {
      if (typeof other.priority === "number" && !wanted.has(other.arn) && [...wanted.values()].includes(other.priority)) throw inUse(other.priority);
    }
  }
  const changed = [...wanted].map(([arn, priority]) => rules(store, call).update(arn, { priority }));
  for (const listener of touched) await engine.listenerChanged(call, listener);
  return { Rules: changed.map(describeRule) };
}
