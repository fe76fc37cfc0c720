import { passRole } from "../../core/access.ts";
import { parseArn } from "../../core/scope.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import { busName } from "./operations/input.ts";
import { busArn, ruleArn } from "./state.ts";
import type { PutEventsRequest, PutRuleRequest, PutTargetsRequest } from "@aws-sdk/client-eventbridge";

interface RuleInput {
  Name?: string;
  Rule?: string;
  EventBusName?: string;
}

const EVENTS_SERVICE = "events.amazonaws.com";

const busArnOf = (nameOrArn: string | undefined, call: Call): string =>
  nameOrArn !== undefined && parseArn(nameOrArn) ? nameOrArn : busArn(call, busName(nameOrArn));

const rule = (input: RuleInput, call: Call): string => ruleArn(call, busName(input.EventBusName), input.Rule ?? input.Name ?? "*");

const onRule =
  (operation: string): Access =>
  (input: RuleInput, call) => [{ action: `events:${operation}`, resources: [rule(input, call)] }];

const onBus =
  (operation: string): Access =>
  (input: { Name?: string; EventBusName?: string }, call) => [
    { action: `events:${operation}`, resources: [busArnOf(input.EventBusName ?? input.Name, call)] },
  ];

const onArn =
  (operation: string): Access =>
  (input: { ResourceARN?: string }) => [{ action: `events:${operation}`, resources: [input.ResourceARN ?? "*"] }];

/** One need for each entry: `events:source` and `events:detail-type` are conditions of the entry's own. */
const putEvents: Access = (input: PutEventsRequest, call): AccessNeed[] =>
  (input.Entries ?? []).map((entry) => ({
    action: "events:PutEvents",
    resources: [busArnOf(entry.EventBusName, call)],
    context: { "events:source": entry.Source ?? "", "events:detail-type": entry.DetailType ?? "", "events:eventBusInvocation": "false" },
  }));

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge".
export const access: Record<string, Access> = {
  ...Object.fromEntries(
    "DeleteRule DescribeRule DisableRule EnableRule ListTargetsByRule RemoveTargets".split(" ").map((operation) => [operation, onRule(operation)]),
  ),
  ...Object.fromEntries("CreateEventBus DeleteEventBus DescribeEventBus".split(" ").map((operation) => [operation, onBus(operation)])),
  ...Object.fromEntries("ListTagsForResource TagResource UntagResource".split(" ").map((operation) => [operation, onArn(operation)])),
  PutEvents: putEvents,
  PutRule: (input: PutRuleRequest, call) => [
    { action: "events:PutRule", resources: [rule(input, call)] },
    ...passRole([input.RoleArn], EVENTS_SERVICE),
  ],
  PutTargets: (input: PutTargetsRequest, call) => [
    {
      action: "events:PutTargets",
      resources: [rule(input, call)],
      context: { "events:TargetArn": (input.Targets ?? []).map((target) => target.Arn ?? "") },
    },
    ...passRole(
      (input.Targets ?? []).map((target) => target.RoleArn),
      EVENTS_SERVICE,
    ),
  ],
};
