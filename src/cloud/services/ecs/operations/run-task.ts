import type { Failure, RunTaskRequest, RunTaskResponse, StartTaskRequest, StartTaskResponse } from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { MOST_WAITING, waiting } from "../engine/capacity.ts";
import { overridden } from "../engine/overrides.ts";
import { activeInstances, choose, type NewTask, placeTask, type Spot } from "../engine/place.ts";
import { lacks } from "../engine/resources.ts";
import { NO_CAPACITY, SPOT } from "../engine/spot.ts";
import { nextProvider } from "../engine/strategy.ts";
import { cpuUnits, memoryMib } from "../engine/task-size.ts";
import { activeTaskDefinition, clientError, clusterOf, findContainerInstance, invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ClusterRow, type TaskDefinitionRow, type TaskRow, capacityProviders } from "../state.ts";
import { taskView } from "../views.ts";
import { constraints } from "./create-service.ts";
import { rememberRun, repeatedRun } from "./idempotency.ts";
import { checkCompatible, type Launch, launchOf, networkOf } from "../launch.ts";

export function RunTask(deps: Parts, input: RunTaskRequest, call: Call): RunTaskResponse {
  refuseAbsent("RunTask", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const count = input.count ?? 1;
  if (count < 1 || count > 10) throw invalid("Count must be between 1 and 10.");
  const definition = checkedDefinition(deps, input, call);
  const repeated = repeatedRun(deps, call, input, cluster, definition);
  if (repeated) return repeated;
  const launch = launchOf("RunTask", cluster, input);
  checkCompatible(definition, launch);
  checkRoles(deps, definition);
  const network = networkOf(deps, call, definition, launch, input.networkConfiguration);
  const group = input.group ?? `family:${definition.definition.family}`;
  const distinct = constraints("RunTask", input.placementConstraints).some(({ type }) => type === "distinctInstance");
  const run: Run = { deps, call, cluster, launch, distinct, counts: new Map(), task: { ...newTask(input, { cluster, definition, group }), network } };
  const started: TaskRow[] = [];
  const failures: Failure[] = [];
  for (let i = 0; i < count; i++) {
    const result = next(run);
    if ("failures" in result) failures.push(...result.failures);
    else started.push(placeTask(deps, call, result.spot, { ...run.task, capacityProviderName: result.provider }));
  }
  rememberRun(deps, call, input, { cluster, definition, taskIds: started.map(({ id }) => id) });
  return { tasks: started.map((row) => taskView(row, ["TAGS"])), failures };
}

interface Run {
  deps: Parts;
  call: Call;
  cluster: ClusterRow;
  launch: Launch;
  distinct: boolean;
  /** Tasks of this call by capacity provider. */
  counts: Map<string, number>;
  task: NewTask;
}

/** Where the next task of a call goes, or why nowhere. */
function next(run: Run): { spot: Spot; provider?: string } | { failures: Failure[] } {
  const { deps, call, cluster, launch, task } = run;
  const provider = launch.strategy && nextProvider(launch.strategy, run.counts);
  if (provider) run.counts.set(provider, (run.counts.get(provider) ?? 0) + 1);
  // Spot is never made up for by other capacity ("Amazon ECS clusters for Fargate").
  if (provider === SPOT && !deps.spot.available()) return { failures: [{ reason: NO_CAPACITY }] };
  if (launch.launchType === "FARGATE") return { spot: { fargate: true }, ...(provider ? { provider } : {}) };
  const instances = activeInstances(deps, call, cluster.name, provider ? [provider] : undefined);
  const chosen = choose(deps, call, instances, { definition: task.definition, group: task.group, distinct: run.distinct, network: task.network });
  if (chosen.instance) return { spot: { instance: chosen.instance }, ...(provider ? { provider } : {}) };
  if (provider && mayWait(run, provider)) return { spot: { waitsFor: provider }, provider };
  if (instances.length === 0) throw invalid(`No Container Instances were found in your ${provider ? "capacity provider" : "cluster"}.`);
  return { failures: chosen.failures.map(({ instance, reason }) => ({ arn: instance.arn, reason })) };
}

/** Only with managed scaling there is hope that waiting helps (Amazon ECS Developer Guide, "Amazon ECS managed scaling behavior"). */
const mayWait = ({ deps, call, cluster }: Run, provider: string): boolean =>
  capacityProviders(deps.store, call).get(provider)?.provider.managedScaling?.status === "ENABLED" &&
  waiting(deps, call, cluster.name).length < MOST_WAITING;

export function StartTask(deps: Parts, input: StartTaskRequest, call: Call): StartTaskResponse {
  refuseAbsent("StartTask", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const definition = checkedDefinition(deps, input, call);
  const launch: Launch = { launchType: "EC2" };
  checkCompatible(definition, launch);
  checkRoles(deps, definition);
  const network = networkOf(deps, call, definition, launch, input.networkConfiguration);
  const group = input.group ?? `family:${definition.definition.family}`;
  const answer: Required<Pick<StartTaskResponse, "tasks" | "failures">> = { tasks: [], failures: [] };
  for (const reference of input.containerInstances ?? []) {
    const instance = findContainerInstance(deps.store, call, cluster, reference);
    const reason = instance
      ? instance.status === "ACTIVE"
        ? instance.agentConnected
          ? lacks(deps.store, call, instance, definition.definition)
          : "AGENT"
        : "INACTIVE"
      : "MISSING";
    if (reason || !instance) answer.failures.push({ arn: instance?.arn ?? reference, reason });
    else {
      const row = placeTask(deps, call, { instance }, { ...newTask(input, { cluster, definition, group }), network });
      answer.tasks.push(taskView(row, ["TAGS"]));
    }
  }
  return answer;
}

/** The definition with the task's overrides. @throws AwsError */
function checkedDefinition(
  deps: Pick<Parts, "store">,
  input: { taskDefinition?: string; overrides?: RunTaskRequest["overrides"] },
  call: Call,
): TaskDefinitionRow {
  const definition = activeTaskDefinition(deps.store, call, input.taskDefinition!);
  const names = definition.definition.containerDefinitions!.map(({ name }) => name);
  const { overrides } = input;
  for (const { name } of overrides?.containerOverrides ?? [])
    if (!names.includes(name)) throw invalid("Override for container named " + name + " is not a container in the TaskDefinition.");
  const size = { cpu: cpuUnits(overrides?.cpu), memory: memoryMib(overrides?.memory) };
  return overridden(definition, overrides && { ...overrides, ...size });
}

/** ECS takes on both roles, to hand their credentials out. @throws AwsError ClientException, in ECS's words */
function checkRoles({ iam }: Pick<Parts, "iam">, { definition }: TaskDefinitionRow): void {
  for (const role of [definition.taskRoleArn, definition.executionRoleArn]) {
    if (!role || iam.canAssume(role, "ecs-tasks.amazonaws.com")) continue;
    throw clientError(
      `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    );
  }
}

function newTask(
  input: Omit<RunTaskRequest & StartTaskRequest, "containerInstances">,
  more: { cluster: ClusterRow; definition: TaskDefinitionRow; group: string },
): NewTask {
  const inherited = input.propagateTags === "TASK_DEFINITION" ? more.definition.tags : [];
  const { overrides } = input;
  return {
    clusterName: more.cluster.name,
    definition: more.definition,
    group: more.group,
    startedBy: input.startedBy,
    overrides: overrides && { ...overrides, cpu: cpuUnits(overrides.cpu), memory: memoryMib(overrides.memory) },
    tags: [...inherited, ...(input.tags ?? []), ...(input.enableECSManagedTags ? [{ key: "aws:ecs:clusterName", value: more.cluster.name }] : [])],
  };
}

function refuseAbsent(operation: string, input: Omit<RunTaskRequest & StartTaskRequest, "containerInstances">): void {
  const absent = (what: string): never => {
    throw new NotSupported("ecs", operation, what);
  };
  if (input.enableExecuteCommand) absent("enableExecuteCommand");
  if (input.volumeConfigurations?.length) absent("volumeConfigurations");
  for (const one of input.overrides?.containerOverrides ?? []) {
    for (const member of ["environmentFiles", "resourceRequirements"] as const)
      if (one[member]?.length) absent(`overrides.containerOverrides[].${member}`);
  }
}
