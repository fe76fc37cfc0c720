import type { PutEventsRequest, PutEventsRequestEntry, PutEventsResponse, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { hasBus, parseBus } from "../names.ts";
import type { EventsParts } from "../parts.ts";
import { isObject, type Json } from "../pattern/json.ts";

/** 1 MB since January 2026 (AWS Compute Blog, "More room to build: serverless services now support payloads up to 1 MB"). */
const LARGEST_BYTES = 1_048_576;
const MOST_ENTRIES = 10;

/** Puts up to ten events; each of them is taken or refused for itself. */
export function PutEvents(deps: Pick<EventsParts, "store" | "router">, input: PutEventsRequest, call: Call): PutEventsResponse {
  const entries = input.Entries ?? [];
  if (entries.length === 0 || entries.length > MOST_ENTRIES) {
    const rule = entries.length === 0 ? "greater than or equal to 1" : `less than or equal to ${MOST_ENTRIES}`;
    throw new AwsError("ValidationException", `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${rule}`);
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > LARGEST_BYTES) {
    throw new AwsError("ValidationException", "Total size of the entries in the request is over the limit.");
  }
  const results = entries.map((entry) => putOne(deps, entry, call));
  return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: results };
}

/** EventBridge User Guide, "Calculating Amazon EventBridge PutEvents event entry size". */
function sizeOf({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  return (Time ? 14 : 0) + [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

const refused = (ErrorCode: string, ErrorMessage: string): PutEventsResultEntry => ({ ErrorCode, ErrorMessage });

function putOne({ store, router }: Pick<EventsParts, "store" | "router">, entry: PutEventsRequestEntry, call: Call): PutEventsResultEntry {
  for (const member of ["Source", "DetailType", "Detail"] as const) {
    if (!entry[member]) return refused("InvalidArgument", `Parameter ${member} is not valid. Reason: ${member} is a required argument.`);
  }
  // AWS's own services put theirs by another way.
  if (entry.Source!.startsWith("aws.")) return refused("NotAuthorizedForSourceException", "Not authorized for the source.");
  const detail = parseDetail(entry.Detail!);
  if (!detail) return refused("MalformedDetail", "Detail is malformed.");
  const bus = parseBus(entry.EventBusName, call);
  if (!hasBus(store, bus)) return refused("ResourceNotFoundException", `Event bus ${bus.name} does not exist.`);
  const event = router.envelope(bus.scope, {
    source: entry.Source!,
    detailType: entry.DetailType!,
    detail,
    account: call.account,
    ...(entry.Resources ? { resources: entry.Resources } : {}),
    ...(entry.Time ? { time: entry.Time.getTime() } : {}),
  });
  router.route(bus.scope, bus.name, event);
  return { EventId: event.id };
}

function parseDetail(text: string): Record<string, Json> | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return isObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}
