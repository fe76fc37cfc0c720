import { createHash } from "node:crypto";
import type { ResourceRecord } from "@aws-sdk/client-acm";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Api } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";

/**
 * The CNAME that proves a domain: `_x.<domain>. → _y.<z>.acm-validations.aws.` ("DNS validation", ACM User Guide). It is the
 * same one every time for a domain and an account, and `*.example.com` has that of `example.com`.
 */
export function validationRecord(account: string, domain: string): ResourceRecord {
  const bare = domain.replace(/^\*\./, "");
  const token = (what: string): string => createHash("sha256").update(`${what}|${account}|${bare}`).digest("hex");
  const letters = token("zone")
    .slice(0, 10)
    .replace(/[0-9a-f]/g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  return { Name: `_${token("name").slice(0, 32)}.${bare}.`, Type: "CNAME", Value: `_${token("value").slice(0, 32)}.${letters}.acm-validations.aws.` };
}

interface Zone {
  Id: string;
  Name: string;
  Config?: { PrivateZone?: boolean };
}

const fqdn = (name: string): string => (name.endsWith(".") ? name : `${name}.`).toLowerCase();

/** Is the record in a public hosted zone of this cloud? The zones that are nearest to the name count, as resolvers ask them. */
export async function isPublished(api: Api, scope: Scope, record: ResourceRecord): Promise<boolean> {
  const name = fqdn(record.Name!);
  const zones = (await zonesOf(api, scope)).filter(({ Name, Config }) => !Config?.PrivateZone && name.endsWith(`.${fqdn(Name)}`));
  const nearest = Math.max(...zones.map(({ Name }) => Name.length));
  for (const { Id } of zones.filter(({ Name }) => Name.length === nearest)) {
    const { ResourceRecordSets } = await api.call<{ ResourceRecordSets: ResourceRecordSet[] }>(
      "route53",
      "ListResourceRecordSets",
      { HostedZoneId: Id, StartRecordName: name, StartRecordType: "CNAME", MaxItems: 1 },
      scope,
    );
    const [found] = ResourceRecordSets;
    const values = found?.Type === "CNAME" && fqdn(found.Name!) === name ? (found.ResourceRecords ?? []) : [];
    if (values.some(({ Value }) => fqdn(Value!) === fqdn(record.Value!))) return true;
  }
  return false;
}

async function zonesOf(api: Api, scope: Scope): Promise<Zone[]> {
  const zones: Zone[] = [];
  let Marker: string | undefined;
  do {
    const page = await api.call<{ HostedZones: Zone[]; NextMarker?: string }>("route53", "ListHostedZones", Marker ? { Marker } : {}, scope);
    zones.push(...page.HostedZones);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return zones;
}
