import type { InstanceView } from "../../../core/ports.ts";
import type { AccessNeed } from "../../../core/service.ts";
import { type Scope, arn } from "../../../core/scope.ts";
import { clusterArn, containerInstanceArn, lastPart } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { type ContainerInstanceRow, capacityProviders, clusters, containerInstances, drains, occupies, tasks } from "../state.ts";
import { capacityOf, registeredResources } from "./resources.ts";
import { changeInstance, emitInstance } from "./task-state.ts";
import { clusterInUserData } from "./user-data.ts";

/** How long an agent that was refused waits before it asks again, ms. */
const RETRY_MS = 30_000;

/** The ECS agent of every instance: joins the instance to its cluster when it runs, and ends its tasks when it goes. */
export function createAgent(deps: Parts): { onInstance(scope: Scope, instance: InstanceView): Promise<void>; start(): void } {
  return {
    onInstance: async (scope, instance) => {
      if (instance.state === "running") await boot(deps, scope, instance);
      else if (instance.state !== "pending")
        leave(deps, scope, instance.instanceId, instance.state === "stopping" || instance.state === "stopped" ? "stopped" : "terminated");
    },
    start: () => recover(deps),
  };
}

const registered = (deps: Parts, scope: Scope, ec2InstanceId: string): ContainerInstanceRow | undefined =>
  containerInstances(deps.store, scope).find((row) => row.ec2InstanceId === ec2InstanceId);

/** The agent comes up some time after the instance, where that is modelled. */
async function boot(deps: Parts, scope: Scope, instance: InstanceView): Promise<void> {
  const { phases } = deps.runtime;
  if (!phases) return join(deps, scope, instance);
  deps.clock.setTimer(phases.agentStart(instance), () => {
    const later = deps.instances.get(scope, instance.instanceId);
    return later?.state === "running" ? join(deps, scope, later) : undefined;
  });
}

async function join(deps: Parts, scope: Scope, instance: InstanceView): Promise<void> {
  const clusterName = lastPart(clusterInUserData(instance.userData) ?? "");
  if (!clusterName) return;
  const before = registered(deps, scope, instance.instanceId);
  if (before) return reconnect(deps, scope, before);
  const cluster = clusters(deps.store, scope).get(clusterName);
  const refusal = cluster?.status === "ACTIVE" ? await refusalOf(deps, scope, instance, clusterName) : `there is no cluster ${clusterName}`;
  const present = deps.instances.get(scope, instance.instanceId);
  if (present?.state !== "running" || registered(deps, scope, instance.instanceId)) return;
  if (refusal === undefined) return register(deps, scope, present, clusterName);
  deps.log(`ecs: instance ${instance.instanceId} cannot join cluster ${clusterName}: ${refusal}`);
  deps.clock.setTimer(RETRY_MS, () => {
    const later = deps.instances.get(scope, instance.instanceId);
    return later?.state === "running" ? join(deps, scope, later) : undefined;
  });
}

function reconnect(deps: Parts, scope: Scope, row: ContainerInstanceRow): void {
  if (row.agentConnected) return;
  changeInstance(deps, scope, row.id, { agentConnected: true });
  deps.scheduler.reconcileCluster(scope, row.clusterName);
}

/** Why the instance's role does not let its agent work; undefined when it does. */
async function refusalOf(deps: Parts, scope: Scope, instance: InstanceView, clusterName: string): Promise<string | undefined> {
  if (!instance.roleArn) return "it has no instance profile";
  const verdict = await deps.authorize(instance.roleArn, agentNeeds(scope, clusterName), { scope });
  return verdict.allowed ? undefined : (verdict.reason ?? `${instance.roleArn} may not register container instances`);
}

/** What an agent calls before its first task (Service Authorization Reference, "Actions defined by Amazon ECS"). */
function agentNeeds(scope: Scope, clusterName: string): AccessNeed[] {
  const cluster = clusterArn(scope, clusterName);
  return [
    { action: "ecs:DiscoverPollEndpoint", resources: ["*"] },
    { action: "ecs:RegisterContainerInstance", resources: [cluster] },
    { action: "ecs:Poll", resources: [arn("ecs", scope, `container-instance/${clusterName}/*`)], context: { "ecs:cluster": cluster } },
    { action: "ecs:SubmitTaskStateChange", resources: [cluster] },
  ];
}

function register(deps: Parts, scope: Scope, instance: InstanceView, clusterName: string): void {
  const id = deps.ids.hex(32);
  const { cpu, memory } = capacityOf(instance.instanceType);
  const group = instance.tags["aws:autoscaling:groupName"];
  const provider = capacityProviders(deps.store, scope).find(
    ({ provider }) => group !== undefined && provider.autoScalingGroupArn?.endsWith(`/${group}`) === true,
  );
  const row = containerInstances(deps.store, scope).set(id, {
    id,
    arn: containerInstanceArn(scope, clusterName, id),
    clusterName,
    ec2InstanceId: instance.instanceId,
    status: drains(deps.store, scope).has(instance.instanceId) ? "DRAINING" : "ACTIVE",
    agentConnected: true,
    capacityProviderName: clusters(deps.store, scope)
      .get(clusterName)!
      .capacityProviders.find((name) => name === provider?.name),
    availabilityZone: instance.availabilityZone,
    instanceType: instance.instanceType,
    registeredResources: registeredResources(cpu, memory),
    cpu,
    memory,
    registeredAt: now(deps),
    version: 1,
    tags: [],
  });
  emitInstance(deps, scope, row);
  deps.scheduler.reconcileCluster(scope, clusterName);
}

/** The instance has gone without its tasks having been stopped, or after. */
function leave(deps: Parts, scope: Scope, ec2InstanceId: string, how: string): void {
  const row = registered(deps, scope, ec2InstanceId);
  if (!row) return;
  changeInstance(deps, scope, row.id, { agentConnected: false, status: "INACTIVE" });
  for (const task of tasks(deps.store, scope).filter((one) => one.containerInstanceId === row.id && occupies(one))) {
    void deps.runner.lose(scope, task.id, { stopCode: "TerminationNotice", reason: `Host EC2 (instance ${ec2InstanceId}) ${how}.` });
  }
  containerInstances(deps.store, scope).delete(row.id);
  deps.scheduler.reconcileCluster(scope, row.clusterName);
}

/**
 * After a restart nothing runs any more: every agent is disconnected and all tasks are lost, but those that wait for room. EC2, which starts after ECS,
 * tells which instances are still there; their agents connect again, and their services place new tasks.
 */
function recover(deps: Parts): void {
  for (const scope of deps.store.scopes("ecs.container-instances")) {
    const table = containerInstances(deps.store, scope);
    for (const { id } of table.values()) table.update(id, { agentConnected: false });
  }
  for (const scope of deps.store.scopes("ecs.tasks")) {
    for (const row of tasks(deps.store, scope).filter((one) => occupies(one) && one.waitsFor === undefined)) {
      const where = row.ec2InstanceId ? `Host EC2 (instance ${row.ec2InstanceId})` : "Fargate";
      const reason = `${where} lost: the cloud was stopped while the task ran.`;
      void deps.runner.lose(scope, row.id, { stopCode: "InfrastructureHealth", reason });
    }
  }
}
