import type { Clock } from "../../../core/clock.ts";
import type { LoadBalancersPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { isWithin, lower, parent, toText, toWire } from "../names.ts";
import { queryLoggingConfigs, records, zones, type RecordRow } from "../state.ts";
import { isSupportedType, parseValue, type RData } from "./rdata.ts";
import { TYPES } from "./types.ts";

/** Records of one name and type; `alias` is where to look instead. Names are wire names in lower case. */
export interface RRset {
  type: number;
  ttl: number;
  data: RData[];
  alias?: string;
}

export interface Zone {
  id: string;
  name: string;
  names: Map<string, Map<number, RRset>>;
  /** Names without records of their own that have some below them: they exist (RFC 8020). */
  nonTerminals: Set<string>;
  /** Where its queries are logged. */
  logGroup?: { scope: Scope; name: string };
}

/** The hosted zones as the DNS server reads them. Built anew from the store after each change. */
export class Zones {
  private readonly store: Store;
  private readonly speed: number;
  private readonly loadBalancers: LoadBalancersPort;
  private readonly listeners = new Set<() => void>();
  private byName: Map<string, Zone> | undefined;

  constructor(store: Store, clock: Clock, loadBalancers: LoadBalancersPort) {
    this.store = store;
    this.loadBalancers = loadBalancers;
    this.speed = clock.mode.kind === "real" ? clock.mode.speed : 1;
  }

  /** Must be called after each change of zones, records or query logging configurations. */
  changed(): void {
    this.byName = undefined;
    for (const listener of this.listeners) listener();
  }

  /** @returns what ends it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The most specific zone that holds a name. */
  find(name: string): Zone | undefined {
    const all = (this.byName ??= this.build());
    for (let at = name; ; at = parent(at)) {
      const zone = all.get(at);
      if (zone || at === "") return zone;
    }
  }

  /**
   * The address records of a load balancer's DNS name; undefined where it is the name of none. They live for 60 seconds
   * (Developer Guide, "Choosing between alias and non-alias records": an alias to an AWS resource has that resource's TTL; the
   * ELB guide, "the TTL is 60 seconds").
   */
  loadBalancer(name: string): RRset | undefined {
    const addresses = this.loadBalancers.addressesOf(toText(name));
    return addresses && { type: TYPES["A"]!, ttl: Math.floor(60 / this.speed), data: addresses.map((address) => parseValue("A", address)) };
  }

  private build(): Map<string, Zone> {
    const built = new Map<string, Zone>();
    for (const scope of this.store.scopes("route53.zones")) {
      const byId = new Map<string, Zone>();
      // Of two zones with one name the older answers; on AWS each has its own name servers.
      for (const row of zones(this.store, scope)
        .values()
        .sort((a, b) => a.createdAt - b.createdAt)) {
        const zone: Zone = { id: row.id, name: lower(toWire(row.name)), names: new Map(), nonTerminals: new Set() };
        byId.set(row.id, zone);
        if (!built.has(zone.name)) built.set(zone.name, zone);
      }
      for (const row of records(this.store, scope).values()) this.add(byId.get(row.zoneId), row);
      for (const row of queryLoggingConfigs(this.store, scope).values()) {
        const group = parseArn(row.logGroupArn);
        const zone = byId.get(row.zoneId);
        if (zone && group)
          zone.logGroup = {
            scope: { account: group.account, region: group.region },
            name: group.resource.replace(/^log-group:/, "").replace(/:\*$/, ""),
          };
      }
    }
    return built;
  }

  private add(zone: Zone | undefined, row: RecordRow): void {
    const { type } = row;
    if (!zone || !isSupportedType(type)) return;
    const name = lower(toWire(row.name));
    const sets = zone.names.get(name) ?? new Map<number, RRset>();
    zone.names.set(name, sets);
    sets.set(TYPES[type]!, {
      type: TYPES[type]!,
      // A record's TTL is in the cloud's time; resolvers count real seconds. At 60 times the speed, 60 s become 1 s.
      ttl: Math.floor((row.ttl ?? 0) / this.speed),
      data: (row.values ?? []).map((value) => parseValue(type, value)),
      ...(row.alias ? { alias: lower(toWire(row.alias.dnsName)) } : {}),
    });
    for (let at = parent(name); at !== zone.name && isWithin(at, zone.name); at = parent(at)) zone.nonTerminals.add(at);
  }
}
