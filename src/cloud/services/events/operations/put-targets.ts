import type { PutTargetsRequest, PutTargetsResponse, Target } from "@aws-sdk/client-eventbridge";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { targetKind } from "../engine/targets.ts";
import { parsePath, placeholders, PREDEFINED } from "../engine/transform.ts";
import type { EventsParts } from "../index.ts";
import { ruleKey, rules } from "../state.ts";
import { constraint, invalid, limitExceeded, named, ruleOf } from "./input.ts";

/** Amazon EventBridge quotas: "5 targets per rule". */
const MAX_TARGETS = 5;

/** Adds targets to a rule; one with an id that the rule has already replaces it. */
export function PutTargets(deps: Pick<EventsParts, "store">, input: PutTargetsRequest, call: Call): PutTargetsResponse {
  const targets = input.Targets ?? [];
  for (const [index, target] of targets.entries()) named(`targets.${index + 1}.member.id`, target.Id);
  const rule = ruleOf(deps.store, call, input.Rule, input.EventBusName);
  for (const target of targets) check(target, call);
  const merged = new Map(rule.targets.map((target) => [target.Id, target]));
  for (const target of targets) merged.set(target.Id, target);
  if (merged.size > MAX_TARGETS) throw limitExceeded();
  rules(deps.store, call).update(ruleKey(rule.bus, rule.name), { targets: [...merged.values()] });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

const UNSUPPORTED = [
  "KinesisParameters",
  "RunCommandParameters",
  "BatchParameters",
  "HttpParameters",
  "RedshiftDataParameters",
  "SageMakerPipelineParameters",
  "AppSyncParameters",
] as const;

function check(target: Target, call: Call): void {
  const arn = parseArn(target.Arn ?? "");
  if (!arn) throw invalid(`Parameter ${target.Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  for (const member of UNSUPPORTED) {
    if (target[member] !== undefined) throw new NotSupported("events", "PutTargets", `the target member ${member}`);
  }
  checkInput(target);
  checkRetryPolicy(target);
  const kind = targetKind(target.Arn!);
  if (!kind) throw new NotSupported("events", "PutTargets", `a target of the type ${arn.service} (${target.Arn})`);
  if (target.EcsParameters && kind !== "ecs") throw invalid(`Parameter(s) EcsParameters not supported for target: ${target.Arn}.`);
  if (kind === "ecs" && !target.EcsParameters) throw invalid(`EcsParameters is required for target ${target.Id}.`);
  if (kind === "ecs" && !target.RoleArn) throw invalid(`RoleArn is required for target ${target.Arn}.`);
  if (kind === "states" && !target.RoleArn) throw invalid(`RoleArn is required for target ${target.Arn}.`);
  checkQueues(target, kind);
  if (kind === "bus") checkBus(target, arn.account, call);
}

/** A FIFO queue needs a group; dead letters go to standard queues ("Using dead-letter queues", EventBridge User Guide). */
function checkQueues(target: Target, kind: string): void {
  if (target.SqsParameters && kind !== "sqs") throw invalid(`Parameter(s) SqsParameters not supported for target: ${target.Arn}.`);
  if (kind === "sqs" && target.Arn!.endsWith(".fifo") && !target.SqsParameters?.MessageGroupId)
    throw invalid(`Parameter(s) MessageGroupId must be specified for target: ${target.Id}.`);
  const queue = target.DeadLetterConfig?.Arn;
  if (queue !== undefined && (parseArn(queue)?.service !== "sqs" || queue.endsWith(".fifo")))
    throw invalid(`Dead-letter queue ${queue} for target ${target.Id} is not a standard Amazon SQS queue.`);
}

function checkBus(target: Target, account: string, call: Call): void {
  if (account !== call.account) throw new NotSupported("events", "PutTargets", "an event bus of another account");
  if (target.Input !== undefined || target.InputPath !== undefined || target.InputTransformer !== undefined) {
    throw new NotSupported("events", "PutTargets", "an input for an event bus");
  }
}

function checkInput(target: Target): void {
  if ([target.Input, target.InputPath, target.InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`);
  }
  if (target.Input !== undefined && !isJson(target.Input)) throw invalid(`JSON syntax error in Input for target ${target.Id}.`);
  if (target.InputPath !== undefined && !parsePath(target.InputPath)) throw invalid(`InputPath for target ${target.Id} is invalid.`);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer ?? {};
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (/^aws/i.test(name)) throw invalid(`InputPathsMap for target ${target.Id} contains the reserved key ${name}.`);
    if (!parsePath(path)) throw invalid(`InputPathsMap for target ${target.Id} contains an invalid path for ${name}.`);
  }
  for (const name of placeholders(InputTemplate ?? "")) {
    if (!(name in InputPathsMap) && !(PREDEFINED as readonly string[]).includes(name)) {
      throw invalid(`InputTemplate for target ${target.Id} contains invalid placeholder ${name}.`);
    }
  }
}

function checkRetryPolicy(target: Target): void {
  const { MaximumRetryAttempts: attempts = 0, MaximumEventAgeInSeconds: age = 60 } = target.RetryPolicy ?? {};
  if (attempts < 0 || attempts > 185) {
    throw constraint(
      "retryPolicy.maximumRetryAttempts",
      attempts,
      `Member must have value ${attempts < 0 ? "greater than or equal to 0" : "less than or equal to 185"}`,
    );
  }
  if (age < 60 || age > 86_400) {
    throw constraint(
      "retryPolicy.maximumEventAgeInSeconds",
      age,
      `Member must have value ${age < 60 ? "greater than or equal to 60" : "less than or equal to 86400"}`,
    );
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
