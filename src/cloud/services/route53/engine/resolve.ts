import { parent } from "../names.ts";
import { targetOf, type RData } from "./rdata.ts";
import { TYPES, type Rcode } from "./types.ts";
import type { RRset, Zone, Zones } from "./zones.ts";

/** One record of an answer. `name` is a wire name in lower case. */
export interface Answer {
  name: string;
  type: number;
  ttl: number;
  data: RData;
}

export interface Resolution {
  rcode: Rcode;
  authoritative: boolean;
  /** The zone that the question belongs to: its query log gets the line. */
  zone?: Zone;
  /** It depends on the load balancers that there are, not only on the zones: not to be kept. */
  volatile?: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

const MAX_CHAIN = 8;
const WILDCARD = "\x01*";
const { A, AAAA, NS, CNAME, SOA, ANY } = TYPES as Record<"A" | "AAAA" | "NS" | "CNAME" | "SOA" | "ANY", number>;

/** Answers a question from the hosted zones (RFC 1034 section 4.3.2, without recursion). Pure but for reading the zones. */
export function resolve(zones: Zones, name: string, type: number): Resolution {
  const zone = zones.find(name);
  const result: Resolution = { rcode: "NOERROR", authoritative: true, answers: [], authorities: [], additionals: [], ...(zone ? { zone } : {}) };
  if (!zone) return loadBalancerAnswer(zones, name, type, result) ?? { ...result, rcode: "REFUSED", authoritative: false };
  let [at, owner] = [zone, name];
  for (let step = 0; step < MAX_CHAIN; step++) {
    const target = lookUp(zones, at, owner, type, result);
    const next = target === undefined ? undefined : zones.find(target);
    // A name that points to a zone held elsewhere, or back, is the resolver's affair.
    if (target === undefined || !next || result.answers.some((answer) => answer.name === target && answer.type === CNAME)) break;
    [at, owner] = [next, target];
  }
  return result;
}

/** The DNS name of a load balancer itself, which belongs to a zone of AWS's own. It has no IPv6 addresses. */
function loadBalancerAnswer(zones: Zones, name: string, type: number, result: Resolution): Resolution | undefined {
  const set = zones.loadBalancer(name);
  if (!set) return undefined;
  const answers = type === A || type === ANY ? set.data.map((data) => ({ name, type: A, ttl: set.ttl, data })) : [];
  return { ...result, volatile: true, answers };
}

/** One name in one zone. @returns where a CNAME points to */
function lookUp(zones: Zones, zone: Zone, name: string, type: number, result: Resolution): string | undefined {
  const cut = delegation(zone, name);
  if (cut) {
    refer(zone, cut.name, cut.set, result);
    return undefined;
  }
  const exact = zone.names.get(name);
  const sets = exact ?? (zone.nonTerminals.has(name) ? undefined : wildcard(zone, name));
  if (!sets) {
    // RFC 6604: the response code speaks of the last name of a chain.
    if (!zone.nonTerminals.has(name) && name !== zone.name) result.rcode = "NXDOMAIN";
    deny(zone, result);
    return undefined;
  }
  const matching = type === ANY ? [...sets.values()] : [sets.get(type)].filter((set) => set !== undefined);
  const found = matching.flatMap((set) => expand(zones, name, set, result));
  if (found.length > 0) {
    result.answers.push(...found);
    return undefined;
  }
  const cname = sets.get(CNAME);
  const records = cname && matching.length === 0 ? expand(zones, name, cname, result) : [];
  if (records.length === 0) {
    deny(zone, result);
    return undefined;
  }
  result.answers.push(...records);
  return targetOf(records[0]!.data);
}

/** Records of a set under the name that was asked for; an alias gives its target's records under its own name. */
function expand(zones: Zones, name: string, set: RRset, result: Resolution): Answer[] {
  if (set.alias === undefined) return set.data.map((data) => ({ name, type: set.type, ttl: set.ttl, data }));
  let target = set.alias;
  for (let step = 0; step < MAX_CHAIN; step++) {
    const zone = zones.find(target);
    if (!zone) {
      result.volatile = true;
      const balancer = zones.loadBalancer(target);
      return balancer?.type === set.type ? balancer.data.map((data) => ({ name, type: set.type, ttl: balancer.ttl, data })) : [];
    }
    const sets = zone.names.get(target) ?? wildcard(zone, target);
    const found = sets?.get(set.type) ?? sets?.get(CNAME);
    if (!found) return [];
    if (found.alias !== undefined) target = found.alias;
    else if (found.type === set.type) return found.data.map((data) => ({ name, type: set.type, ttl: found.ttl, data }));
    else target = targetOf(found.data[0]) ?? "";
  }
  return [];
}

/** `*` below the closest name that exists, where the name itself does not (RFC 4592). */
function wildcard(zone: Zone, name: string): Map<number, RRset> | undefined {
  for (let at = name; at !== zone.name && at !== "";) {
    at = parent(at);
    const star = zone.names.get(WILDCARD + at);
    if (star) return star;
    if (zone.names.has(at) || zone.nonTerminals.has(at)) return undefined;
  }
  return undefined;
}

/** The highest cut between the zone's own name and `name`: NS records below the apex. */
function delegation(zone: Zone, name: string): { name: string; set: RRset } | undefined {
  let found: { name: string; set: RRset } | undefined;
  for (let at = name; at !== zone.name; at = parent(at)) {
    const set = zone.names.get(at)?.get(NS);
    if (set) found = { name: at, set };
  }
  return found;
}

function refer(zone: Zone, name: string, set: RRset, result: Resolution): void {
  if (result.answers.length === 0) result.authoritative = false;
  result.authorities.push(...set.data.map((data) => ({ name, type: NS, ttl: set.ttl, data })));
  for (const server of set.data.map(targetOf)) {
    for (const type of [A, AAAA]) {
      const glue = server === undefined ? undefined : zone.names.get(server)?.get(type);
      for (const data of glue?.data ?? []) result.additionals.push({ name: server!, type, ttl: glue!.ttl, data });
    }
  }
}

/** The SOA record that goes with "no such name" and "no such data", for as long as they may be cached (RFC 2308). */
function deny(zone: Zone, result: Resolution): void {
  const soa = zone.names.get(zone.name)?.get(SOA);
  const data = soa?.data[0];
  const last = data?.at(-1);
  if (!soa || !data || !Buffer.isBuffer(last)) return;
  result.authorities.push({ name: zone.name, type: SOA, ttl: Math.min(soa.ttl, last.readUInt32BE(0)), data });
}
