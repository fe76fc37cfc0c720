import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { horizon } from "../engine/retention.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, keyIn, streamOf, streams, type StreamRow } from "../state.ts";
import { byText, groupName, groupOrIdentifier, invalidParameter, page, plainName } from "./input.ts";

export function CreateLogStream(deps: Pick<LogsParts, "store" | "clock">, input: CreateLogStreamRequest, call: Call): void {
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  const name = plainName("logStreamName", input.logStreamName);
  const table = streams(deps.store, call);
  if (table.has(keyIn(group, name))) throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
  table.set(keyIn(group, name), { group, name, creationTime: deps.clock.now() });
}

export function DeleteLogStream(deps: Pick<LogsParts, "store" | "events">, input: DeleteLogStreamRequest, call: Call): void {
  const { group, name } = streamOf(deps.store, call, groupName(input.logGroupName), plainName("logStreamName", input.logStreamName));
  deps.events.delete(call, group, name);
  streams(deps.store, call).delete(keyIn(group, name));
}

export function DescribeLogStreams(
  deps: Pick<LogsParts, "store" | "events" | "clock">,
  input: DescribeLogStreamsRequest,
  call: Call,
): DescribeLogStreamsResponse {
  const group = groupOf(deps.store, call, groupOrIdentifier(input));
  const byTime = input.orderBy === "LastEventTime";
  if (byTime && input.logStreamNamePrefix !== undefined) throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const from = horizon(group, deps.clock.now());
  const listed = streams(deps.store, call)
    .filter((row) => row.group === group.name && row.name.startsWith(input.logStreamNamePrefix ?? ""))
    .map((row) => describe(deps, row, call, from));
  // Pages follow a text that sorts like the listing, so that a token stays good while streams come and go.
  const rank = (stream: LogStream): string =>
    byTime ? `${String(stream.lastEventTimestamp ?? 0).padStart(15, "0")}|${stream.logStreamName}` : stream.logStreamName!;
  listed.sort((a, b) => byText(rank(a), rank(b)));
  if (!input.descending) {
    const { rows, nextToken } = page(listed, rank, input.nextToken, input.limit);
    return { logStreams: rows, nextToken };
  }
  listed.reverse();
  const inverted = (stream: LogStream): string =>
    Array.from(rank(stream), (char) => String.fromCharCode(0xffff - char.charCodeAt(0))).join("") + "\uffff";
  const { rows, nextToken } = page(listed, inverted, input.nextToken, input.limit);
  return { logStreams: rows, nextToken };
}

function describe(deps: Pick<LogsParts, "events">, row: StreamRow, call: Call, from: number): LogStream {
  const { bytes: _, ...figures } = deps.events.figures(call, row.group, row.name, from);
  return {
    logStreamName: row.name,
    creationTime: row.creationTime,
    ...figures,
    // A constant since sequence tokens are ignored; "always reported as zero" since June 2019 (LogStream in the API reference).
    uploadSequenceToken: "49039859600000000000000000000000000000000000000000000000",
    arn: arn("logs", call, `log-group:${row.group}:log-stream:${row.name}`),
    storedBytes: 0,
  };
}
