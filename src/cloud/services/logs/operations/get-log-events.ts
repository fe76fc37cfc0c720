import type { GetLogEventsRequest, GetLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import type { Call } from "../../../core/service.ts";
import { EVENT_OVERHEAD, eventId, lowerBound } from "../engine/events.ts";
import { horizon } from "../engine/retention.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, streamOf, type StoredEvent } from "../state.ts";
import { constraint, groupOrIdentifier, invalidParameter, plainName, refuse } from "./input.ts";

export const MAX_PAGE_EVENTS = 10_000;
/** "Each page returned can contain up to 1 MB of log events" (GetLogEvents, FilterLogEvents). */
export const MAX_PAGE_BYTES = 1_048_576;
const NOTHING = "0".repeat(56);

export function GetLogEvents(deps: Pick<LogsParts, "store" | "events" | "clock">, input: GetLogEventsRequest, call: Call): GetLogEventsResponse {
  refuse("GetLogEvents", input, ["unmask"]);
  const group = groupOf(deps.store, call, groupOrIdentifier(input));
  const stream = streamOf(deps.store, call, group.name, plainName("logStreamName", input.logStreamName));
  const all = deps.events.read(call, group.name, stream.name, horizon(group, deps.clock.now()));
  // Events with a timestamp equal to endTime or later are not included.
  const events = all.slice(lowerBound(all, input.startTime ?? 0), input.endTime === undefined ? undefined : lowerBound(all, input.endTime));
  const shown = choose(events, input);
  const [direction, at] = [input.nextToken?.[0], input.nextToken?.slice(2) ?? NOTHING];
  const [first, last] = [shown[0], shown.at(-1)];
  return {
    events: shown.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    // An empty page gives back the token it came by: that is how a reader sees the end.
    nextForwardToken: `f/${last ? eventId(last) : direction === undefined && events.length > 0 ? eventId(events.at(-1)!) : at}`,
    nextBackwardToken: `b/${first ? eventId(first) : at}`,
  };
}

function choose(events: readonly StoredEvent[], input: GetLogEventsRequest): readonly StoredEvent[] {
  const limit = limitOf(input.limit);
  const token = /^([fb])\/(\d{56})$/.exec(input.nextToken ?? "");
  if (input.nextToken !== undefined && !token) throw invalidParameter("The specified nextToken is invalid.");
  if (token?.[1] === "f") return fromHead(events.slice(after(events, token[2]!)), limit);
  if (token?.[1] === "b") return fromTail(events.slice(0, before(events, token[2]!)), limit);
  return input.startFromHead ? fromHead(events, limit) : fromTail(events, limit);
}

/** @throws AwsError unless it is between 1 and 10,000, which is also the default */
export function limitOf(limit: number | undefined): number {
  if (limit !== undefined && (limit < 1 || limit > MAX_PAGE_EVENTS))
    throw constraint("limit", limit, `Member must have value between 1 and ${MAX_PAGE_EVENTS}`);
  return limit ?? MAX_PAGE_EVENTS;
}

const after = (events: readonly StoredEvent[], id: string): number => {
  const index = events.findIndex((event) => eventId(event) > id);
  return index < 0 ? events.length : index;
};
const before = (events: readonly StoredEvent[], id: string): number => {
  const index = events.findIndex((event) => eventId(event) >= id);
  return index < 0 ? events.length : index;
};

function fromHead(events: readonly StoredEvent[], limit: number): readonly StoredEvent[] {
  return events.slice(0, fitting(events, limit));
}

function fromTail(events: readonly StoredEvent[], limit: number): readonly StoredEvent[] {
  const count = fitting([...events].reverse(), limit);
  return count === 0 ? [] : events.slice(-count);
}

/** How many of the first events fit on a page; at least one. */
function fitting(events: readonly StoredEvent[], limit: number): number {
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    bytes += Buffer.byteLength(event.message, "utf8") + EVENT_OVERHEAD;
    if (index >= limit || (index > 0 && bytes > MAX_PAGE_BYTES)) return index;
  }
  return events.length;
}
