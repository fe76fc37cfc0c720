import { AwsError } from "../../core/errors.ts";
import { type Scope, arn, parseArn } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import {
  type CapacityProviderRow,
  type ClusterRow,
  type ContainerInstanceRow,
  type ServiceRow,
  type TaskDefinitionRow,
  type TaskRow,
  clusters,
  containerInstances,
  services,
  taskDefinitions,
  tasks,
} from "./state.ts";

/** Throws what ECS answers to bad parameters. */
export const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);
export const clientError = (message: string): AwsError => new AwsError("ClientException", message);

/** The last part of an ARN, or the text itself. */
export const lastPart = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);

export const clusterArn = (scope: Scope, name: string): string => arn("ecs", scope, `cluster/${name}`);
export const taskArn = (scope: Scope, clusterName: string, id: string): string => arn("ecs", scope, `task/${clusterName}/${id}`);
export const serviceArn = (scope: Scope, clusterName: string, name: string): string => arn("ecs", scope, `service/${clusterName}/${name}`);
export const containerInstanceArn = (scope: Scope, clusterName: string, id: string): string =>
  arn("ecs", scope, `container-instance/${clusterName}/${id}`);

/** The cluster that a request means; `default` when it names none. @throws AwsError ClusterNotFoundException */
export function clusterOf(store: Store, scope: Scope, nameOrArn?: string): ClusterRow {
  const row = clusters(store, scope).get(lastPart(nameOrArn ?? "default"));
  if (!row || row.status !== "ACTIVE") throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  return row;
}

export function findService(store: Store, scope: Scope, cluster: ClusterRow, nameOrArn: string): ServiceRow | undefined {
  return services(store, scope).get(`${cluster.name}/${lastPart(nameOrArn)}`);
}

export function findTask(store: Store, scope: Scope, cluster: ClusterRow, idOrArn: string): TaskRow | undefined {
  const row = tasks(store, scope).get(lastPart(idOrArn));
  return row?.clusterName === cluster.name ? row : undefined;
}

export function findContainerInstance(store: Store, scope: Scope, cluster: ClusterRow, idOrArn: string): ContainerInstanceRow | undefined {
  const row = containerInstances(store, scope).get(lastPart(idOrArn));
  return row?.clusterName === cluster.name ? row : undefined;
}

/** A task definition by ARN, `family:revision`, or `family` (its latest active revision). */
export function findTaskDefinition(store: Store, scope: Scope, reference: string): TaskDefinitionRow | undefined {
  const key = parseArn(reference) ? lastPart(reference) : reference;
  const table = taskDefinitions(store, scope);
  return key.includes(":") ? table.get(key) : latest(table.filter(({ definition }) => definition.family === key && definition.status === "ACTIVE"));
}

/** @throws AwsError ClientException when there is none. */
export function taskDefinitionOf(store: Store, scope: Scope, reference: string): TaskDefinitionRow {
  const row = findTaskDefinition(store, scope, reference);
  if (!row) throw clientError("Unable to describe task definition.");
  return row;
}

/** The same, for running: it must be active. @throws AwsError ClientException */
export function activeTaskDefinition(store: Store, scope: Scope, reference: string): TaskDefinitionRow {
  const row = findTaskDefinition(store, scope, reference);
  if (!row) throw clientError("TaskDefinition not found.");
  if (row.definition.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return row;
}

function latest(rows: TaskDefinitionRow[]): TaskDefinitionRow | undefined {
  return rows.reduce<TaskDefinitionRow | undefined>(
    (best, row) => (!best || row.definition.revision > best.definition.revision ? row : best),
    undefined,
  );
}

/** The name of a provider's group; its ARN ends `autoScalingGroupName/<name>`, or is the name alone. */
export const groupName = (row: CapacityProviderRow): string => {
  const { autoScalingGroupArn = "" } = row.provider;
  return parseArn(autoScalingGroupArn) ? autoScalingGroupArn.split("autoScalingGroupName/")[1]! : autoScalingGroupArn;
};

/** One page of a list: `nextToken` is the last item of the page before. */
export function page<T extends string>(
  items: T[],
  request: { nextToken?: string; maxResults?: number },
  most = 100,
): { items: T[]; nextToken?: string } {
  const size = Math.min(request.maxResults ?? most, most);
  if (size < 1) throw invalid("maxResults must be between 1 and 100.");
  const start = request.nextToken ? items.findIndex((item) => Buffer.from(item).toString("base64url") === request.nextToken) + 1 : 0;
  if (request.nextToken && start === 0) throw invalid("Invalid token.");
  const part = items.slice(start, start + size);
  return { items: part, nextToken: start + size < items.length ? Buffer.from(part.at(-1)!).toString("base64url") : undefined };
}
