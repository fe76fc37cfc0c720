import type {
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  Target,
} from "@aws-sdk/client-eventbridge";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { parsePath } from "../engine/input.ts";
import { targetKind } from "../engine/targets.ts";
import { parseBus, requireRule } from "../names.ts";
import type { EventsParts } from "../parts.ts";
import { ruleKey, rules, type TargetRow } from "../state.ts";
import { page } from "./page.ts";

type Deps = Pick<EventsParts, "store">;

/** Quotas of EventBridge: 5 targets per rule. */
const MOST_TARGETS = 5;

const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** Adds targets, or replaces those with the same identifier. */
export function PutTargets(deps: Deps, input: PutTargetsRequest, call: Call): PutTargetsResponse {
  const bus = parseBus(input.EventBusName, call);
  const rule = requireRule(deps.store, bus, input.Rule!);
  const added = (input.Targets ?? []).map(toRow);
  const ids = new Set(added.map(({ Id }) => Id));
  const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...added];
  if (targets.length > MOST_TARGETS) throw new AwsError("LimitExceededException", `The requested resource exceeds the maximum number allowed.`);
  rules(deps.store, bus.scope).update(ruleKey(bus.name, rule.name), { targets });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

/** Parameters of targets that are not here. */
const ABSENT = [
  "KinesisParameters",
  "RunCommandParameters",
  "BatchParameters",
  "SqsParameters",
  "HttpParameters",
  "RedshiftDataParameters",
  "SageMakerPipelineParameters",
  "AppSyncParameters",
] as const;

function toRow(target: Target): TargetRow {
  const kind = targetKind(target.Arn!, "PutTargets");
  for (const member of ABSENT) if (target[member]) throw new NotSupported("events", "PutTargets", member);
  if (target.DeadLetterConfig?.Arn) throw new NotSupported("events", "PutTargets", "dead-letter queues (DeadLetterConfig): there is no SQS here");
  if (kind === "ecs" && !target.EcsParameters) throw invalid(`Parameter EcsParameters is required for target ${target.Id}.`);
  if (kind === "ecs" && !target.RoleArn) throw invalid(`RoleArn is required for target ${target.Arn}.`);
  checkInput(target);
  const { Id, Arn, RoleArn, Input, InputPath, InputTransformer, EcsParameters, RetryPolicy } = target;
  return {
    Id: Id!,
    Arn: Arn!,
    ...(RoleArn ? { RoleArn } : {}),
    ...(Input === undefined ? {} : { Input }),
    ...(InputPath === undefined ? {} : { InputPath }),
    ...(InputTransformer ? { InputTransformer } : {}),
    ...(EcsParameters ? { EcsParameters } : {}),
    ...(RetryPolicy ? { RetryPolicy } : {}),
  };
}

function checkInput({ Id, Input, InputPath, InputTransformer }: Target): void {
  if ([Input, InputPath, InputTransformer].filter((member) => member !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  }
  if (InputPath !== undefined) parsePath(InputPath);
  for (const path of Object.values(InputTransformer?.InputPathsMap ?? {})) parsePath(path);
  if (Input === undefined) return;
  try {
    JSON.parse(Input);
  } catch {
    throw invalid(`JSON syntax error in input for target ${Id}`);
  }
}

export function RemoveTargets(deps: Deps, input: RemoveTargetsRequest, call: Call): RemoveTargetsResponse {
  const bus = parseBus(input.EventBusName, call);
  const rule = requireRule(deps.store, bus, input.Rule!);
  const gone = new Set(input.Ids);
  const known = new Set(rule.targets.map(({ Id }) => Id));
  rules(deps.store, bus.scope).update(ruleKey(bus.name, rule.name), { targets: rule.targets.filter(({ Id }) => !gone.has(Id)) });
  const failed = [...gone].filter((id) => !known.has(id)).map((TargetId) => ({ TargetId, ErrorCode: "ResourceNotFoundException", ErrorMessage: `Target ${TargetId} does not exist.` }));
  return { FailedEntryCount: failed.length, FailedEntries: failed };
}

export function ListTargetsByRule(deps: Deps, input: ListTargetsByRuleRequest, call: Call): ListTargetsByRuleResponse {
  const rule = requireRule(deps.store, parseBus(input.EventBusName, call), input.Rule!);
  const { items, next } = page(rule.targets, input.NextToken, input.Limit ?? 100);
  return { Targets: items, ...(next ? { NextToken: next } : {}) };
}
