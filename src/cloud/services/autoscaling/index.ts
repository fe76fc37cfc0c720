import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, EventsPort, InstancesPort, LifecyclePort, MetricsPort, ScalingPort, SnsPort } from "../../core/ports.ts";
import { bind } from "../../core/service.ts";
import type { Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { accessOf } from "./access.ts";
import { GroupEngine } from "./engine/engine.ts";
import { GroupMetrics } from "./engine/metrics.ts";
import { executeForAlarm } from "./engine/policy.ts";
import { CreateAutoScalingGroup } from "./operations/create-auto-scaling-group.ts";
import {
  DeleteAutoScalingGroup,
  DescribeAccountLimits,
  DescribeAutoScalingGroups,
  DescribeAutoScalingInstances,
  EnterStandby,
  ExitStandby,
  SetDesiredCapacity,
  UpdateAutoScalingGroup,
} from "./operations/groups.ts";
import * as instanceOperations from "./operations/instances.ts";
import {
  CompleteLifecycleAction,
  DeleteLifecycleHook,
  DescribeLifecycleHooks,
  DescribeLifecycleHookTypes,
  PutLifecycleHook,
  RecordLifecycleActionHeartbeat,
} from "./operations/lifecycle-hooks.ts";
import * as policyOperations from "./operations/policies.ts";
import * as settingOperations from "./operations/settings.ts";

/** What Auto Scaling needs of the rest of the cloud. */
export interface AutoScalingPorts {
  store: Store;
  clock: Clock;
  ids: Ids;
  api: Api;
  events: EventsPort;
  sns: SnsPort;
  metrics: MetricsPort;
  instances: InstancesPort;
}

/** What its handlers are given. */
export interface AutoScalingDeps extends AutoScalingPorts {
  engine: GroupEngine;
  groupMetrics: GroupMetrics;
}

/** Amazon EC2 Auto Scaling. See README.md for what it has and what it lacks. */
export function createAutoScaling(ports: AutoScalingPorts): Service & ScalingPort & LifecyclePort {
  const engine = new GroupEngine(ports);
  const groupMetrics = new GroupMetrics(ports);
  const deps: AutoScalingDeps = { ...ports, engine, groupMetrics };
  return {
    name: "autoscaling",
    signingNames: ["autoscaling"],
    sdk: () => import("@aws-sdk/client-auto-scaling"),
    protocols: ["awsQuery"],
    xmlNamespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    apiVersion: "2011-01-01",
    operations: bind(deps, {
      CreateAutoScalingGroup,
      UpdateAutoScalingGroup,
      DeleteAutoScalingGroup,
      DescribeAutoScalingGroups,
      DescribeAutoScalingInstances,
      DescribeAccountLimits,
      SetDesiredCapacity,
      EnterStandby,
      ExitStandby,
      ...instanceOperations,
      CompleteLifecycleAction,
      DeleteLifecycleHook,
      DescribeLifecycleHooks,
      DescribeLifecycleHookTypes,
      PutLifecycleHook,
      RecordLifecycleActionHeartbeat,
      ...policyOperations,
      ...settingOperations,
    }),
    access: accessOf(ports.store),
    async start() {
      await engine.start();
      groupMetrics.wake();
    },
    stop() {
      engine.stop();
      groupMetrics.stop();
    },
    reset: () => engine.reset(),
    executePolicy: (policyArn, breach) => executeForAlarm(deps, policyArn, breach),
    onLifecycle: (listener) => engine.waits.onLifecycle(listener),
  };
}
