import type {
  CreateHostedZoneRequest,
  CreateHostedZoneResponse,
  DeleteHostedZoneRequest,
  DeleteHostedZoneResponse,
  GetHostedZoneCountResponse,
  GetHostedZoneRequest,
  GetHostedZoneResponse,
  HostedZone,
  ListHostedZonesByNameRequest,
  ListHostedZonesByNameResponse,
  ListHostedZonesRequest,
  ListHostedZonesResponse,
  UpdateHostedZoneCommentRequest,
  UpdateHostedZoneCommentResponse,
} from "@aws-sdk/client-route-53";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Route53Parts } from "../index.ts";
import { NameError, normalize, sortKey } from "../names.ts";
import { bareId, queryLoggingConfigs, recordKey, records, recordsOf, zoneOf, zones, type ZoneRow } from "../state.ts";
import { recordChange } from "./changes.ts";

type Deps = Pick<Route53Parts, "store" | "clock" | "ids" | "zones">;

const MAX_ITEMS = 100;
const API = "https://route53.amazonaws.com/2013-04-01";

export function CreateHostedZone(deps: Deps, input: CreateHostedZoneRequest, call: Call): CreateHostedZoneResponse {
  if (input.VPC || input.HostedZoneConfig?.PrivateZone) throw new NotSupported("route53", "CreateHostedZone", "private hosted zones");
  if (input.DelegationSetId) throw new NotSupported("route53", "CreateHostedZone", "reusable delegation sets");
  if (!input.CallerReference) throw new AwsError("InvalidInput", "Invalid request: CallerReference must not be empty");
  const name = zoneName(input.Name);
  if (zones(deps.store, call).find((row) => row.callerReference === input.CallerReference)) {
    throw new AwsError(
      "HostedZoneAlreadyExists",
      `A hosted zone has already been created with the specified caller reference: ${input.CallerReference}`,
      { status: 409 },
    );
  }
  // `Z` and 20 more: the length of the identifiers that Route 53 gives since 2020.
  const row = addZone(deps, call, {
    id: `Z${deps.ids.upper(20)}`,
    name,
    callerReference: input.CallerReference,
    comment: input.HostedZoneConfig?.Comment,
  });
  return {
    HostedZone: describe(deps, row, call),
    ChangeInfo: recordChange(deps, call),
    DelegationSet: { NameServers: row.nameServers },
    Location: `${API}/hostedzone/${row.id}`,
  };
}

function zoneName(name: string | undefined): string {
  try {
    const normal = normalize(name ?? "");
    if (normal !== "." && !normal.includes("\\")) return normal;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
  }
  throw new AwsError("InvalidDomainName", `${name} is not a valid domain name.`);
}

/** A new zone with its NS and SOA records, as Route 53 makes them. */
export function addZone(deps: Deps, scope: Scope, zone: Pick<ZoneRow, "id" | "name" | "callerReference" | "comment">): ZoneRow {
  const nameServers = delegationSet(deps.ids);
  const row = zones(deps.store, scope).set(zone.id, { ...zone, nameServers, tags: {}, createdAt: deps.clock.now() });
  const own = { zoneId: row.id, name: row.name };
  const table = records(deps.store, scope);
  // TTLs and figures: "NS and SOA records that Amazon Route 53 creates for a public hosted zone" (Developer Guide).
  const ns = { ...own, type: "NS" as const, ttl: 172_800, values: nameServers.map((server) => `${server}.`) };
  const soa = { ...own, type: "SOA" as const, ttl: 900, values: [`${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`] };
  for (const each of [ns, soa]) table.set(recordKey(each), each);
  deps.zones.changed();
  return row;
}

/**
 * Four servers, one in each of Route 53's four top-level domains. Their numbers come in blocks of 512, and the second number
 * is the place in the block divided by 8, as in `ns-458.awsdns-57.com` and `ns-1111.awsdns-10.org`.
 */
function delegationSet(ids: Ids): string[] {
  return ["com", "net", "org", "co.uk"].map((domain, block) => {
    const place = Math.floor(ids.fraction() * 512);
    return `ns-${block * 512 + place}.awsdns-${String(Math.floor(place / 8)).padStart(2, "0")}.${domain}`;
  });
}

export function GetHostedZone(deps: Deps, input: GetHostedZoneRequest, call: Call): GetHostedZoneResponse {
  const row = zoneOf(deps.store, call, input.Id);
  return { HostedZone: describe(deps, row, call), DelegationSet: { NameServers: row.nameServers } };
}

export function GetHostedZoneCount(deps: Deps, _input: object, call: Call): GetHostedZoneCountResponse {
  return { HostedZoneCount: zones(deps.store, call).size };
}

export function DeleteHostedZone(deps: Deps, input: DeleteHostedZoneRequest, call: Call): DeleteHostedZoneResponse {
  const row = zoneOf(deps.store, call, input.Id);
  const own = recordsOf(deps.store, call, row.id);
  if (own.some((record) => record.name !== row.name || (record.type !== "NS" && record.type !== "SOA"))) {
    throw new AwsError("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.");
  }
  for (const record of own) records(deps.store, call).delete(recordKey(record));
  for (const config of queryLoggingConfigs(deps.store, call).filter((each) => each.zoneId === row.id))
    queryLoggingConfigs(deps.store, call).delete(config.id);
  zones(deps.store, call).delete(row.id);
  deps.zones.changed();
  return { ChangeInfo: recordChange(deps, call) };
}

export function ListHostedZones(deps: Deps, input: ListHostedZonesRequest, call: Call): ListHostedZonesResponse {
  if (input.DelegationSetId) throw new NotSupported("route53", "ListHostedZones", "reusable delegation sets");
  const size = itemsOf(input.MaxItems, MAX_ITEMS);
  const rows =
    input.HostedZoneType === "PrivateHostedZone"
      ? []
      : zones(deps.store, call)
          .values()
          .sort((a, b) => (a.id < b.id ? -1 : 1));
  const start = input.Marker === undefined ? 0 : rows.findIndex((row) => row.id >= bareId(input.Marker));
  const rest = start < 0 ? [] : rows.slice(start);
  const next = rest[size];
  return {
    HostedZones: rest.slice(0, size).map((row) => describe(deps, row, call)),
    Marker: input.Marker ?? "",
    IsTruncated: next !== undefined,
    ...(next ? { NextMarker: next.id } : {}),
    MaxItems: size,
  };
}

export function ListHostedZonesByName(deps: Deps, input: ListHostedZonesByNameRequest, call: Call): ListHostedZonesByNameResponse {
  if (input.HostedZoneId && !input.DNSName)
    throw new AwsError("InvalidInput", "The DNSName parameter is required when the HostedZoneId parameter is specified.");
  const size = itemsOf(input.MaxItems, MAX_ITEMS);
  const rank = (row: Pick<ZoneRow, "name" | "id">): string => `${sortKey(row.name)} ${row.id}`;
  const rows = zones(deps.store, call)
    .values()
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const from = input.DNSName ? rank({ name: zoneName(input.DNSName), id: bareId(input.HostedZoneId) }) : "";
  const rest = rows.filter((row) => rank(row) >= from);
  const next = rest[size];
  return {
    HostedZones: rest.slice(0, size).map((row) => describe(deps, row, call)),
    ...(input.DNSName ? { DNSName: input.DNSName } : {}),
    ...(input.HostedZoneId ? { HostedZoneId: input.HostedZoneId } : {}),
    IsTruncated: next !== undefined,
    ...(next ? { NextDNSName: next.name, NextHostedZoneId: next.id } : {}),
    MaxItems: size,
  };
}

export function UpdateHostedZoneComment(deps: Deps, input: UpdateHostedZoneCommentRequest, call: Call): UpdateHostedZoneCommentResponse {
  const { id } = zoneOf(deps.store, call, input.Id);
  return { HostedZone: describe(deps, zones(deps.store, call).update(id, { comment: input.Comment }), call) };
}

/** The page size that was asked for. MaxItems is a string on the wire (PageMaxItems), so both types come. */
export function itemsOf(maxItems: number | string | undefined, most: number): number {
  const size = maxItems === undefined ? most : Number(maxItems);
  if (!Number.isInteger(size) || size < 1) throw new AwsError("InvalidInput", "Invalid request: MaxItems must be a positive number");
  return Math.min(size, most);
}

function describe(deps: Pick<Deps, "store">, row: ZoneRow, call: Call): HostedZone {
  return {
    Id: `/hostedzone/${row.id}`,
    Name: row.name,
    CallerReference: row.callerReference,
    Config: { ...(row.comment ? { Comment: row.comment } : {}), PrivateZone: false },
    ResourceRecordSetCount: recordsOf(deps.store, call, row.id).length,
  };
}
