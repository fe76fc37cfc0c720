import { type Service, bind } from "../../core/service.ts";
import { createAccess } from "./access.ts";
import { createAgent } from "./engine/agent.ts";
import { createCapacity } from "./engine/capacity.ts";
import { createCredentials } from "./engine/credentials.ts";
import { createDraining } from "./engine/draining.ts";
import { createForgetting } from "./engine/forgetting.ts";
import { createManagedScaling } from "./engine/managed-scaling.ts";
import { createMetrics } from "./engine/metrics.ts";
import { createRunner } from "./engine/runner.ts";
import { createScheduler } from "./engine/scheduler.ts";
import { type SpotMarket, createSpot } from "./engine/spot.ts";
import { createTargets } from "./engine/targets.ts";
import { ListAccountSettings, PutAccountSetting } from "./operations/account-settings.ts";
import {
  CreateCapacityProvider,
  DeleteCapacityProvider,
  DescribeCapacityProviders,
  UpdateCapacityProvider,
} from "./operations/capacity-providers.ts";
import { DeleteCluster, DescribeClusters, ListClusters, UpdateCluster, UpdateClusterSettings } from "./operations/clusters.ts";
import {
  DeregisterContainerInstance,
  DescribeContainerInstances,
  ListContainerInstances,
  UpdateContainerInstancesState,
} from "./operations/container-instances.ts";
import { CreateCluster } from "./operations/create-cluster.ts";
import { CreateService } from "./operations/create-service.ts";
import { PutClusterCapacityProviders } from "./operations/put-cluster-capacity-providers.ts";
import { RegisterTaskDefinition } from "./operations/register-task-definition.ts";
import { RunTask, StartTask } from "./operations/run-task.ts";
import { DeleteService, DescribeServices, ListServices } from "./operations/services.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";
import {
  DeleteTaskDefinitions,
  DeregisterTaskDefinition,
  DescribeTaskDefinition,
  ListTaskDefinitionFamilies,
  ListTaskDefinitions,
} from "./operations/task-definitions.ts";
import { DescribeTasks, ListTasks, StopTask } from "./operations/tasks.ts";
import { UpdateService } from "./operations/update-service.ts";
import type { EcsDeps, Parts } from "./parts.ts";
import { tasks } from "./state.ts";

export type { EcsDeps } from "./parts.ts";
export type { SpotMarket } from "./engine/spot.ts";
export type { Authorize, LifecyclePort, LifecycleWait, VolumesPort } from "./ports.ts";

const OPERATIONS = {
  CreateCluster,
  DeleteCluster,
  DescribeClusters,
  ListClusters,
  UpdateCluster,
  UpdateClusterSettings,
  PutClusterCapacityProviders,
  CreateCapacityProvider,
  UpdateCapacityProvider,
  DeleteCapacityProvider,
  DescribeCapacityProviders,
  RegisterTaskDefinition,
  DeregisterTaskDefinition,
  DeleteTaskDefinitions,
  DescribeTaskDefinition,
  ListTaskDefinitions,
  ListTaskDefinitionFamilies,
  CreateService,
  UpdateService,
  DeleteService,
  DescribeServices,
  ListServices,
  RunTask,
  StartTask,
  StopTask,
  DescribeTasks,
  ListTasks,
  ListContainerInstances,
  DescribeContainerInstances,
  UpdateContainerInstancesState,
  DeregisterContainerInstance,
  TagResource,
  UntagResource,
  ListTagsForResource,
  ListAccountSettings,
  PutAccountSetting,
  PutAccountSettingDefault: PutAccountSetting,
};

/** Amazon ECS on EC2 instances and on Fargate: its API, the service scheduler, and the agent of every instance. */
export function createEcs(deps: EcsDeps): Service & { taskCredentials: Parts["credentials"]["answer"]; spot: SpotMarket } {
  const scheduler = createScheduler(() => parts);
  const scaling = createManagedScaling(() => parts);
  const capacity = createCapacity(
    () => parts,
    (...given) => scaling.scaleOut(...given),
  );
  const credentials = createCredentials(deps);
  const forgetting = createForgetting(deps);
  const targets = createTargets(() => parts);
  const spot = createSpot(() => parts);
  const parts: Parts = {
    ...deps,
    runner: createRunner(() => parts),
    scheduler: attended(scheduler, { capacity, scaling, metrics: () => metrics }),
    capacity,
    credentials,
    targets,
    spot,
    afterStop: (scope, taskId) => {
      forgetting.later(scope, taskId);
      const row = tasks(deps.store, scope).get(taskId);
      if (row?.ec2InstanceId) void draining.check(scope, row.ec2InstanceId);
      if (row) capacity.placeWaiting(scope, row.clusterName);
    },
  };
  const agent = createAgent(parts);
  const draining = createDraining(parts);
  const metrics = createMetrics(parts);
  const movers = [draining, metrics, capacity, scaling, targets];
  const subscriptions: (() => void)[] = [];
  const halt = async (): Promise<void> => {
    for (const part of movers) part.stop();
    scheduler.stop();
    credentials.forget();
    await parts.runner.abandon();
  };

  return {
    name: "ecs",
    signingNames: ["ecs"],
    sdk: () => import("@aws-sdk/client-ecs"),
    protocols: ["awsJson1_1"],
    apiVersion: "2014-11-13",
    operations: bind(parts, OPERATIONS),
    access: createAccess(deps),
    spot,
    taskCredentials: (...given) => credentials.answer(...given),
    start: async () => {
      forgetting.start();
      subscriptions.push(
        deps.instances.onChange((scope, instance) => agent.onInstance(scope, instance)),
        deps.instances.onRulesChange(() => void parts.runner.reevaluatePorts()),
        deps.lifecycle.onLifecycle((scope, wait) => draining.onLifecycle(scope, wait)),
      );
      await deps.runtime.start();
      agent.start();
      for (const part of movers) part.start();
      scheduler.startOnFargate();
    },
    stop: async () => {
      for (const end of subscriptions.splice(0)) end();
      await halt();
      await deps.runtime.stop();
    },
    reset: async () => {
      spot.reset();
      await halt();
    },
  };
}

/** The scheduler, and what else there is to do where it is called. */
function attended(
  scheduler: Parts["scheduler"],
  others: { capacity: Parts["capacity"]; scaling: { start(): void }; metrics: () => { start(): void } },
): Parts["scheduler"] {
  return {
    ...scheduler,
    taskRuns: (scope, taskId) => {
      others.metrics().start();
      scheduler.taskRuns(scope, taskId);
    },
    reconcileCluster: (scope, clusterName) => {
      // Its capacity providers may be others than before.
      others.scaling.start();
      // Tasks that wait come before new ones.
      others.capacity.placeWaiting(scope, clusterName);
      scheduler.reconcileCluster(scope, clusterName);
    },
  };
}
