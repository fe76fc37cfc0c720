import type { Access, AccessNeed } from "../../core/service.ts";
import { type Scope, arn, parseArn } from "../../core/scope.ts";
import { clusterArn, containerInstanceArn, lastPart, serviceArn, taskArn } from "./lookup.ts";

/*
 * Resources and condition keys of https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */

interface InCluster {
  cluster?: string;
}

const cluster = (scope: Scope, input: InCluster): string => clusterArn(scope, lastPart(input.cluster ?? "default"));
const inCluster = (scope: Scope, input: InCluster): { "ecs:cluster": string } => ({ "ecs:cluster": cluster(scope, input) });
const clusterName = (input: InCluster): string => lastPart(input.cluster ?? "default");

/** The ARN of a task definition; one without revision is any revision of the family. */
function definitionArn(scope: Scope, reference = ""): string {
  if (parseArn(reference)) return reference;
  return arn("ecs", scope, `task-definition/${reference}${reference.includes(":") ? "" : ":*"}`);
}

const onCluster =
  (action: string): Access =>
  (input: InCluster, call) => [{ action, resources: [cluster(call, input)] }];

const onTaskDefinition =
  (action: string): Access =>
  (input: InCluster & { taskDefinition?: string }, call) => [
    { action, resources: [definitionArn(call, input.taskDefinition)], context: inCluster(call, input) },
  ];

const onService =
  (action: string): Access =>
  (input: InCluster & { service?: string; serviceName?: string }, call) => [
    {
      action,
      resources: [serviceArn(call, clusterName(input), lastPart(input.service ?? input.serviceName ?? ""))],
      context: inCluster(call, input),
    },
  ];

/** Tasks run with roles that the caller must be allowed to hand over (`iam:PassRole`). */
function passRoles(roles: (string | undefined)[]): AccessNeed[] {
  return roles
    .filter((role) => role !== undefined)
    .map((role) => ({ action: "iam:PassRole", resources: [role], context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } }));
}

export const access: Record<string, Access> = {
  DeleteCluster: onCluster("ecs:DeleteCluster"),
  UpdateCluster: onCluster("ecs:UpdateCluster"),
  UpdateClusterSettings: onCluster("ecs:UpdateClusterSettings"),
  PutClusterCapacityProviders: onCluster("ecs:PutClusterCapacityProviders"),
  DescribeClusters: (input: { clusters?: string[] }, call) => [
    { action: "ecs:DescribeClusters", resources: (input.clusters ?? ["default"]).map((name) => clusterArn(call, lastPart(name))) },
  ],
  ListContainerInstances: onCluster("ecs:ListContainerInstances"),
  ListServices: (input: InCluster, call) => [{ action: "ecs:ListServices", resources: ["*"], context: inCluster(call, input) }],
  // ListTasks has the container instance as its resource, and the cluster as a condition.
  ListTasks: (input: InCluster & { containerInstance?: string }, call) => [
    {
      action: "ecs:ListTasks",
      resources: [input.containerInstance ? containerInstanceArn(call, clusterName(input), lastPart(input.containerInstance)) : "*"],
      context: inCluster(call, input),
    },
  ],
  DescribeTasks: (input: InCluster & { tasks?: string[] }, call) => [
    {
      action: "ecs:DescribeTasks",
      resources: (input.tasks ?? []).map((id) => taskArn(call, clusterName(input), lastPart(id))),
      context: inCluster(call, input),
    },
  ],
  StopTask: (input: InCluster & { task?: string }, call) => [
    { action: "ecs:StopTask", resources: [taskArn(call, clusterName(input), lastPart(input.task ?? ""))], context: inCluster(call, input) },
  ],
  RunTask: onTaskDefinition("ecs:RunTask"),
  StartTask: onTaskDefinition("ecs:StartTask"),
  CreateService: onService("ecs:CreateService"),
  UpdateService: onService("ecs:UpdateService"),
  DeleteService: onService("ecs:DeleteService"),
  DescribeServices: (input: InCluster & { services?: string[] }, call) => [
    {
      action: "ecs:DescribeServices",
      resources: (input.services ?? []).map((name) => serviceArn(call, clusterName(input), lastPart(name))),
      context: inCluster(call, input),
    },
  ],
  DescribeContainerInstances: (input: InCluster & { containerInstances?: string[] }, call) => [
    {
      action: "ecs:DescribeContainerInstances",
      resources: (input.containerInstances ?? []).map((id) => containerInstanceArn(call, clusterName(input), lastPart(id))),
      context: inCluster(call, input),
    },
  ],
  UpdateContainerInstancesState: (input: InCluster & { containerInstances?: string[] }, call) => [
    {
      action: "ecs:UpdateContainerInstancesState",
      resources: (input.containerInstances ?? []).map((id) => containerInstanceArn(call, clusterName(input), lastPart(id))),
      context: inCluster(call, input),
    },
  ],
  DeregisterContainerInstance: onCluster("ecs:DeregisterContainerInstance"),
  RegisterTaskDefinition: (input: { family?: string; taskRoleArn?: string; executionRoleArn?: string }, call) => [
    { action: "ecs:RegisterTaskDefinition", resources: [arn("ecs", call, `task-definition/${input.family}:*`)] },
    ...passRoles([input.taskRoleArn, input.executionRoleArn]),
  ],
  CreateCapacityProvider: (input: { name?: string }, call) => [
    { action: "ecs:CreateCapacityProvider", resources: [arn("ecs", call, `capacity-provider/${input.name}`)] },
  ],
  UpdateCapacityProvider: (input: { name?: string }, call) => [
    { action: "ecs:UpdateCapacityProvider", resources: [arn("ecs", call, `capacity-provider/${input.name}`)] },
  ],
  DeleteCapacityProvider: (input: { capacityProvider?: string }, call) => [
    { action: "ecs:DeleteCapacityProvider", resources: [arn("ecs", call, `capacity-provider/${lastPart(input.capacityProvider ?? "")}`)] },
  ],
  DeleteTaskDefinitions: (input: { taskDefinitions?: string[] }, call) => [
    { action: "ecs:DeleteTaskDefinitions", resources: (input.taskDefinitions ?? []).map((reference) => definitionArn(call, reference)) },
  ],
  TagResource: (input: { resourceArn?: string }) => [{ action: "ecs:TagResource", resources: [input.resourceArn ?? "*"] }],
  UntagResource: (input: { resourceArn?: string }) => [{ action: "ecs:UntagResource", resources: [input.resourceArn ?? "*"] }],
  ListTagsForResource: (input: { resourceArn?: string }) => [{ action: "ecs:ListTagsForResource", resources: [input.resourceArn ?? "*"] }],
};
