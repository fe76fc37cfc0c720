import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import type { Json } from "../pattern/json.ts";
import type { EventsDeps } from "../parts.ts";
import type { RuleRow, TargetRow } from "../state.ts";
import type { Event } from "./event.ts";

export type TargetKind = "lambda" | "sns" | "ecs" | "logs";

/** @throws NotSupported naming the type of target. */
export function targetKind(arn: string, operation: string): TargetKind {
  const parts = parseArn(arn);
  if (!parts) throw new AwsError("ValidationException", `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const { service, resource } = parts;
  if (service === "lambda" || service === "sns") return service;
  if (service === "ecs" && resource.startsWith("cluster/")) return "ecs";
  if (service === "logs" && resource.startsWith("log-group:")) return "logs";
  throw new NotSupported("events", operation, `targets of type ${service}:${resource.split(/[:/]/)[0]} (${arn}); it delivers to Lambda, SNS, ECS and CloudWatch Logs`);
}

export interface Job {
  scope: Scope;
  rule: RuleRow;
  target: TargetRow;
  event: Event;
  /** What the target gets. */
  input: string;
}

type Deps = Pick<EventsDeps, "clock" | "ids" | "api" | "lambda" | "sns" | "logs" | "iam">;

const PRINCIPAL = "events.amazonaws.com";

/** Hands an event to a target once. @throws AwsError as the target answers. */
export async function deliver(deps: Deps, job: Job): Promise<void> {
  const { target, rule, input } = job;
  switch (targetKind(target.Arn, "PutEvents")) {
    case "lambda":
      return deps.lambda.invokeAsync(target.Arn, parsed(input), { principal: PRINCIPAL, arn: rule.arn });
    case "sns":
      return deps.sns.publish(target.Arn, { body: input }, { principal: PRINCIPAL, arn: rule.arn });
    case "ecs":
      return runTask(deps, job);
    case "logs":
      return writeLog(deps, job);
  }
}

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new AwsError("InvalidRequestContentException", `The input for the target is no JSON: ${input.slice(0, 200)}`);
  }
}

/** The role of a target, as EventBridge takes it on. */
function rolePrincipal(roleArn: string, rule: RuleRow): Principal {
  const { account, resource } = parseArn(roleArn) ?? { account: "", resource: "" };
  const roleName = resource.slice(resource.lastIndexOf("/") + 1);
  return { kind: "assumed-role", arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${rule.name.slice(0, 64)}`, account, roleName };
}

/**
 * RunTask with the target's role. The event itself does not reach the task: only a constant or a transformed input does, as
 * overrides (EventBridge API Reference, EcsParameters; ECS Developer Guide, "Using Amazon EventBridge Scheduler and rules").
 */
async function runTask(deps: Deps, { scope, rule, target, input }: Job): Promise<void> {
  const ecs = target.EcsParameters!;
  const network = ecs.NetworkConfiguration?.awsvpcConfiguration;
  const isOverridden = target.Input !== undefined || target.InputTransformer !== undefined;
  const request = {
    cluster: target.Arn,
    taskDefinition: ecs.TaskDefinitionArn,
    count: ecs.TaskCount ?? 1,
    startedBy: `events-rule/${rule.name}`.slice(0, 36),
    ...(ecs.LaunchType ? { launchType: ecs.LaunchType } : {}),
    ...(ecs.PlatformVersion ? { platformVersion: ecs.PlatformVersion } : {}),
    ...(ecs.Group ? { group: ecs.Group } : {}),
    ...(ecs.ReferenceId ? { referenceId: ecs.ReferenceId } : {}),
    ...(ecs.PropagateTags ? { propagateTags: ecs.PropagateTags } : {}),
    ...(ecs.EnableECSManagedTags === undefined ? {} : { enableECSManagedTags: ecs.EnableECSManagedTags }),
    ...(ecs.EnableExecuteCommand === undefined ? {} : { enableExecuteCommand: ecs.EnableExecuteCommand }),
    ...(ecs.CapacityProviderStrategy?.length ? { capacityProviderStrategy: ecs.CapacityProviderStrategy } : {}),
    ...(ecs.PlacementConstraints?.length ? { placementConstraints: ecs.PlacementConstraints } : {}),
    ...(ecs.PlacementStrategy?.length ? { placementStrategy: ecs.PlacementStrategy } : {}),
    ...(ecs.Tags?.length ? { tags: ecs.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) } : {}),
    ...(network
      ? { networkConfiguration: { awsvpcConfiguration: { subnets: network.Subnets, securityGroups: network.SecurityGroups, assignPublicIp: network.AssignPublicIp } } }
      : {}),
    ...(isOverridden ? { overrides: parsed(input) } : {}),
  };
  const where = parseArn(target.Arn)!;
  const answer = await deps.api.call<{ failures?: { reason?: string }[] }>("ecs", "RunTask", request, { account: where.account, region: where.region }, rolePrincipal(target.RoleArn!, rule));
  const failure = answer.failures?.[0];
  if (failure) throw new AwsError("RunTaskFailed", `RunTask of ${rule.arn} in ${scope.region} failed: ${failure.reason}`);
}

/** A stream of its own for each event; the group's resource policy has to let EventBridge in (User Guide, "CloudWatch Logs resource permissions"). */
async function writeLog(deps: Deps, { scope, rule, target, event, input }: Job): Promise<void> {
  const group = parseArn(target.Arn)!.resource.split(":")[1]!;
  const stream = deps.ids.uuid();
  const resource = `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}:log-stream:${stream}`;
  const { resourcePolicies = [] } = await deps.api.call<{ resourcePolicies?: { policyDocument?: string }[] }>("logs", "DescribeResourcePolicies", {}, scope);
  const allowed = (action: string): boolean =>
    resourcePolicies.some(({ policyDocument }) =>
      [PRINCIPAL, "delivery.logs.amazonaws.com"].some((service) => deps.iam.allowsService(policyDocument ?? "", service, action, resource, { "aws:SourceArn": rule.arn })),
    );
  if (!allowed("logs:CreateLogStream") || !allowed("logs:PutLogEvents")) {
    throw new AwsError("AccessDeniedException", `${PRINCIPAL} is not authorized to perform: logs:PutLogEvents on resource: ${resource} because no resource-based policy allows the logs:PutLogEvents action`);
  }
  deps.logs.write(scope, group, stream, [lineOf(event, target, input)]);
}

/** A template may give `{"timestamp": …, "message": …}`; otherwise the event is the message. */
function lineOf(event: Event, target: TargetRow, input: string): { timestamp: number; message: string } {
  const timestamp = Date.parse(event.time);
  if (!target.InputTransformer) return { timestamp, message: input };
  const line = parsed(input) as { timestamp?: Json; message?: Json };
  return {
    timestamp: typeof line.timestamp === "number" ? line.timestamp : Date.parse(String(line.timestamp)) || timestamp,
    message: typeof line.message === "string" ? line.message : JSON.stringify(line.message ?? line),
  };
}
