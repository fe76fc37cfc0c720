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
  Rule,
} from "@aws-sdk/client-eventbridge";
import type { Call } from "../../../core/service.ts";
import type { EventsParts } from "../index.ts";
import { busNamed, ruleKey, rules, type RuleRow } from "../state.ts";
import { busName, busOf, invalid, named, page, ruleOf } from "./input.ts";

type Deps = Pick<EventsParts, "store" | "clock" | "scheduler">;

const describe = (row: RuleRow): Rule => ({
  Name: row.name,
  Arn: row.arn,
  EventPattern: row.eventPattern,
  ScheduleExpression: row.scheduleExpression,
  State: row.state,
  Description: row.description,
  RoleArn: row.roleArn,
  EventBusName: row.bus,
});

export function DescribeRule({ store }: Deps, input: DescribeRuleRequest, call: Call): DescribeRuleResponse {
  const row = ruleOf(store, call, input.Name, input.EventBusName);
  return { ...describe(row), CreatedBy: row.createdBy };
}

export function ListRules({ store }: Deps, input: ListRulesRequest, call: Call): ListRulesResponse {
  const bus = busOf(store, call, input.EventBusName).name;
  const found = rules(store, call).filter((row) => row.bus === bus && row.name.startsWith(input.NamePrefix ?? ""));
  const { rows, NextToken } = page(found, (row) => row.name, input.NextToken, input.Limit);
  return { Rules: rows.map(describe), NextToken };
}

export function ListRuleNamesByTarget({ store }: Deps, input: ListRuleNamesByTargetRequest, call: Call): ListRuleNamesByTargetResponse {
  const bus = busOf(store, call, input.EventBusName).name;
  const found = rules(store, call).filter((row) => row.bus === bus && row.targets.some((target) => target.Arn === input.TargetArn));
  const { rows, NextToken } = page(found, (row) => row.name, input.NextToken, input.Limit);
  return { RuleNames: rows.map((row) => row.name), NextToken };
}

/** A rule that is not there is deleted with success, as on AWS; one with targets is refused. */
export function DeleteRule({ store, scheduler }: Deps, input: DeleteRuleRequest, call: Call): void {
  const name = named("name", input.Name);
  const bus = busName(input.EventBusName);
  if (!busNamed(store, call, bus)) return;
  const key = ruleKey(bus, name);
  const row = rules(store, call).get(key);
  if (!row) return;
  if (row.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
  rules(store, call).delete(key);
  scheduler.sync(call, row);
}

export function EnableRule(deps: Deps, input: EnableRuleRequest, call: Call): void {
  setState(deps, ruleOf(deps.store, call, input.Name, input.EventBusName), "ENABLED", call);
}

export function DisableRule(deps: Deps, input: DisableRuleRequest, call: Call): void {
  setState(deps, ruleOf(deps.store, call, input.Name, input.EventBusName), "DISABLED", call);
}

function setState({ store, clock, scheduler }: Deps, row: RuleRow, state: RuleRow["state"], call: Call): void {
  if (row.state === state) return;
  rules(store, call).update(ruleKey(row.bus, row.name), { state, scheduledFrom: clock.now() });
  scheduler.sync(call, row);
}
