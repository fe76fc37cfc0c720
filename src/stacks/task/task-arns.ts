import { ArnFormat, type Stack } from "aws-cdk-lib";
import type { Project, TaskLeaf } from "../../config/schema.ts";
import { announcedPath, clusterName, deadLetterAlarmName, lastRunParameter, scheduleGroupName, taskFamily } from "../../functions/shared/names.ts";
import { leafId, rolePath } from "../engine/engine-arns.ts";
import { logStreamsOf } from "../log-streams.ts";

/** What a scheduled leaf's functions may act on, by the names that it has. */
export function taskArns(stack: Stack, project: Project, leaf: TaskLeaf) {
  const application = project.base.name;
  const id = leafId(project, leaf);
  const ecs = (resource: string, resourceName: string): string => stack.formatArn({ service: "ecs", resource, resourceName });
  const parameter = (name: string): string => stack.formatArn({ service: "ssm", resource: "parameter", resourceName: name.slice(1) });
  const colon = (service: string, resource: string, resourceName: string): string =>
    stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return {
    cluster: ecs("cluster", clusterName(application, leaf.name)),
    /** Any task of the cluster: ECS makes up their names. */
    tasks: ecs("task", `${clusterName(application, leaf.name)}/*`),
    /** Any revision of the family: a deployment writes the role and the schedule one after the other. */
    taskDefinition: ecs("task-definition", `${taskFamily(application, leaf.name)}:*`),
    /** The roles that its task definition passes to ECS. */
    roles: stack.formatArn({ service: "iam", region: "", resource: "role", resourceName: `${rolePath(id).slice(1)}*` }),
    schedules: stack.formatArn({ service: "scheduler", resource: "schedule", resourceName: `${scheduleGroupName(application, leaf.name)}/*` }),
    announced: [parameter(announcedPath(id)), `${parameter(announcedPath(id))}/*`],
    lastRun: parameter(lastRunParameter(id)),
    alarm: colon("cloudwatch", "alarm", deadLetterAlarmName(application, leaf.name)),
    logStreams: logStreamsOf(stack, application, leaf.name),
  };
}

export type TaskArns = ReturnType<typeof taskArns>;
