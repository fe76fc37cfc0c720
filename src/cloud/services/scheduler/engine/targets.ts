import type { EcsParameters } from "@aws-sdk/client-scheduler";
import { AwsError } from "../../../core/errors.ts";
import { parseArn, type ArnParts, type Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import type { SchedulerDeps } from "../index.ts";
import { groupArn } from "../state.ts";
import { inputOf, type Attempt } from "./input.ts";

export type TargetKind = "lambda" | "sqs" | "sns" | "bus" | "states" | "ecs";

/** The kind of a target that this cloud can invoke, by its ARN; undefined for others. */
export function targetKind(targetArn: string): TargetKind | undefined {
  const target = parseArn(targetArn);
  if (!target) return undefined;
  if (target.service === "sns" || target.service === "sqs") return target.service;
  const kinds: Record<string, TargetKind> = {
    "lambda:function": "lambda",
    "ecs:cluster": "ecs",
    "events:event-bus": "bus",
    "states:stateMachine": "states",
  };
  return kinds[`${target.service}:${target.resource.split(/[:/]/, 1)[0]}`];
}

type Deps = Pick<SchedulerDeps, "api" | "ids" | "iam">;

export const SCHEDULER_SERVICE = "scheduler.amazonaws.com";

/** May Scheduler take on the role for schedules of that group? */
export function canAssume(iam: SchedulerDeps["iam"], roleArn: string, scope: Scope, group: string): boolean {
  // "Confused deputy prevention", EventBridge Scheduler User Guide: the source is the schedule group and not the schedule.
  return iam.canAssume(roleArn, SCHEDULER_SERVICE, { "aws:SourceArn": groupArn(scope, group), "aws:SourceAccount": scope.account });
}

/** The schedule's role, as Scheduler assumes it for this attempt. @throws AwsError when it may not */
export function assume(deps: Deps, { scope, delivery, executionId }: Attempt): Principal {
  const roleArn = delivery.target.RoleArn!;
  const role = parseArn(roleArn);
  if (!role || !canAssume(deps.iam, roleArn, scope, delivery.group)) {
    throw new AwsError("AccessDeniedException", `EventBridge Scheduler is not allowed to assume the role ${roleArn}`, { status: 403 });
  }
  const roleName = role.resource.split("/").at(-1)!;
  return { kind: "assumed-role", arn: `arn:aws:sts::${role.account}:assumed-role/${roleName}/${executionId}`, account: role.account, roleName };
}

/** Invokes a schedule's target with the schedule's role. @throws whatever the target's service answers */
export async function invoke(deps: Deps, attempt: Attempt): Promise<void> {
  const { target } = attempt.delivery;
  const arn = parseArn(target.Arn!)!;
  const scope: Scope = { account: arn.account, region: arn.region };
  const as = assume(deps, attempt);
  const input = inputOf(attempt, deps.ids.uuid());
  switch (targetKind(target.Arn!)) {
    case "lambda":
      return void (await deps.api.call(
        "lambda",
        "Invoke",
        { FunctionName: target.Arn, InvocationType: "Event", Payload: Buffer.from(input) },
        scope,
        as,
      ));
    case "sns":
      return void (await deps.api.call("sns", "Publish", { TopicArn: target.Arn, Message: input }, scope, as));
    case "sqs":
      return sendMessage(deps, arn, { MessageBody: input, MessageGroupId: target.SqsParameters?.MessageGroupId }, as);
    case "states":
      return void (await deps.api.call("states", "StartExecution", { stateMachineArn: target.Arn, input }, scope, as));
    case "bus":
      return putEvent(deps, attempt, input, scope, as);
    case "ecs":
      return runTask(deps, attempt, input, scope, as);
    case undefined:
      throw new Error(`A schedule has the target ${target.Arn}, which cannot be invoked`);
  }
}

/** SendMessage to a queue that is known by its ARN. */
export async function sendMessage(deps: Pick<Deps, "api">, queue: ArnParts, message: object, as: Principal): Promise<void> {
  const scope: Scope = { account: queue.account, region: queue.region };
  const { QueueUrl } = await deps.api.call<{ QueueUrl: string }>(
    "sqs",
    "GetQueueUrl",
    { QueueName: queue.resource, QueueOwnerAWSAccountId: queue.account },
    scope,
  );
  await deps.api.call("sqs", "SendMessage", { QueueUrl, ...message }, scope, as);
}

async function putEvent(deps: Deps, { delivery: { target } }: Attempt, Detail: string, scope: Scope, as: Principal): Promise<void> {
  const { DetailType, Source } = target.EventBridgeParameters!;
  const Entries = [{ EventBusName: target.Arn, DetailType, Source, Detail }];
  const answer = await deps.api.call<{ Entries?: { ErrorCode?: string; ErrorMessage?: string }[] }>("events", "PutEvents", { Entries }, scope, as);
  const failed = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (failed) throw new AwsError(failed.ErrorCode!, failed.ErrorMessage ?? "");
}

/** RunTask with the target's parameters; an input is the task's overrides. */
async function runTask(deps: Deps, { delivery: { target } }: Attempt, input: string, scope: Scope, as: Principal): Promise<void> {
  const overrides = target.Input === undefined ? {} : { overrides: JSON.parse(input) as object };
  const answer = await deps.api.call<{ tasks?: unknown[]; failures?: { reason?: string }[] }>(
    "ecs",
    "RunTask",
    { ...runTaskInput(target.EcsParameters!, target.Arn!), ...overrides },
    scope,
    as,
  );
  // A task that could not be placed is tried again, as EventBridge does with its ECS targets.
  if ((answer.tasks?.length ?? 0) === 0) {
    throw new AwsError("TaskFailedToStart", answer.failures?.[0]?.reason ?? "RunTask started nothing", { status: 500 });
  }
}

function runTaskInput(parameters: EcsParameters, cluster: string): object {
  const network = parameters.NetworkConfiguration?.awsvpcConfiguration;
  const input = {
    cluster,
    taskDefinition: parameters.TaskDefinitionArn,
    count: parameters.TaskCount ?? 1,
    launchType: parameters.LaunchType,
    platformVersion: parameters.PlatformVersion,
    group: parameters.Group,
    capacityProviderStrategy: parameters.CapacityProviderStrategy,
    placementConstraints: parameters.PlacementConstraints,
    placementStrategy: parameters.PlacementStrategy,
    enableECSManagedTags: parameters.EnableECSManagedTags,
    enableExecuteCommand: parameters.EnableExecuteCommand,
    propagateTags: parameters.PropagateTags,
    referenceId: parameters.ReferenceId,
    // A tag is a map with the members `key` and `value` (API Reference, EcsParameters).
    tags: parameters.Tags?.map((tag) => ({ key: tag["key"] ?? tag["Key"], value: tag["value"] ?? tag["Value"] })),
    networkConfiguration: network && {
      awsvpcConfiguration: { subnets: network.Subnets, securityGroups: network.SecurityGroups, assignPublicIp: network.AssignPublicIp },
    },
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
