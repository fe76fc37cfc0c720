import type { FilteredLogEvent, FilterLogEventsRequest, FilterLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import type { Call } from "../../../core/service.ts";
import { byTime, EVENT_OVERHEAD, eventId, lowerBound } from "../engine/events.ts";
import { horizon } from "../engine/retention.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, streams, type StoredEvent } from "../state.ts";
import { limitOf, MAX_PAGE_BYTES } from "./get-log-events.ts";
import { groupOrIdentifier, invalidParameter, refuse } from "./input.ts";
import { compileOrRefuse } from "./patterns.ts";

/** Events of all or some streams of a group, merged by time. The token is the last event that was looked at. */
export function FilterLogEvents(
  deps: Pick<LogsParts, "store" | "events" | "clock">,
  input: FilterLogEventsRequest,
  call: Call,
): FilterLogEventsResponse {
  refuse("FilterLogEvents", input, ["unmask"]);
  const group = groupOf(deps.store, call, groupOrIdentifier(input));
  if (input.logStreamNames?.length && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter("LogStreamNamePrefix and LogStreamNames are mutually exclusive parameters.");
  }
  const pattern = compileOrRefuse(input.filterPattern ?? "");
  const after = decode(input.nextToken);
  const limit = limitOf(input.limit);
  const from = Math.max(input.startTime ?? 0, horizon(group, deps.clock.now()));
  const found: FilteredLogEvent[] = [];
  let bytes = 0;
  let last: StoredEvent | undefined;
  for (const { event, stream } of merged(deps, group.name, input, call, from)) {
    if (eventId(event) <= after || !pattern.matches(event.message)) continue;
    bytes += Buffer.byteLength(event.message, "utf8") + EVENT_OVERHEAD;
    if (found.length >= limit || (found.length > 0 && bytes > MAX_PAGE_BYTES))
      return { events: found, searchedLogStreams: [], nextToken: encode(last!) };
    last = event;
    found.push({
      logStreamName: stream,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestionTime,
      eventId: eventId(event),
    });
  }
  // "This parameter is no longer supported; an empty list" (searchedLogStreams).
  return { events: found, searchedLogStreams: [] };
}

function merged(
  deps: Pick<LogsParts, "store" | "events">,
  group: string,
  input: FilterLogEventsRequest,
  call: Call,
  from: number,
): { event: StoredEvent; stream: string }[] {
  const names = input.logStreamNames?.length ? new Set(input.logStreamNames) : undefined;
  return streams(deps.store, call)
    .filter((row) => row.group === group && (names?.has(row.name) ?? true) && row.name.startsWith(input.logStreamNamePrefix ?? ""))
    .flatMap(({ name }) => {
      const events = deps.events.read(call, group, name, from);
      return events
        .slice(0, input.endTime === undefined ? undefined : lowerBound(events, input.endTime + 1))
        .map((event) => ({ event, stream: name }));
    })
    .sort((a, b) => byTime(a.event, b.event));
}

const encode = (event: StoredEvent): string => Buffer.from(eventId(event)).toString("base64url");

function decode(token: string | undefined): string {
  if (token === undefined) return "";
  const id = Buffer.from(token, "base64url").toString("utf8");
  if (!/^\d{56}$/.test(id)) throw invalidParameter("The specified nextToken is invalid.");
  return id;
}
