import type { RunTaskRequest } from "@aws-sdk/client-ecs";
import { passRole } from "../../core/access.ts";
import type { Access, AccessNeed } from "../../core/service.ts";
import { type Scope, arn, parseArn } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { clusterArn, containerInstanceArn, findTaskDefinition, lastPart, serviceArn, taskArn } from "./lookup.ts";

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

/**
 * A family means its latest revision before it comes to authorization (API_RunTask: since March 2024). The roles that the
 * task will have are handed over by whoever runs it, and tags on creation need their own permission.
 */
const runNeeds =
  (store: Store, operation: "RunTask" | "StartTask"): Access =>
  (input: RunTaskRequest, call) => {
    const definition = findTaskDefinition(store, call, input.taskDefinition ?? "")?.definition;
    const { taskRoleArn = definition?.taskRoleArn, executionRoleArn = definition?.executionRoleArn } = input.overrides ?? {};
    const tagging: AccessNeed = {
      action: "ecs:TagResource",
      resources: [taskArn(call, clusterName(input), "*")],
      context: { ...inCluster(call, input), "ecs:CreateAction": operation },
    };
    return [
      {
        action: `ecs:${operation}`,
        resources: [definition?.taskDefinitionArn ?? definitionArn(call, input.taskDefinition)],
        context: inCluster(call, input),
      },
      ...passRole([taskRoleArn, executionRoleArn], "ecs-tasks.amazonaws.com"),
      ...(input.tags?.length ? [tagging] : []),
    ];
  };

const onService =
  (action: string): Access =>
  (input: InCluster & { service?: string; serviceName?: string }, call) => [
    {
      action,
      resources: [serviceArn(call, clusterName(input), lastPart(input.service ?? input.serviceName ?? ""))],
      context: inCluster(call, input),
    },
  ];

/** `store`: RunTask needs what the task definition that it names says. */
export const createAccess = ({ store }: { store: Store }): Record<string, Access> => ({
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
  RunTask: runNeeds(store, "RunTask"),
  StartTask: runNeeds(store, "StartTask"),
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
    ...passRole([input.taskRoleArn, input.executionRoleArn], "ecs-tasks.amazonaws.com"),
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
});
