import { type Service, bind } from "../../core/service.ts";
import type { Scope } from "../../core/scope.ts";
import { access } from "./access.ts";
import { createAgent } from "./engine/agent.ts";
import { createDraining } from "./engine/draining.ts";
import { createMetrics } from "./engine/metrics.ts";
import { createRunner } from "./engine/runner.ts";
import { createScheduler } from "./engine/scheduler.ts";
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
import { services, tasks } from "./state.ts";

export type { EcsDeps } from "./parts.ts";
export type { Authorize, LifecyclePort, LifecycleWait, VolumesPort } from "./ports.ts";

/** How long a stopped task and a deleted service can still be described, ms (API_DescribeTasks: "at least one hour"). */
const KEPT_MS = 3_600_000;

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

/** Amazon ECS on EC2 instances: its API, the service scheduler, and the agent of every instance. */
export function createEcs(deps: EcsDeps): Service {
  const parts: Parts = {
    ...deps,
    runner: createRunner(() => parts),
    scheduler: createScheduler(() => parts),
    afterStop: (scope, taskId) => {
      forgetLater(scope, taskId);
      const row = tasks(deps.store, scope).get(taskId);
      if (row) void draining.check(scope, row.ec2InstanceId);
    },
  };
  const agent = createAgent(parts);
  const draining = createDraining(parts);
  const metrics = createMetrics(parts);
  const subscriptions: (() => void)[] = [];

  const forgetLater = (scope: Scope, taskId: string): void => {
    const stoppedAt = tasks(deps.store, scope).get(taskId)?.task.stoppedAt?.getTime() ?? deps.clock.now();
    deps.clock.setTimer(Math.max(0, stoppedAt + KEPT_MS - deps.clock.now()), () => void tasks(deps.store, scope).delete(taskId));
  };
  const resumeForgetting = (): void => {
    for (const scope of deps.store.scopes("ecs.tasks"))
      for (const { id, task } of tasks(deps.store, scope).values()) if (task.lastStatus === "STOPPED") forgetLater(scope, id);
    for (const scope of deps.store.scopes("ecs.services")) {
      for (const [key, { inactiveAt }] of services(deps.store, scope).entries())
        if (inactiveAt && inactiveAt.getTime() + KEPT_MS < deps.clock.now()) services(deps.store, scope).delete(key);
    }
  };

  return {
    name: "ecs",
    signingNames: ["ecs"],
    sdk: () => import("@aws-sdk/client-ecs"),
    protocols: ["awsJson1_1"],
    apiVersion: "2014-11-13",
    operations: bind(parts, OPERATIONS),
    access,
    start: async () => {
      resumeForgetting();
      subscriptions.push(
        deps.instances.onChange((scope, instance) => agent.onInstance(scope, instance)),
        deps.instances.onRulesChange(() => void parts.runner.reevaluatePorts()),
        deps.lifecycle.onLifecycle((scope, wait) => draining.onLifecycle(scope, wait)),
      );
      await deps.runtime.start();
      agent.start();
      draining.start();
      metrics.start();
    },
    stop: async () => {
      for (const end of subscriptions.splice(0)) end();
      metrics.stop();
      draining.stop();
      parts.scheduler.stop();
      await parts.runner.abandon();
      await deps.runtime.stop();
    },
    reset: async () => {
      draining.stop();
      parts.scheduler.stop();
      await parts.runner.abandon();
    },
  };
}
