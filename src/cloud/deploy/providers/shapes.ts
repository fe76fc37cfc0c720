import shapes from "./shapes.json" with { type: "json" };

/**
 * The inputs of the operations that properties are mapped onto, taken from the schemas of the SDK's clients by
 * shapes.test.ts and kept in shapes.json: loading the clients for it would cost a second and 100 MB at every start.
 */
export const MAPPED_OPERATIONS = {
  apigateway: ["CreateApi", "CreateIntegration", "CreateRoute", "CreateStage"],
  "application-autoscaling": ["PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget"],
  autoscaling: ["CreateAutoScalingGroup", "PutLifecycleHook", "PutScalingPolicy", "UpdateAutoScalingGroup"],
  cloudwatch: ["PutDashboard", "PutMetricAlarm"],
  ec2: ["CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifySubnetAttribute", "ModifyVpcAttribute"],
  ecr: ["CreateRepository"],
  ecs: [
    "CreateCapacityProvider",
    "CreateCluster",
    "CreateService",
    "PutClusterCapacityProviders",
    "RegisterTaskDefinition",
    "UpdateCapacityProvider",
    "UpdateCluster",
    "UpdateService",
  ],
  elasticfilesystem: ["CreateAccessPoint", "CreateFileSystem", "UpdateFileSystem"],
  elasticloadbalancing: [
    "AddListenerCertificates",
    "CreateListener",
    "CreateLoadBalancer",
    "CreateRule",
    "CreateTargetGroup",
    "ModifyListener",
    "ModifyRule",
    "ModifyTargetGroup",
    "RegisterTargets",
  ],
  events: ["PutRule", "PutTargets"],
  iam: ["CreateRole", "UpdateRole"],
  lambda: ["AddPermission", "CreateFunction", "PutFunctionEventInvokeConfig", "UpdateFunctionConfiguration"],
  logs: ["CreateLogGroup", "PutMetricFilter", "PutResourcePolicy", "PutSubscriptionFilter"],
  route53: ["ChangeResourceRecordSets", "CreateHostedZone"],
  scheduler: ["CreateSchedule"],
  secretsmanager: ["CreateSecret", "GetRandomPassword"],
  ssm: ["PutParameter"],
  states: ["CreateStateMachine"],
} as const;

export type MappedService = keyof typeof MAPPED_OPERATIONS;
export type MappedOperation = (typeof MAPPED_OPERATIONS)[MappedService][number];

export type Scalar = "string" | "number" | "boolean" | "timestamp" | "blob" | "document";

/** The type of a member. Structures stand under their name, because they may contain themselves. */
export type Shape = Scalar | { list: Shape } | { map: Shape } | { struct: string };

export type Members = Record<string, Shape>;

export interface ServiceShapes {
  /** The structure that is the operation's input, by operation. */
  operations: Record<string, string>;
  structs: Record<string, Members>;
}

const ALL = shapes as unknown as Record<string, ServiceShapes>;

const indexes = new WeakMap<Members, Map<string, [string, Shape]>>();

/** Members of a structure by lower-case name. */
export function membersOf(service: MappedService, struct: string): Map<string, [string, Shape]> {
  const members = ALL[service]!.structs[struct]!;
  let index = indexes.get(members);
  if (!index) indexes.set(members, (index = new Map(Object.entries(members).map(([name, shape]) => [name.toLowerCase(), [name, shape]]))));
  return index;
}

/** The shape of an operation's input. */
export function inputShape(service: MappedService, operation: MappedOperation): Shape {
  const struct = ALL[service]!.operations[operation];
  if (struct === undefined) throw new Error(`shapes.json has no ${service}:${operation}; it is listed under another service`);
  return { struct };
}
