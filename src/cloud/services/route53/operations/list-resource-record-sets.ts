import type { ListResourceRecordSetsRequest, ListResourceRecordSetsResponse, ResourceRecordSet } from "@aws-sdk/client-route-53";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { Route53Parts } from "../index.ts";
import { NameError, normalize, sortKey } from "../names.ts";
import { recordsOf, zoneOf, type RecordRow } from "../state.ts";
import { itemsOf } from "./hosted-zones.ts";

/** "Returns up to 300 resource record sets at a time" (ListResourceRecordSets). */
const MAX_ITEMS = 300;

/** Sorted by name with the labels reversed, then by type. */
export function ListResourceRecordSets(
  deps: Pick<Route53Parts, "store">,
  input: ListResourceRecordSetsRequest,
  call: Call,
): ListResourceRecordSetsResponse {
  const zone = zoneOf(deps.store, call, input.HostedZoneId);
  if (input.StartRecordType && !input.StartRecordName)
    throw new AwsError("InvalidInput", "The input is not valid: StartRecordType needs StartRecordName");
  if (input.StartRecordIdentifier && !input.StartRecordType)
    throw new AwsError("InvalidInput", "The input is not valid: StartRecordIdentifier needs StartRecordType");
  const size = itemsOf(input.MaxItems, MAX_ITEMS);
  const from = input.StartRecordName === undefined ? "" : rank(startName(input.StartRecordName), input.StartRecordType ?? "");
  const rest = recordsOf(deps.store, call, zone.id)
    .map((row) => ({ row, key: keyOf(row) }))
    .filter(({ key }) => key >= from)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const next = rest[size]?.row;
  return {
    ResourceRecordSets: rest.slice(0, size).map(({ row }) => describe(row)),
    IsTruncated: next !== undefined,
    ...(next ? { NextRecordName: next.name, NextRecordType: next.type } : {}),
    MaxItems: size,
  };
}

const rank = (name: string, type: string): string => `${sortKey(name)} ${type}`;

/** Of rows, which never change: a zone that many leaves share is listed at each of their wakes. */
const keys = new WeakMap<RecordRow, string>();

function keyOf(row: RecordRow): string {
  let key = keys.get(row);
  if (key === undefined) keys.set(row, (key = rank(row.name, row.type)));
  return key;
}

function startName(name: string): string {
  try {
    return normalize(name);
  } catch (error) {
    if (error instanceof NameError) throw new AwsError("InvalidInput", error.message);
    throw error;
  }
}

const describe = (row: RecordRow): ResourceRecordSet => ({
  Name: row.name,
  Type: row.type,
  ...(row.alias
    ? {
        ResourceRecords: [],
        AliasTarget: { HostedZoneId: row.alias.hostedZoneId, DNSName: row.alias.dnsName, EvaluateTargetHealth: row.alias.evaluateTargetHealth },
      }
    : { TTL: row.ttl, ResourceRecords: row.values?.map((Value) => ({ Value })) }),
});
