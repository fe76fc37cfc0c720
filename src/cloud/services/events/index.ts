import type { EventsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import { createAccess } from "./access.ts";
import { Delivery } from "./engine/delivery.ts";
import { Router } from "./engine/router.ts";
import { Scheduler } from "./engine/scheduler.ts";
import { CreateEventBus, DeleteEventBus, DescribeEventBus, ListEventBuses, PutPermission, RemovePermission } from "./operations/buses.ts";
import { PutEvents } from "./operations/put-events.ts";
import * as ruleOperations from "./operations/rules.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";
import { ListTargetsByRule, PutTargets, RemoveTargets } from "./operations/targets.ts";
import { TestEventPattern } from "./operations/test-event-pattern.ts";
import type { EventsDeps, EventsParts } from "./parts.ts";
import type { Json } from "./pattern/json.ts";
import { DEFAULT_BUS } from "./state.ts";

export type { EventsDeps } from "./parts.ts";

const handlers = {
  ...{ CreateEventBus, DeleteEventBus, DescribeEventBus, ListEventBuses, PutPermission, RemovePermission },
  ...ruleOperations,
  ...{ PutTargets, RemoveTargets, ListTargetsByRule, PutEvents, TestEventPattern },
  ...{ TagResource, UntagResource, ListTagsForResource },
};

/** EventBridge, and the way in for the events of the cloud's other services. */
export function createEvents(deps: EventsDeps): Service & EventsPort {
  const delivery = new Delivery(deps);
  const router = new Router(deps, delivery);
  const scheduler = new Scheduler(deps, router);
  const parts: EventsParts = { ...deps, delivery, router, scheduler };
  return {
    name: "events",
    signingNames: ["events"],
    sdk: () => import("@aws-sdk/client-eventbridge"),
    protocols: ["awsJson1_1"],
    apiVersion: "2015-10-07",
    operations: bind(parts, handlers),
    access: createAccess(deps.store),
    emit: (at, event) => {
      const scope = { account: at.account, region: at.region };
      // As JSON has it: dates as text, without what is undefined.
      const detail = JSON.parse(JSON.stringify(event.detail)) as Json;
      router.route(scope, DEFAULT_BUS, router.envelope(scope, { ...event, detail }));
    },
    start: () => scheduler.start(),
    stop: () => {
      scheduler.stop();
      delivery.stop();
    },
  };
}
