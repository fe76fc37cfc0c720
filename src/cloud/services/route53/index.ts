import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, LoadBalancersPort, LogsPort } from "../../core/ports.ts";
import { DEFAULT_ACCOUNT, GLOBAL_REGION, type Scope } from "../../core/scope.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { DnsServer, type DnsAddress } from "./engine/dns-server.ts";
import { QueryLog } from "./engine/query-log.ts";
import { Zones } from "./engine/zones.ts";
import { resolve } from "./engine/resolve.ts";
import { TYPES } from "./engine/types.ts";
import { lower, normalize, toWire } from "./names.ts";
import { ChangeResourceRecordSets } from "./operations/change-resource-record-sets.ts";
import { GetChange } from "./operations/changes.ts";
import {
  addZone,
  CreateHostedZone,
  DeleteHostedZone,
  GetHostedZone,
  GetHostedZoneCount,
  ListHostedZones,
  ListHostedZonesByName,
  UpdateHostedZoneComment,
} from "./operations/hosted-zones.ts";
import { ListResourceRecordSets } from "./operations/list-resource-record-sets.ts";
import { CreateQueryLoggingConfig, DeleteQueryLoggingConfig, GetQueryLoggingConfig, ListQueryLoggingConfigs } from "./operations/query-logging.ts";
import { ChangeTagsForResource, ListTagsForResource, ListTagsForResources } from "./operations/tags.ts";
import { zones as zoneTable } from "./state.ts";

/** Whether a resource-based policy lets an AWS service do something. `policy` is the document's text. */
export type PolicyAllows = (
  policy: string,
  request: { service: string; action: string; resource: string; context: Record<string, string> },
) => boolean;

export interface Route53Deps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For the log group and the resource policies of a query logging configuration. */
  api: Api;
  logs: LogsPort;
  policyAllows: PolicyAllows;
  /** For alias records to load balancers, and for their own names. */
  loadBalancers: LoadBalancersPort;
  /** Where the DNS server listens; without it there is none. Host 127.0.0.1 and any free port unless told. */
  dns?: { host?: string; port?: number };
  /** The edge location that query logs name. */
  edge?: string;
}

/** What the operations need, made once. */
export interface Route53Parts extends Route53Deps {
  zones: Zones;
  edge: string;
}

export interface Route53Extras {
  /**
   * A zone that is there before any deployment, such as the domain that the user registered. Does nothing where a zone with
   * this identifier is there already.
   * @param id with or without `/hostedzone/`
   */
  seedHostedZone(name: string, id: string, scope?: Scope): void;
  /** Where the DNS server listens; undefined before `start`. */
  dnsAddress(): DnsAddress | undefined;
  /** The server without its sockets. */
  names: Names;
}

/** Asking for names inside the process. */
export interface Names {
  /** Answers a query (RFC 1035, on the wire) as the server does, and logs it. @param resolver the address that it comes from */
  query(message: Buffer, resolver: string): Buffer | undefined;
  /** The addresses of a name. Nobody has asked: nothing is logged. */
  addresses(name: string): string[];
  /** Told of every change of records or zones. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

const handlers = {
  CreateHostedZone,
  GetHostedZone,
  GetHostedZoneCount,
  ListHostedZones,
  ListHostedZonesByName,
  DeleteHostedZone,
  UpdateHostedZoneComment,
  ChangeResourceRecordSets,
  ListResourceRecordSets,
  GetChange,
  CreateQueryLoggingConfig,
  GetQueryLoggingConfig,
  ListQueryLoggingConfigs,
  DeleteQueryLoggingConfig,
  ChangeTagsForResource,
  ListTagsForResource,
  ListTagsForResources,
};

/** Route 53: hosted zones, the DNS server that answers from them, and its query logs. */
export function createRoute53(deps: Route53Deps): Service & Route53Extras {
  const zones = new Zones(deps.store, deps.clock, deps.loadBalancers);
  // An edge location like those in the guide's examples.
  const edge = deps.edge ?? "IAD12";
  const server = new DnsServer(zones, new QueryLog(deps.clock, deps.logs, edge));
  const parts: Route53Parts = { ...deps, zones, edge };
  let address: DnsAddress | undefined;
  // A free port that was once chosen is kept: who has been told of it finds the server there after a reset, too.
  let port = deps.dns?.port ?? 0;
  return {
    name: "route53",
    signingNames: ["route53"],
    sdk: () => import("@aws-sdk/client-route-53"),
    protocols: ["restXml"],
    xmlNamespace: "https://route53.amazonaws.com/doc/2013-04-01/",
    apiVersion: "2013-04-01",
    global: true,
    operations: bind(parts, handlers),
    access,
    seedHostedZone: (name, id, scope = { account: DEFAULT_ACCOUNT, region: GLOBAL_REGION }) => {
      const bare = id.replace(/^\/?hostedzone\//, "");
      if (!zoneTable(deps.store, scope).has(bare)) addZone(parts, scope, { id: bare, name: normalize(name), callerReference: `seed-${bare}` });
    },
    dnsAddress: () => address,
    names: {
      query: (message, resolver) => server.answer(message, "UDP", resolver),
      addresses: (name) => addressesOf(zones, name),
      onChange: (listener) => zones.onChange(listener),
    },
    start: async () => {
      if (!deps.dns) return;
      address = await server.listen(deps.dns.host ?? "127.0.0.1", port);
      port = address.port;
    },
    stop: async () => {
      address = undefined;
      await server.close();
    },
    reset: () => zones.changed(),
  };
}

function addressesOf(zones: Zones, name: string): string[] {
  const { answers } = resolve(zones, lower(toWire(name)), TYPES["A"]!);
  return answers.flatMap(({ type, data: [bytes] }) => (type === TYPES["A"] && Buffer.isBuffer(bytes) ? [bytes.join(".")] : []));
}
