import type { Failure, RunTaskRequest, RunTaskResponse, StartTaskRequest, StartTaskResponse, Task } from "@aws-sdk/client-ecs";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { choose, openInstances, placeTask } from "../engine/place.ts";
import { lacks } from "../engine/resources.ts";
import { activeTaskDefinition, clusterOf, findContainerInstance, invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ClusterRow, type TaskDefinitionRow, tasks } from "../state.ts";
import { taskView } from "../views.ts";
import { constraints, refuseNetworkMode } from "./create-service.ts";

export function RunTask(deps: Parts, input: RunTaskRequest, call: Call): RunTaskResponse {
  refuseAbsent("RunTask", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const count = input.count ?? 1;
  if (count < 1 || count > 10) throw invalid("Count must be between 1 and 10.");
  const definition = checkedDefinition(deps, "RunTask", input, call);
  const repeated = repeatedCall(deps, input, call, definition);
  if (repeated) return repeated;
  const providers = input.capacityProviderStrategy?.map(({ capacityProvider }) => capacityProvider!);
  const group = input.group ?? `family:${definition.definition.family}`;
  const distinct = constraints("RunTask", input.placementConstraints).some(({ type }) => type === "distinctInstance");
  const started: Task[] = [];
  const failures: Failure[] = [];
  for (let i = 0; i < count; i++) {
    const instances = openInstances(deps, call, cluster.name, providers);
    if (instances.length === 0) throw invalid("No Container Instances were found in your cluster.");
    const chosen = choose(deps, call, instances, { definition, group, distinct });
    if (chosen.instance)
      started.push(
        taskView(
          placeTask(
            deps,
            call,
            chosen.instance,
            newTask(input, { cluster, definition, group, provider: providers && chosen.instance.capacityProviderName }),
          ),
          ["TAGS"],
        ),
      );
    else failures.push(...chosen.failures.map(({ instance, reason }) => ({ arn: instance.arn, reason })));
  }
  return { tasks: started, failures };
}

export function StartTask(deps: Parts, input: StartTaskRequest, call: Call): StartTaskResponse {
  refuseAbsent("StartTask", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const definition = checkedDefinition(deps, "StartTask", input, call);
  const answer: Required<Pick<StartTaskResponse, "tasks" | "failures">> = { tasks: [], failures: [] };
  for (const reference of input.containerInstances ?? []) {
    const instance = findContainerInstance(deps.store, call, cluster, reference);
    const reason = instance ? (instance.status === "ACTIVE" ? lacks(deps.store, call, instance, definition.definition) : "INACTIVE") : "MISSING";
    if (reason || !instance) answer.failures.push({ arn: instance?.arn ?? reference, reason });
    else
      answer.tasks.push(
        taskView(
          placeTask(deps, call, instance, newTask(input, { cluster, definition, group: input.group ?? `family:${definition.definition.family}` })),
          ["TAGS"],
        ),
      );
  }
  return answer;
}

function checkedDefinition(
  deps: Parts,
  operation: string,
  input: { taskDefinition?: string; overrides?: RunTaskRequest["overrides"] },
  call: Call,
): TaskDefinitionRow {
  const definition = activeTaskDefinition(deps.store, call, input.taskDefinition!);
  refuseNetworkMode(operation, definition);
  const names = definition.definition.containerDefinitions!.map(({ name }) => name);
  for (const { name } of input.overrides?.containerOverrides ?? [])
    if (!names.includes(name)) throw invalid("Override for container named " + name + " is not a container in the TaskDefinition.");
  return definition;
}

function newTask(
  input: Omit<RunTaskRequest & StartTaskRequest, "containerInstances">,
  more: { cluster: ClusterRow; definition: TaskDefinitionRow; group: string; provider?: string },
): Parameters<typeof placeTask>[3] {
  const inherited = input.propagateTags === "TASK_DEFINITION" ? more.definition.tags : [];
  return {
    clusterName: more.cluster.name,
    definition: more.definition,
    group: more.group,
    startedBy: input.startedBy,
    clientToken: input.clientToken,
    overrides: input.overrides,
    tags: [...inherited, ...(input.tags ?? []), ...(input.enableECSManagedTags ? [{ key: "aws:ecs:clusterName", value: more.cluster.name }] : [])],
    capacityProviderName: more.provider,
  };
}

/** The answer to a call that repeats an earlier one's client token (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html). */
function repeatedCall(deps: Parts, input: RunTaskRequest, call: Call, definition: TaskDefinitionRow): RunTaskResponse | undefined {
  if (!input.clientToken) return undefined;
  const rows = tasks(deps.store, call).filter((row) => row.clientToken === input.clientToken);
  if (rows.length === 0) return undefined;
  if (rows.some(({ task }) => task.taskDefinitionArn !== definition.definition.taskDefinitionArn)) {
    throw new AwsError("ConflictException", "The client token has been used with other parameters.", {
      fields: { resourceIds: rows.map(({ task }) => task.taskArn) },
    });
  }
  return { tasks: rows.map((row) => taskView(row, ["TAGS"])), failures: [] };
}

function refuseAbsent(operation: string, input: Omit<RunTaskRequest & StartTaskRequest, "containerInstances">): void {
  const absent = (what: string): never => {
    throw new NotSupported("ecs", operation, what);
  };
  if (input.launchType && input.launchType !== "EC2") absent(`the launch type ${input.launchType}`);
  for (const member of ["networkConfiguration", "platformVersion", "enableExecuteCommand"] as const) if (input[member]) absent(member);
  if (input.volumeConfigurations?.length) absent("volumeConfigurations");
  const { overrides } = input;
  for (const member of ["cpu", "memory", "ephemeralStorage", "executionRoleArn", "taskRoleArn"] as const)
    if (overrides?.[member]) absent(`overrides.${member}`);
  for (const one of overrides?.containerOverrides ?? []) {
    for (const member of ["environmentFiles", "resourceRequirements"] as const)
      if (one[member]?.length) absent(`overrides.containerOverrides[].${member}`);
  }
}
