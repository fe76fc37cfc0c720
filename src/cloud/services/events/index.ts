import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, EventsPort, LambdaPort, LogsPort, MetricsPort, SnsPort, SqsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { Router, type InvocationErrorHandler } from "./engine/router.ts";
import { Scheduler } from "./engine/scheduler.ts";
import * as busOperations from "./operations/buses.ts";
import * as permissionOperations from "./operations/permissions.ts";
import { PutEvents } from "./operations/put-events.ts";
import { PutRule } from "./operations/put-rule.ts";
import { PutTargets } from "./operations/put-targets.ts";
import * as ruleOperations from "./operations/rules.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";
import { ListTargetsByRule, RemoveTargets } from "./operations/targets.ts";
import { TestEventPattern } from "./operations/test-event-pattern.ts";
import { DEFAULT_BUS } from "./state.ts";

/** What EventBridge asks of IAM: may it take on a target's role, and does a log group's policy let it in? */
export interface EventsIam {
  canAssume(roleArn: string, servicePrincipal: string, context?: Readonly<Record<string, string>>): boolean;
  allowsService(
    policy: string,
    servicePrincipal: string,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | string[]>>,
  ): boolean;
}

export interface EventsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For ECS tasks, for the policies of log groups, and for buses that a role must be allowed to use. */
  api: Api;
  lambda: LambdaPort;
  sns: SnsPort;
  sqs: SqsPort;
  logs: LogsPort;
  metrics: MetricsPort;
  iam: EventsIam;
  /** Told of invocations that failed for good; to standard error unless given. */
  onDeliveryError?: InvocationErrorHandler;
}

/** What the operations need, made once. */
export interface EventsParts extends EventsDeps {
  router: Router;
  scheduler: Scheduler;
}

const reportToStderr: InvocationErrorHandler = (error, { rule, targetArn }) => {
  process.stderr.write(`rouse: rule ${rule.name} could not invoke ${targetArn}: ${error instanceof Error ? error.message : String(error)}\n`);
};

/** Amazon EventBridge: buses, rules, patterns and schedules. See README.md for what it has and what it lacks. */
export function createEvents(deps: EventsDeps): Service & EventsPort {
  const router = new Router({ ...deps, onDeliveryError: deps.onDeliveryError ?? reportToStderr });
  const scheduler = new Scheduler({ store: deps.store, clock: deps.clock, router });
  const parts: EventsParts = { ...deps, router, scheduler };
  const stop = (): void => {
    scheduler.stop();
    router.stop();
  };
  return {
    name: "events",
    signingNames: ["events"],
    sdk: () => import("@aws-sdk/client-eventbridge"),
    protocols: ["awsJson1_1"],
    apiVersion: "2015-10-07",
    operations: bind(parts, {
      PutEvents,
      PutRule,
      PutTargets,
      RemoveTargets,
      ListTargetsByRule,
      TestEventPattern,
      ...ruleOperations,
      ...busOperations,
      ...permissionOperations,
      TagResource,
      UntagResource,
      ListTagsForResource,
    }),
    access,
    emit(at, event) {
      const scope = { account: at.account, region: at.region };
      router.put(scope, DEFAULT_BUS, router.envelope(scope, event));
    },
    start() {
      scheduler.start();
      router.start();
    },
    stop,
    reset: stop,
  };
}
