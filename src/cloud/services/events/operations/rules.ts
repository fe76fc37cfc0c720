import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  ListRulesRequest,
  ListRulesResponse,
  PutRuleRequest,
  PutRuleResponse,
} from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { parseSchedule } from "../engine/schedule.ts";
import { parseBus, requireBus, requireRule, ruleArn } from "../names.ts";
import type { EventsParts } from "../parts.ts";
import { compilePattern } from "../pattern/compile.ts";
import { DEFAULT_BUS, ruleKey, rules, type RuleRow } from "../state.ts";
import { page } from "./page.ts";
import { tagsOf } from "./tags.ts";

type Deps = Pick<EventsParts, "store" | "clock" | "scheduler">;

const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** Quotas of EventBridge: 300 rules per bus. */
const MOST_RULES = 300;

/** Creates a rule, or replaces one of the same name on the same bus; its targets and tags stay (API Reference, PutRule). */
export function PutRule(deps: Deps, input: PutRuleRequest, call: Call): PutRuleResponse {
  const { store, clock, scheduler } = deps;
  const bus = parseBus(input.EventBusName, call);
  requireBus(store, bus);
  check(input, bus.name);
  const table = rules(store, bus.scope);
  const key = ruleKey(bus.name, input.Name!);
  const before = table.get(key);
  if (!before && table.filter((rule) => rule.bus === bus.name).length >= MOST_RULES) {
    throw new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
  }
  const row: RuleRow = {
    name: input.Name!,
    bus: bus.name,
    arn: ruleArn(bus.scope, bus.name, input.Name!),
    state: input.State ?? "ENABLED",
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.EventPattern ? { pattern: input.EventPattern } : {}),
    ...(input.ScheduleExpression ? { schedule: input.ScheduleExpression } : {}),
    ...(input.RoleArn ? { roleArn: input.RoleArn } : {}),
    // A rate counts from when the rule got it.
    scheduledFrom: before && before.schedule === input.ScheduleExpression && before.state === (input.State ?? "ENABLED") ? before.scheduledFrom : clock.now(),
    targets: before?.targets ?? [],
    tags: before?.tags ?? tagsOf(input.Tags),
  };
  scheduler.arm(bus.scope, table.set(key, row));
  return { RuleArn: row.arn };
}

function check(input: PutRuleRequest, bus: string): void {
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(input.Name!)) {
    throw invalid(`1 validation error detected: Value '${input.Name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`);
  }
  if (!input.EventPattern && !input.ScheduleExpression) throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (input.EventPattern && input.EventPattern.length > 4096) throw invalid("Value at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to 4096");
  if (input.EventPattern) compilePattern(input.EventPattern);
  if (!input.ScheduleExpression) return;
  if (bus !== DEFAULT_BUS) throw invalid("ScheduleExpression is supported only on the default event bus.");
  parseSchedule(input.ScheduleExpression);
}

export function DescribeRule(deps: Deps, input: DescribeRuleRequest, call: Call): DescribeRuleResponse {
  const bus = parseBus(input.EventBusName, call);
  return { ...toRule(requireRule(deps.store, bus, input.Name!)), CreatedBy: bus.scope.account };
}

const toRule = (row: RuleRow): DescribeRuleResponse => ({
  Name: row.name,
  Arn: row.arn,
  ...(row.pattern === undefined ? {} : { EventPattern: row.pattern }),
  ...(row.schedule === undefined ? {} : { ScheduleExpression: row.schedule }),
  State: row.state,
  ...(row.description === undefined ? {} : { Description: row.description }),
  ...(row.roleArn === undefined ? {} : { RoleArn: row.roleArn }),
  EventBusName: row.bus,
});

function setState(deps: Deps, input: EnableRuleRequest, call: Call, state: "ENABLED" | "DISABLED"): object {
  const bus = parseBus(input.EventBusName, call);
  const row = requireRule(deps.store, bus, input.Name!);
  if (row.state === state) return {};
  deps.scheduler.arm(bus.scope, rules(deps.store, bus.scope).update(ruleKey(bus.name, row.name), { state, scheduledFrom: deps.clock.now() }));
  return {};
}

export const EnableRule = (deps: Deps, input: EnableRuleRequest, call: Call): object => setState(deps, input, call, "ENABLED");
export const DisableRule = (deps: Deps, input: DisableRuleRequest, call: Call): object => setState(deps, input, call, "DISABLED");

/** A rule that is not there is deleted already. */
export function DeleteRule(deps: Deps, input: DeleteRuleRequest, call: Call): object {
  const bus = parseBus(input.EventBusName, call);
  const key = ruleKey(bus.name, input.Name!);
  const row = rules(deps.store, bus.scope).get(key);
  if (!row) return {};
  if (row.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
  rules(deps.store, bus.scope).delete(key);
  deps.scheduler.disarm(row.arn);
  return {};
}

export function ListRules(deps: Deps, input: ListRulesRequest, call: Call): ListRulesResponse {
  const bus = parseBus(input.EventBusName, call);
  requireBus(deps.store, bus);
  const all = rules(deps.store, bus.scope)
    .filter((rule) => rule.bus === bus.name && rule.name.startsWith(input.NamePrefix ?? ""))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = page(all, input.NextToken, input.Limit ?? 100);
  return { Rules: items.map(toRule), ...(next ? { NextToken: next } : {}) };
}

export function ListRuleNamesByTarget(deps: Deps, input: ListRuleNamesByTargetRequest, call: Call): ListRuleNamesByTargetResponse {
  const bus = parseBus(input.EventBusName, call);
  requireBus(deps.store, bus);
  const all = rules(deps.store, bus.scope)
    .filter((rule) => rule.bus === bus.name && rule.targets.some(({ Arn }) => Arn === input.TargetArn))
    .map(({ name }) => name)
    .sort();
  const { items, next } = page(all, input.NextToken, input.Limit ?? 100);
  return { RuleNames: items, ...(next ? { NextToken: next } : {}) };
}
