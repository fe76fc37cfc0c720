import type { Change, ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse, ResourceRecordSet } from "@aws-sdk/client-route-53";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { isSupportedType, parseValue, ValueError } from "../engine/rdata.ts";
import type { Route53Parts } from "../index.ts";
import { isWithin, lower, NameError, normalize, toWire } from "../names.ts";
import { bareId, recordKey, records, recordsOf, zoneOf, type RecordRow, type ZoneRow } from "../state.ts";
import { recordChange } from "./changes.ts";

/** Members of a record set that choose between several of one name and type. */
const ROUTING = [
  "SetIdentifier",
  "Weight",
  "Region",
  "GeoLocation",
  "Failover",
  "MultiValueAnswer",
  "HealthCheckId",
  "TrafficPolicyInstanceId",
] as const;
const MORE_ROUTING = ["CidrRoutingConfig", "GeoProximityLocation"] as const;

/** A batch of changes; all of them are made, or none. */
export function ChangeResourceRecordSets(
  deps: Pick<Route53Parts, "store" | "clock" | "ids" | "zones" | "loadBalancers">,
  input: ChangeResourceRecordSetsRequest,
  call: Call,
): ChangeResourceRecordSetsResponse {
  const zone = zoneOf(deps.store, call, input.HostedZoneId);
  const batch = input.ChangeBatch?.Changes ?? [];
  if (batch.length === 0) throw new AwsError("InvalidInput", "Invalid request: Changes must have at least one item");
  const before = new Map(recordsOf(deps.store, call, zone.id).map((row) => [recordKey(row), row]));
  const after = applyBatch(zone, before, batch, (alias) => aliasProblem(deps, alias));
  const table = records(deps.store, call);
  for (const key of before.keys()) if (!after.has(key)) table.delete(key);
  for (const [key, row] of after) if (before.get(key) !== row) table.set(key, row);
  deps.zones.changed();
  return { ChangeInfo: recordChange(deps, call, input.ChangeBatch?.Comment) };
}

/**
 * The records of a zone after a batch. The messages are Route 53's own, as they stand in threads about it
 * (kubernetes-sigs/external-dns#732, boto/boto#2887, hashicorp/terraform-provider-aws acceptance tests).
 * @throws AwsError InvalidChangeBatch with a message for each change that cannot be made
 */
export function applyBatch(
  zone: Pick<ZoneRow, "id" | "name">,
  before: ReadonlyMap<string, RecordRow>,
  batch: readonly Change[],
  problemOf: AliasCheck = () => undefined,
): Map<string, RecordRow> {
  const after = new Map(before);
  const actions = new Map<string, string>();
  const problems: string[] = [];
  for (const change of batch) {
    try {
      applyChange(zone, after, actions, change, problemOf);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) problems.push(...conflicts(zone, after));
  if (problems.length > 0) throw new AwsError("InvalidChangeBatch", `[${problems.join(", ")}]`, { fields: { messages: problems } });
  return after;
}

class Problem extends Error {}

type Alias = NonNullable<RecordRow["alias"]>;
/** What is wrong with an alias, as the end of Route 53's message. */
type AliasCheck = (alias: Alias) => string | undefined;

/** An alias to a load balancer's name needs a load balancer that has it. */
function aliasProblem({ loadBalancers }: Pick<Route53Parts, "loadBalancers">, { dnsName }: Alias): string | undefined {
  const isLoadBalancers = dnsName.endsWith(".elb.amazonaws.com.");
  return isLoadBalancers && !loadBalancers.addressesOf(dnsName) ? "but that target was not found" : undefined;
}

function applyChange(
  zone: Pick<ZoneRow, "id" | "name">,
  after: Map<string, RecordRow>,
  actions: Map<string, string>,
  change: Change,
  problemOf: AliasCheck,
): void {
  const row = readRecord(zone, change);
  const key = recordKey(row);
  const label = `[name='${row.name}', type='${row.type}']`;
  const [existing, earlier] = [after.get(key), actions.get(key)];
  // Only "delete the old, create the new" may name one record set twice.
  if (earlier !== undefined && !(earlier === "DELETE" && change.Action !== "DELETE")) {
    throw new Problem(`The request contains an invalid set of changes for a resource record set '${row.type} ${row.name}'`);
  }
  actions.set(key, change.Action!);
  const problem = row.alias && change.Action !== "DELETE" ? problemOf(row.alias) : undefined;
  if (problem)
    throw new Problem(`Tried to create an alias that targets ${row.alias!.dnsName}, type ${row.type} in zone ${row.alias!.hostedZoneId}, ${problem}`);
  switch (change.Action) {
    case "CREATE":
      if (existing) throw new Problem(`Tried to create resource record set ${label} but it already exists`);
      after.set(key, row);
      break;
    case "UPSERT":
      after.set(key, existing && same(existing, row) ? existing : row);
      break;
    case "DELETE":
      if (!existing) throw new Problem(`Tried to delete resource record set ${label} but it was not found`);
      if (!same(existing, row))
        throw new Problem(`Tried to delete resource record set ${label} but the values provided do not match the current values`);
      after.delete(key);
      break;
    case undefined:
    default:
      throw new AwsError("InvalidInput", `Invalid request: the action ${String(change.Action)} is none of CREATE, DELETE, UPSERT`);
  }
}

function readRecord(zone: Pick<ZoneRow, "id" | "name">, change: Change): RecordRow {
  const set = change.ResourceRecordSet;
  if (!set?.Name || !set.Type) throw new AwsError("InvalidInput", "Invalid request: a change needs a ResourceRecordSet with Name and Type");
  for (const member of [...ROUTING, ...MORE_ROUTING]) {
    if (set[member] !== undefined) throw new NotSupported("route53", "ChangeResourceRecordSets", `routing policies and health checks (${member})`);
  }
  const { Type: type } = set;
  if (!isSupportedType(type)) throw new NotSupported("route53", "ChangeResourceRecordSets", `records of type ${type}`);
  const name = orProblem(() => normalize(set.Name!));
  if (!isWithin(lower(toWire(name)), lower(toWire(zone.name))))
    throw new Problem(`RRSet with DNS name ${name} is not permitted in zone ${zone.name}`);
  const own = { zoneId: zone.id, name, type };
  const { AliasTarget: alias, TTL: ttl, ResourceRecords: list } = set;
  if (alias) {
    if (ttl !== undefined || list?.length) throw oneOf(change, "more than one");
    return { ...own, alias: readAlias(alias) };
  }
  if (ttl === undefined || !list?.length) throw oneOf(change, "none");
  return { ...own, ttl: checkTtl(ttl), values: checkValues(type, list) };
}

function readAlias(alias: NonNullable<ResourceRecordSet["AliasTarget"]>): NonNullable<RecordRow["alias"]> {
  // With one record for a name, as here, evaluation changes nothing: where no record is healthy, Route 53 answers with all of them
  // (Developer Guide, "How Amazon Route 53 chooses records when health checking is configured").
  const evaluateTargetHealth = alias.EvaluateTargetHealth ?? false;
  return { hostedZoneId: bareId(alias.HostedZoneId), dnsName: orProblem(() => normalize(alias.DNSName ?? "")), evaluateTargetHealth };
}

function checkTtl(ttl: number): number {
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 2_147_483_647)
    throw new AwsError("InvalidInput", `Invalid request: TTL ${ttl} is not between 0 and 2147483647`);
  return ttl;
}

function checkValues(type: Parameters<typeof parseValue>[0], list: NonNullable<ResourceRecordSet["ResourceRecords"]>): string[] {
  const values = list.map((record) => record.Value ?? "");
  for (const value of values) orProblem(() => parseValue(type, value));
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new Problem(`Duplicate Resource Record: '${twice}'`);
  if (values.length > 1 && (type === "CNAME" || type === "SOA"))
    throw new Problem(`Invalid Resource Record: a ${type} record set must have exactly one record`);
  return values;
}

function orProblem<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw new Problem(`Invalid Resource Record: '${error.message}'`);
    if (error instanceof NameError) throw new Problem(error.message);
    throw error;
  }
}

const oneOf = (change: Change, found: string): AwsError =>
  new AwsError(
    "InvalidInput",
    `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${found} in Change with [Action=${change.Action}, Name=${change.ResourceRecordSet?.Name}, Type=${change.ResourceRecordSet?.Type}, SetIdentifier=null]`,
  );

/** Equal but for the order of values: a DELETE must name what is there. */
function same(a: RecordRow, b: RecordRow): boolean {
  const facts = (row: RecordRow): string =>
    JSON.stringify([row.ttl, row.values?.toSorted(), row.alias?.dnsName, row.alias?.hostedZoneId, row.alias?.evaluateTargetHealth]);
  return facts(a) === facts(b);
}

/** What a whole zone must not have. */
function conflicts(zone: Pick<ZoneRow, "name">, after: ReadonlyMap<string, RecordRow>): string[] {
  const problems: string[] = [];
  const rows = [...after.values()];
  const typesByName = new Map<string, string[]>();
  for (const row of rows) typesByName.set(row.name, [...(typesByName.get(row.name) ?? []), row.type]);
  for (const [name, types] of typesByName) {
    if (!types.includes("CNAME")) continue;
    const other = types.find((type) => type !== "CNAME");
    if (name === zone.name) problems.push(`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone.name}`);
    else if (other) {
      problems.push(
        `RRSet of type CNAME with DNS name ${name} is not permitted because a conflicting RRSet of type ${other} with the same DNS name already exists in zone ${zone.name}`,
      );
    }
  }
  const apex = typesByName.get(zone.name) ?? [];
  if (!apex.includes("NS")) problems.push("A HostedZone must contain at least one NS record for the zone itself.");
  if (!apex.includes("SOA")) problems.push("A HostedZone must contain exactly one SOA record.");
  if (rows.some((row) => row.type === "SOA" && row.name !== zone.name)) problems.push("A HostedZone must contain exactly one SOA record.");
  return problems;
}
