import type { PutEventsRequest, PutEventsRequestEntry, PutEventsResponse, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { FORWARDED, type ForwardedEntry } from "../engine/targets.ts";
import type { EventsParts } from "../index.ts";
import { busNamed } from "../state.ts";
import { busName, constraint, invalid, refuse } from "./input.ts";

/** "The total size of the entries must be less than 256 KB" (Calculating Amazon EventBridge PutEvents event entry size). */
const MAX_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;

/** Puts events on buses. Each entry has its own answer; a bus that is not there loses the event in silence, as on AWS. */
export function PutEvents(deps: Pick<EventsParts, "store" | "router" | "ids">, input: PutEventsRequest, call: Call): PutEventsResponse {
  refuse("PutEvents", input, ["EndpointId"]);
  const entries: ForwardedEntry[] = input.Entries ?? [];
  if (entries.length === 0) throw constraint("entries", "[]", "Member must have length greater than or equal to 1");
  if (entries.length > MAX_ENTRIES)
    throw constraint("entries", `${entries.length} entries`, `Member must have length less than or equal to ${MAX_ENTRIES}`);
  if (entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > MAX_BYTES)
    throw invalid("Total size of the entries in the request is over the limit.");
  const results = entries.map((entry) => putOne(deps, entry, call));
  return { FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length, Entries: results };
}

function sizeOf(entry: ForwardedEntry): number {
  if (entry[FORWARDED]) return 0;
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ""), entry.Time ? 14 : 0);
}

function putOne({ store, router, ids }: Pick<EventsParts, "store" | "router" | "ids">, entry: ForwardedEntry, call: Call): PutEventsResultEntry {
  const bus = busName(entry.EventBusName);
  const scope = { account: parseArn(entry.EventBusName ?? "")?.account ?? call.account, region: call.region };
  const forwarded = entry[FORWARDED];
  if (forwarded) {
    router.put(scope, bus, forwarded.event, forwarded.hops);
    return { EventId: forwarded.event.id };
  }
  const refusal = refusalOf(entry);
  if (refusal) return refusal;
  const detail = jsonObject(entry.Detail!);
  if (!detail) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const id = ids.uuid();
  // AWS answers with an id even then (recorded in localstack's test_put_events_nonexistent_event_bus).
  if (!busNamed(store, scope, bus)) return { EventId: id };
  const event = router.envelope(call, {
    id,
    source: entry.Source!,
    detailType: entry.DetailType!,
    detail,
    resources: entry.Resources ?? [],
    ...(entry.Time ? { at: entry.Time.getTime() } : {}),
  });
  router.put(scope, bus, event);
  return { EventId: id };
}

/** Sentences recorded from AWS (localstack's test_events snapshots; prowler-cloud/prowler#12471 for the source). */
function refusalOf(entry: PutEventsRequestEntry): PutEventsResultEntry | undefined {
  for (const member of ["Source", "DetailType", "Detail"] as const) {
    if (!entry[member])
      return { ErrorCode: "InvalidArgument", ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.` };
  }
  if (entry.Source!.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  return undefined;
}

function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
