import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  LogGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { horizon } from "../engine/retention.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, groups, keyIn, metricFilters, streams, subscriptionFilters, type GroupRow } from "../state.ts";
import { byText, groupName, invalidParameter, nameFromArn, page, refuse } from "./input.ts";

export function CreateLogGroup(deps: Pick<LogsParts, "store" | "clock">, input: CreateLogGroupRequest, call: Call): void {
  refuse("CreateLogGroup", input, ["kmsKeyId", "deletionProtectionEnabled"]);
  const name = groupName(input.logGroupName);
  const table = groups(deps.store, call);
  if (table.has(name)) throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
  table.set(name, { name, creationTime: deps.clock.now(), logGroupClass: input.logGroupClass ?? "STANDARD", tags: { ...input.tags } });
}

export function DeleteLogGroup(deps: Pick<LogsParts, "store" | "events">, input: DeleteLogGroupRequest, call: Call): void {
  const { store, events } = deps;
  const { name } = groupOf(store, call, groupName(input.logGroupName));
  for (const stream of streams(store, call).filter((row) => row.group === name)) {
    events.delete(call, name, stream.name);
    streams(store, call).delete(keyIn(name, stream.name));
  }
  for (const table of [subscriptionFilters(store, call), metricFilters(store, call)]) {
    for (const row of table.filter((each) => each.group === name)) table.delete(keyIn(name, row.name));
  }
  groups(store, call).delete(name);
}

export function DescribeLogGroups(
  deps: Pick<LogsParts, "store" | "events" | "clock">,
  input: DescribeLogGroupsRequest,
  call: Call,
): DescribeLogGroupsResponse {
  refuse("DescribeLogGroups", input, ["accountIdentifiers", "includeLinkedAccounts"]);
  if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  // "The string … is searched for as a substring; case-sensitive" (DescribeLogGroups, logGroupNamePattern).
  const wanted = input.logGroupIdentifiers?.map(nameFromArn);
  const rows = groups(deps.store, call)
    .filter(
      (row) =>
        row.name.startsWith(input.logGroupNamePrefix ?? "") &&
        row.name.includes(input.logGroupNamePattern ?? "") &&
        (input.logGroupClass === undefined || row.logGroupClass === input.logGroupClass) &&
        (wanted === undefined || wanted.includes(row.name)),
    )
    .sort((a, b) => byText(a.name, b.name));
  const { rows: shown, nextToken } = page(rows, (row) => row.name, input.nextToken, input.limit);
  return { logGroups: shown.map((row) => describe(deps, row, call)), nextToken };
}

function describe(deps: Pick<LogsParts, "store" | "events" | "clock">, row: GroupRow, call: Call): LogGroup {
  const { store, events, clock } = deps;
  const from = horizon(row, clock.now());
  const storedBytes = streams(store, call)
    .filter((stream) => stream.group === row.name)
    .reduce((sum, stream) => sum + events.figures(call, row.name, stream.name, from).bytes, 0);
  const groupArn = arn("logs", call, `log-group:${row.name}`);
  return {
    logGroupName: row.name,
    creationTime: row.creationTime,
    ...(row.retentionInDays === undefined ? {} : { retentionInDays: row.retentionInDays }),
    metricFilterCount: metricFilters(store, call).filter((filter) => filter.group === row.name).length,
    // `arn` ends in ":*", `logGroupArn` does not (LogGroup in the API reference).
    arn: `${groupArn}:*`,
    logGroupArn: groupArn,
    storedBytes,
    logGroupClass: row.logGroupClass,
  };
}
