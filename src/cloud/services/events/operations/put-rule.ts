import type { PutRuleRequest, PutRuleResponse } from "@aws-sdk/client-eventbridge";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { parseSchedule } from "../../../../schedule/schedule.ts";
import type { EventsParts } from "../index.ts";
import { compilePattern } from "../pattern/compile.ts";
import { DEFAULT_BUS, ruleArn, ruleKey, rules, type RuleRow } from "../state.ts";
import { busOf, constraint, invalid, limitExceeded, named } from "./input.ts";
import { tagRecord } from "./tags.ts";

/** Amazon EventBridge quotas: "300 rules per event bus". */
const MAX_RULES = 300;

/** Creates a rule, or replaces all of it but its targets and its tags. */
export function PutRule(deps: Pick<EventsParts, "store" | "clock" | "scheduler">, input: PutRuleRequest, call: Call): PutRuleResponse {
  const name = named("name", input.Name);
  const bus = busOf(deps.store, call, input.EventBusName).name;
  check(input, bus);
  const table = rules(deps.store, call);
  const key = ruleKey(bus, name);
  const before = table.get(key);
  if (!before && table.filter((row) => row.bus === bus).length >= MAX_RULES) throw limitExceeded();
  const state = input.State === "DISABLED" ? "DISABLED" : "ENABLED";
  const sameSchedule = before !== undefined && before.state === state && before.scheduleExpression === input.ScheduleExpression;
  const row: RuleRow = {
    name,
    bus,
    arn: ruleArn(call, bus, name),
    state,
    createdBy: before?.createdBy ?? call.account,
    scheduledFrom: sameSchedule ? before.scheduledFrom : deps.clock.now(),
    targets: before?.targets ?? [],
    // "Tags are not applied to an existing rule" (PutRule).
    tags: before?.tags ?? tagRecord(input.Tags),
    ...(input.EventPattern ? { eventPattern: input.EventPattern } : {}),
    ...(input.ScheduleExpression ? { scheduleExpression: input.ScheduleExpression } : {}),
    ...(input.Description ? { description: input.Description } : {}),
    ...(input.RoleArn ? { roleArn: input.RoleArn } : {}),
  };
  table.set(key, row);
  deps.scheduler.sync(call, row);
  return { RuleArn: row.arn };
}

function check(input: PutRuleRequest, bus: string): void {
  if (!input.EventPattern && !input.ScheduleExpression) throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (input.State === "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") throw new NotSupported("events", "PutRule", `State ${input.State}`);
  if (input.Description && input.Description.length > 512) {
    throw constraint("description", input.Description, "Member must have length less than or equal to 512");
  }
  if (input.EventPattern) {
    if (input.EventPattern.length > 4096) throw constraint("eventPattern", input.EventPattern, "Member must have length less than or equal to 4096");
    compilePattern(input.EventPattern);
  }
  if (input.ScheduleExpression) {
    if (bus !== DEFAULT_BUS) throw invalid("ScheduleExpression is supported only on the default event bus.");
    if (!parseSchedule(input.ScheduleExpression)) throw invalid("Parameter ScheduleExpression is not valid.");
  }
}
