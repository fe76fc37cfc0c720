import type { ListTargetsByRuleRequest, ListTargetsByRuleResponse, RemoveTargetsRequest, RemoveTargetsResponse } from "@aws-sdk/client-eventbridge";
import type { Call } from "../../../core/service.ts";
import type { EventsParts } from "../index.ts";
import { ruleKey, rules } from "../state.ts";
import { page, ruleOf } from "./input.ts";

type Deps = Pick<EventsParts, "store">;

export function ListTargetsByRule({ store }: Deps, input: ListTargetsByRuleRequest, call: Call): ListTargetsByRuleResponse {
  const rule = ruleOf(store, call, input.Rule, input.EventBusName);
  const { rows, NextToken } = page(rule.targets, (target) => target.Id!, input.NextToken, input.Limit);
  return { Targets: rows, NextToken };
}

/** Ids that the rule does not have are failed entries. */
export function RemoveTargets({ store }: Deps, input: RemoveTargetsRequest, call: Call): RemoveTargetsResponse {
  const rule = ruleOf(store, call, input.Rule, input.EventBusName);
  const ids = input.Ids ?? [];
  rules(store, call).update(ruleKey(rule.bus, rule.name), { targets: rule.targets.filter((target) => !ids.includes(target.Id!)) });
  const unknown = ids.filter((id) => !rule.targets.some((target) => target.Id === id));
  return {
    FailedEntryCount: unknown.length,
    FailedEntries: unknown.map((id) => ({
      TargetId: id,
      ErrorCode: "ResourceNotFoundException",
      ErrorMessage: `Rule ${rule.name} does not have the target ${id}.`,
    })),
  };
}
