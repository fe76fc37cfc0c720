import type { EcsParameters, PutEventsRequestEntry, Target } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import { parseArn, type ArnParts, type Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import type { EventsDeps } from "../index.ts";
import type { Envelope, RuleRow } from "../state.ts";

/** What is delivered: an event that matched a rule, and the input made of it. */
export interface Invocation {
  scope: Scope;
  rule: RuleRow;
  target: Target;
  event: Envelope;
  input: string;
  /** How many buses the event has been on before. */
  hops: number;
}

export type TargetKind = "lambda" | "sns" | "sqs" | "logs" | "ecs" | "bus" | "states";

/** The kind of a target that this cloud can invoke, by its ARN; undefined for others. */
export function targetKind(targetArn: string): TargetKind | undefined {
  const target = parseArn(targetArn);
  if (!target) return undefined;
  const resource = target.resource.split(/[:/]/, 1)[0];
  const kinds: Record<string, TargetKind> = {
    "lambda:function": "lambda",
    "logs:log-group": "logs",
    "ecs:cluster": "ecs",
    "events:event-bus": "bus",
    "states:stateMachine": "states",
  };
  return target.service === "sns" || target.service === "sqs" ? target.service : kinds[`${target.service}:${resource}`];
}

type Deps = Pick<EventsDeps, "api" | "ids" | "clock" | "lambda" | "sns" | "sqs" | "logs" | "iam">;

/** Hands an event on to another bus. */
export type Forward = (scope: Scope, bus: string, event: Envelope, hops: number) => void;

/** Invokes a rule's target. @throws whatever the target's service answers. */
export async function invoke(deps: Deps, forward: Forward, invocation: Invocation): Promise<void> {
  const { target, rule, input } = invocation;
  const source = { principal: "events.amazonaws.com", arn: rule.arn };
  switch (targetKind(target.Arn!)) {
    case "lambda":
      return deps.lambda.invokeAsync(target.Arn!, json(input), source);
    case "sns":
      return deps.sns.publish(target.Arn!, { body: input }, source);
    case "sqs":
      await deps.sqs.send(target.Arn!, { body: input, ...messageGroup(target) }, source);
      return;
    case "states":
      return startExecution(deps, invocation, parseArn(target.Arn!)!);
    case "logs":
      return writeLog(deps, invocation, parseArn(target.Arn!)!);
    case "ecs":
      return runTask(deps, invocation, parseArn(target.Arn!)!);
    case "bus":
      return toBus(deps, forward, invocation, parseArn(target.Arn!)!);
    case undefined:
      throw new Error(`A rule has the target ${target.Arn}, which cannot be invoked`);
  }
}

/** A FIFO queue takes the target's group; its own deduplication by content does the rest ("SqsParameters", PutTargets). */
const messageGroup = ({ SqsParameters }: Target): { groupId?: string } =>
  SqsParameters?.MessageGroupId === undefined ? {} : { groupId: SqsParameters.MessageGroupId };

/** Starts a state machine with the target's role; the input has to be JSON. */
async function startExecution(deps: Deps, { target, rule, input }: Invocation, machine: ArnParts): Promise<void> {
  const request = { stateMachineArn: target.Arn, input: JSON.stringify(json(input)) };
  await deps.api.call("states", "StartExecution", request, { account: machine.account, region: machine.region }, assume(deps, target.RoleArn!, rule));
}

/** Targets that take JSON refuse a template that made none. */
function json(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new AwsError("ValidationException", `The target's input is not valid JSON: ${input}`);
  }
}

/**
 * A log group takes the whole event, or `{"timestamp": …, "message": …}` from an input transformer. The group's account must
 * let EventBridge write ("CloudWatch Logs permissions", EventBridge User Guide: resource policies for events.amazonaws.com
 * and delivery.logs.amazonaws.com).
 */
async function writeLog(deps: Deps, { rule, target, input, event }: Invocation, group: ArnParts): Promise<void> {
  const scope: Scope = { account: group.account, region: group.region };
  const name = group.resource.replace(/^log-group:/, "").replace(/:\*$/, "");
  const { resourcePolicies } = await deps.api.call<{ resourcePolicies?: { policyDocument?: string }[] }>(
    "logs",
    "DescribeResourcePolicies",
    {},
    scope,
  );
  const resource = `arn:aws:logs:${group.region}:${group.account}:log-group:${name}:log-stream:`;
  const context = { "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.createdBy };
  const allowed = resourcePolicies?.some(({ policyDocument }) =>
    ["events.amazonaws.com", "delivery.logs.amazonaws.com"].some(
      (service) => policyDocument !== undefined && deps.iam.allowsService(policyDocument, service, "logs:PutLogEvents", resource, context),
    ),
  );
  if (!allowed) throw new AwsError("AccessDeniedException", `No resource policy lets EventBridge write to the log group ${name}`, { status: 403 });
  let message = input;
  let timestamp = Date.parse(event.time);
  if (target.InputTransformer) {
    const line = json(input) as { timestamp?: number; message?: unknown };
    message = typeof line.message === "string" ? line.message : JSON.stringify(line.message ?? null);
    if (typeof line.timestamp === "number") timestamp = line.timestamp;
  }
  deps.logs.write(scope, name, deps.ids.uuid(), [{ timestamp, message }]);
}

const EVENTS_SERVICE = "events.amazonaws.com";

/** The target's role, as EventBridge assumes it. @throws AwsError when it may not. */
function assume(deps: Deps, roleArn: string, rule: RuleRow): Principal {
  const role = parseArn(roleArn);
  // "Cross-service confused deputy prevention", EventBridge User Guide: the rule is the source.
  const source = { "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.createdBy };
  if (!role || !deps.iam.canAssume(roleArn, EVENTS_SERVICE, source)) {
    throw new AwsError("AccessDeniedException", `EventBridge is not allowed to assume the role ${roleArn}`, { status: 403 });
  }
  const roleName = role.resource.split("/").at(-1)!;
  const arn = `arn:aws:sts::${role.account}:assumed-role/${roleName}/events-rule-${rule.name}`;
  return { kind: "assumed-role", arn, account: role.account, roleName };
}

/** RunTask with the target's parameters; a constant or transformed input is the task's overrides. */
async function runTask(deps: Deps, { target, rule, input }: Invocation, cluster: ArnParts): Promise<void> {
  const scope: Scope = { account: cluster.account, region: cluster.region };
  const parameters = target.EcsParameters!;
  const hasInput = target.Input !== undefined || target.InputTransformer !== undefined;
  const answer = await deps.api.call<{ tasks?: unknown[]; failures?: { reason?: string }[] }>(
    "ecs",
    "RunTask",
    { ...runTaskInput(parameters, target, rule), ...(hasInput ? { overrides: json(input) } : {}) },
    scope,
    assume(deps, target.RoleArn!, rule),
  );
  // AWS counts a task that could not be placed as a failed invocation and tries again.
  if ((answer.tasks?.length ?? 0) === 0) {
    throw new AwsError("TaskFailedToStart", answer.failures?.[0]?.reason ?? "RunTask started nothing", { status: 500 });
  }
}

function runTaskInput(parameters: EcsParameters, target: Target, rule: RuleRow): object {
  const network = parameters.NetworkConfiguration?.awsvpcConfiguration;
  return {
    cluster: target.Arn,
    taskDefinition: parameters.TaskDefinitionArn,
    count: parameters.TaskCount ?? 1,
    // Amazon ECS task state change events show it: "startedBy": "events-rule/<name>".
    startedBy: `events-rule/${rule.name}`.slice(0, 128),
    ...given("launchType", parameters.LaunchType),
    ...given("platformVersion", parameters.PlatformVersion),
    ...given("group", parameters.Group),
    ...given("capacityProviderStrategy", parameters.CapacityProviderStrategy),
    ...given("placementConstraints", parameters.PlacementConstraints),
    ...given("placementStrategy", parameters.PlacementStrategy),
    ...given("enableECSManagedTags", parameters.EnableECSManagedTags),
    ...given("enableExecuteCommand", parameters.EnableExecuteCommand),
    ...given("propagateTags", parameters.PropagateTags),
    ...given("referenceId", parameters.ReferenceId),
    ...given(
      "tags",
      parameters.Tags?.map(({ Key, Value }) => ({ key: Key, value: Value })),
    ),
    ...(network
      ? {
          networkConfiguration: {
            awsvpcConfiguration: { subnets: network.Subnets, securityGroups: network.SecurityGroups, assignPublicIp: network.AssignPublicIp },
          },
        }
      : {}),
  };
}

const given = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value });

/** Rules that send to each other's buses would send for ever; AWS stops such loops too. */
const MAX_HOPS = 5;

/** Marks an entry of PutEvents that hands on an event as it is; no request from outside can carry it. */
export const FORWARDED = Symbol("forwarded event");

export interface ForwardedEntry extends PutEventsRequestEntry {
  [FORWARDED]?: { event: Envelope; hops: number };
}

/** An event keeps its account, region and time on the other bus. With a role, the role must be allowed to put it there. */
async function toBus(deps: Deps, forward: Forward, { target, rule, event, hops }: Invocation, bus: ArnParts): Promise<void> {
  if (hops >= MAX_HOPS) throw new AwsError("ValidationException", `The event ${event.id} went through more than ${MAX_HOPS} buses`);
  const scope: Scope = { account: bus.account, region: bus.region };
  if (!target.RoleArn) return forward(scope, bus.resource.slice("event-bus/".length), event, hops + 1);
  const entry: ForwardedEntry = {
    EventBusName: target.Arn,
    Source: event.source,
    DetailType: event["detail-type"],
    [FORWARDED]: { event, hops: hops + 1 },
  };
  await deps.api.call("events", "PutEvents", { Entries: [entry] }, scope, assume(deps, target.RoleArn, rule));
}
