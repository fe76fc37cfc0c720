import type { PutLogEventsRequest, PutLogEventsResponse, RejectedLogEventsInfo } from "@aws-sdk/client-cloudwatch-logs";
import type { Call } from "../../../core/service.ts";
import { EVENT_OVERHEAD } from "../engine/events.ts";
import { horizon } from "../engine/retention.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, streamOf } from "../state.ts";
import { constraint, groupName, invalidParameter, plainName } from "./input.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
// All limits: botocore, logs 2014-03-28, documentation of PutLogEvents (July 2025: 1 MB for each event).
const MAX_BATCH_BYTES = 1_048_576;
const MAX_EVENT_BYTES = 1_048_576;
const MAX_EVENTS = 10_000;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * HOUR_MS;

export function PutLogEvents(deps: Pick<LogsParts, "store" | "clock" | "ingest">, input: PutLogEventsRequest, call: Call): PutLogEventsResponse {
  const stream = streamOf(deps.store, call, groupName(input.logGroupName), plainName("logStreamName", input.logStreamName));
  const events = (input.logEvents ?? []).map((event) => ({ timestamp: event.timestamp ?? Number.NaN, message: event.message ?? "" }));
  checkBatch(events);
  const group = groupOf(deps.store, call, stream.group);
  const { accepted, rejected } = sortOut(events, deps.clock.now(), horizon(group, deps.clock.now()));
  deps.ingest.accept(call, stream.group, stream.name, accepted);
  return {
    nextSequenceToken: "49039859600000000000000000000000000000000000000000000001",
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
}

interface Line {
  timestamp: number;
  message: string;
}

function checkBatch(events: readonly Line[]): void {
  if (events.length === 0) throw constraint("logEvents", "[]", "Member must have length greater than or equal to 1");
  if (events.length > MAX_EVENTS)
    throw constraint("logEvents", `${events.length} events`, `Member must have length less than or equal to ${MAX_EVENTS}`);
  let total = 0;
  for (const [index, event] of events.entries()) {
    if (event.message === "") throw constraint(`logEvents.${index + 1}.member.message`, "", "Member must have length greater than or equal to 1");
    if (Number.isNaN(event.timestamp)) throw constraint(`logEvents.${index + 1}.member.timestamp`, null, "Member must not be null");
    const bytes = Buffer.byteLength(event.message, "utf8") + EVENT_OVERHEAD;
    if (bytes > MAX_EVENT_BYTES) throw invalidParameter(`Log event too large: ${bytes} bytes exceeds limit of ${MAX_EVENT_BYTES}`);
    total += bytes;
    if (index > 0 && event.timestamp < events[index - 1]!.timestamp) {
      throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (total > MAX_BATCH_BYTES) throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
}

/**
 * Which events of a batch in chronological order are taken. `tooOldLogEventEndIndex` and `expiredLogEventEndIndex` are the
 * index after the last such event, `tooNewLogEventStartIndex` that of the first (RejectedLogEventsInfo).
 */
export function sortOut(events: readonly Line[], now: number, retentionHorizon: number): { accepted: Line[]; rejected: RejectedLogEventsInfo } {
  const first = (test: (event: Line) => boolean): number => {
    const index = events.findIndex(test);
    return index < 0 ? events.length : index;
  };
  const notOld = first((event) => event.timestamp >= now - OLDEST_MS);
  const notExpired = first((event) => event.timestamp >= retentionHorizon);
  const tooNew = first((event) => event.timestamp > now + NEWEST_MS);
  const accepted = events.slice(Math.max(notOld, notExpired), tooNew);
  if (accepted.length > 0 && accepted.at(-1)!.timestamp - accepted[0]!.timestamp > DAY_MS) {
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return {
    accepted,
    rejected: {
      ...(notOld > 0 ? { tooOldLogEventEndIndex: notOld } : {}),
      ...(notExpired > notOld ? { expiredLogEventEndIndex: notExpired } : {}),
      ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    },
  };
}
