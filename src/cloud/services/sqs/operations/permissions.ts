import type { AddPermissionRequest, RemovePermissionRequest } from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SqsParts } from "../index.ts";
import { invalidValue, requireQueue } from "../shared.ts";
import { queues, type QueueRow } from "../state.ts";

interface Policy {
  Version: string;
  Id?: string;
  Statement: { Sid?: string }[];
}

function policyOf(queue: QueueRow): Policy {
  const text = queue.attributes["Policy"];
  if (text === undefined) return { Version: "2008-10-17", Id: `${queue.arn}/SQSDefaultPolicy`, Statement: [] };
  const policy = JSON.parse(text) as Policy;
  return { ...policy, Statement: [policy.Statement].flat() };
}

/** Adds a statement to the queue's policy under a label. */
export function AddPermission({ store }: Pick<SqsParts, "store">, input: AddPermissionRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const { Label = "", AWSAccountIds = [], Actions = [] } = input;
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(Label)) throw invalidValue(`Value ${Label} for parameter Label is invalid.`);
  const policy = policyOf(queue);
  if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidValue(`Value ${Label} for parameter Label is invalid. Reason: Already exists.`);
  // "The maximum for statements in an Amazon SQS policy" is 20 (SQS quotas, Policies).
  if (policy.Statement.length >= 20) throw new AwsError("OverLimit", "The policy has too many statements.", { status: 403 });
  const statement = {
    Sid: Label,
    Effect: "Allow",
    Principal: { AWS: AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`) },
    Action: Actions.map((action) => `SQS:${action}`),
    Resource: queue.arn,
  };
  save(store, scope, queue, { ...policy, Statement: [...policy.Statement, statement] });
}

export function RemovePermission({ store }: Pick<SqsParts, "store">, input: RemovePermissionRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const policy = policyOf(queue);
  const kept = policy.Statement.filter(({ Sid }) => Sid !== input.Label);
  if (kept.length === policy.Statement.length)
    throw invalidValue(`Value ${input.Label} for parameter Label is invalid. Reason: can't find label on existing policy.`);
  save(store, scope, queue, { ...policy, Statement: kept });
}

function save(store: SqsParts["store"], scope: Parameters<typeof queues>[1], queue: QueueRow, policy: Policy): void {
  const { Policy: _, ...attributes } = queue.attributes;
  queues(store, scope).update(queue.name, {
    attributes: policy.Statement.length > 0 ? { ...attributes, Policy: JSON.stringify(policy) } : attributes,
  });
}
