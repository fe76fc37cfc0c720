import { arn } from "../../core/scope.ts";
import type { Access, Call } from "../../core/service.ts";
import { nameFromArn } from "./operations/input.ts";

interface GroupInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
  resourceArn?: string;
  logStreamName?: string;
}

const group = (input: GroupInput): string => input.logGroupName ?? nameFromArn(input.logGroupIdentifier ?? input.resourceArn ?? "*");
const groupArn = (input: GroupInput, call: Call): string => arn("logs", call, `log-group:${group(input)}`);

/**
 * Actions on a log group: the request's resource is `…:log-group:NAME:log-stream:` (with an empty stream) for most of them,
 * as AWS's own messages show: "not authorized to perform: logs:CreateLogGroup on resource: arn:aws:logs:…:log-group:NAME:
 * log-stream:" (ministryofjustice/modernisation-platform#3926). So a policy on `…:NAME:*` holds, one on `…:NAME` does not.
 */
const onGroup =
  (operation: string): Access =>
  (input: GroupInput, call) => [{ action: `logs:${operation}`, resources: [`${groupArn(input, call)}:log-stream:`] }];

const onStream =
  (operation: string): Access =>
  (input: GroupInput, call) => [{ action: `logs:${operation}`, resources: [`${groupArn(input, call)}:log-stream:${input.logStreamName ?? ""}`] }];

/** Tagging by ARN: "the ARN without :*" (ListTagsForResource). */
const onBareGroup =
  (operation: string): Access =>
  (input: GroupInput, call) => [{ action: `logs:${operation}`, resources: [groupArn(input, call)] }];

const GROUP_OPERATIONS = `CreateLogGroup DeleteLogGroup DescribeLogGroups CreateLogStream DescribeLogStreams FilterLogEvents PutRetentionPolicy
  DeleteRetentionPolicy PutSubscriptionFilter DescribeSubscriptionFilters DeleteSubscriptionFilter PutMetricFilter DescribeMetricFilters
  DeleteMetricFilter TagLogGroup UntagLogGroup ListTagsLogGroup`.split(/\s+/);

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs".
export const access: Record<string, Access> = {
  ...Object.fromEntries(GROUP_OPERATIONS.map((operation) => [operation, onGroup(operation)])),
  ...Object.fromEntries(["PutLogEvents", "GetLogEvents", "DeleteLogStream"].map((operation) => [operation, onStream(operation)])),
  ...Object.fromEntries(["TagResource", "UntagResource", "ListTagsForResource"].map((operation) => [operation, onBareGroup(operation)])),
};
