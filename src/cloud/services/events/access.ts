import type { PutEventsRequest, PutTargetsRequest } from "@aws-sdk/client-eventbridge";
import { passRole } from "../../core/access.ts";
import type { Store } from "../../core/store.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import { busArn, parseBus, ruleArn } from "./names.ts";
import { busPolicy } from "./operations/buses.ts";

interface NamesRule {
  Name?: string;
  Rule?: string;
  EventBusName?: string;
  RoleArn?: string;
  ResourceARN?: string;
}

const onRule =
  (operation: string): Access =>
  (input: NamesRule, call) => {
    const bus = parseBus(input.EventBusName, call);
    return [
      { action: `events:${operation}`, resources: [ruleArn(bus.scope, bus.name, input.Rule ?? input.Name ?? "*")] },
      ...passRole([input.RoleArn], "events.amazonaws.com"),
    ];
  };

const onBus =
  (operation: string): Access =>
  (input: NamesRule, call) => [{ action: `events:${operation}`, resources: [busArn(parseBus(input.EventBusName ?? input.Name, call))] }];

const onTagged =
  (operation: string): Access =>
  (input: NamesRule) => [{ action: `events:${operation}`, resources: [input.ResourceARN ?? "*"] }];

/** Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge". */
export function createAccess(store: Store): Record<string, Access> {
  return {
    ...Object.fromEntries(
      ["PutRule", "DescribeRule", "EnableRule", "DisableRule", "DeleteRule", "RemoveTargets", "ListTargetsByRule"].map((operation) => [operation, onRule(operation)]),
    ),
    ...Object.fromEntries(
      ["CreateEventBus", "DeleteEventBus", "DescribeEventBus", "PutPermission", "RemovePermission"].map((operation) => [operation, onBus(operation)]),
    ),
    ...Object.fromEntries(["TagResource", "UntagResource", "ListTagsForResource"].map((operation) => [operation, onTagged(operation)])),
    PutTargets: (input: PutTargetsRequest, call) => {
      const bus = parseBus(input.EventBusName, call);
      const context = { "events:TargetArn": (input.Targets ?? []).map(({ Arn }) => Arn!) };
      return [
        { action: "events:PutTargets", resources: [ruleArn(bus.scope, bus.name, input.Rule ?? "*")], context },
        ...passRole((input.Targets ?? []).map(({ RoleArn }) => RoleArn), "events.amazonaws.com"),
      ];
    },
    PutEvents: (input: PutEventsRequest, call: Call) => (input.Entries ?? []).map((entry): AccessNeed => {
      const bus = parseBus(entry.EventBusName, call);
      const policy = busPolicy(store, bus);
      const context = { ...(entry.Source ? { "events:source": entry.Source } : {}), ...(entry.DetailType ? { "events:detail-type": entry.DetailType } : {}) };
      return Object.assign({ action: "events:PutEvents", resources: [busArn(bus)], context }, policy ? { resourcePolicies: [policy] } : {});
    }),
  };
}
