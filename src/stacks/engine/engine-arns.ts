import { ArnFormat, type Stack } from "aws-cdk-lib";
import type { EngineLeaf, Project } from "../../config/schema.ts";
import { announcedPath, clusterName, type LeafId, scheduleGroupName, taskFamily } from "../../functions/shared/names.ts";
import { functionName, targetGroupName } from "../names.ts";

/**
 * What an engine's functions may act on, by names that are known before anything is there: the functions of all engines refer to
 * it in policies and import nothing, so that leaves can be deployed and deleted one by one.
 */
export interface EngineArns {
  readonly cluster: string;
  /** Any task of the cluster: ECS makes up their names. */
  readonly tasks: string;
  readonly containerInstances: string;
  /** Any revision of the family, or the one that the leaf names. */
  readonly taskDefinition: string;
  /** Roles that its task definition passes to ECS. */
  readonly roles: readonly string[];
  /** The group in which its tasks are registered; ELB makes up the end of its name. */
  readonly targetGroup?: string;
  /** Its reconcile function. */
  readonly reconcile: string;
  /** The schedules of its group. */
  readonly schedules: string;
  /** Parameters that say what was announced of it. */
  readonly announced: readonly string[];
}

export const leafId = (project: Project, leaf: { readonly name: string }): LeafId => ({
  application: project.base.name,
  environment: project.environment.name,
  leaf: leaf.name,
});

/** Path of the roles of an engine's tasks: whoever starts tasks may pass these and no others. */
export const rolePath = ({ application, environment, leaf }: LeafId): string => `/rouse/${application}/${environment}/${leaf}/`;

export const reconcileName = (application: string, leaf: string): string => functionName(application, leaf, "reconcile-engine");

/** Name of the target group of an engine's tasks. */
export const ownTargetGroup = (application: string, leaf: string, port: number): string => targetGroupName(application, leaf, `tasks:${port}`);

export function engineArns(stack: Stack, project: Project, leaf: EngineLeaf): EngineArns {
  const application = project.base.name;
  const region = project.base.region;
  const id = leafId(project, leaf);
  const cluster = leaf.existing
    ? existingArn(stack, region, "cluster", leaf.existing.cluster)
    : ecsArn(stack, region, "cluster", clusterName(application, leaf.name));
  const targetGroup = targetGroupOf(stack, project, leaf);
  const announced = stack.formatArn({ service: "ssm", resource: "parameter", resourceName: announcedPath(id).slice(1) });
  return {
    cluster,
    tasks: `${cluster.replace(":cluster/", ":task/")}/*`,
    containerInstances: `${cluster.replace(":cluster/", ":container-instance/")}/*`,
    taskDefinition: leaf.existing
      ? anyRevision(existingArn(stack, region, "task-definition", leaf.existing.taskDefinition))
      : anyRevision(ecsArn(stack, region, "task-definition", taskFamily(application, leaf.name))),
    roles: leaf.existing
      ? leaf.existing.roles
      : [stack.formatArn({ service: "iam", region: "", resource: "role", resourceName: `${rolePath(id).slice(1)}*` })],
    ...(targetGroup === undefined ? {} : { targetGroup }),
    reconcile: functionArn(stack, reconcileName(application, leaf.name)),
    schedules: stack.formatArn({ service: "scheduler", resource: "schedule", resourceName: `${scheduleGroupName(application, leaf.name)}/*` }),
    announced: [announced, `${announced}/*`],
  };
}

export const functionArn = (stack: Stack, name: string): string =>
  stack.formatArn({ service: "lambda", resource: "function", resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });

const ecsArn = (stack: Stack, region: string, resource: string, resourceName: string): string =>
  stack.formatArn({ service: "ecs", region, resource, resourceName });

/** A name as an ARN in the leaf's own account and region; an ARN as it is. */
const existingArn = (stack: Stack, region: string, resource: string, name: string): string =>
  name.startsWith("arn:") ? name : ecsArn(stack, region, resource, name);

const anyRevision = (arn: string): string => (/:\d+$/.test(arn) ? arn : `${arn}:*`);

function targetGroupOf(stack: Stack, { base }: Project, leaf: EngineLeaf): string | undefined {
  if (leaf.existing) return leaf.existing.targetGroup;
  if (!leaf.route) return undefined;
  const name = ownTargetGroup(base.name, leaf.name, leaf.route.port);
  return stack.formatArn({ service: "elasticloadbalancing", resource: "targetgroup", resourceName: `${name}/*` });
}
