import type { InterfaceView, InterfacesPort, NetworkPort, Route } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import { groupsIn, privateAddress } from "../placement.ts";
import { interfaceAt } from "../interfaces.ts";
import { admits, lets } from "../rules.ts";
import { macAddress, newId } from "../shared.ts";
import { networkInterfaces, securityGroups, tags, type InterfaceRow, type SecurityGroupRow } from "../state.ts";
import { requireGroup } from "../operations/security-groups.ts";
import { requireSubnet } from "../operations/subnets.ts";
import type { Ec2Options } from "../index.ts";
import type { Addresses } from "./addresses.ts";
import type { InstanceMetrics } from "./metrics.ts";

type Deps = Pick<Ec2Options, "store" | "clock" | "ids">;

interface Place {
  host: string;
  port: number;
}

/** Private networks: who has an address, what listens behind it on this machine, and who may go there. */
export class Network implements NetworkPort, InterfacesPort {
  private readonly deps: Deps;
  private readonly addresses: Addresses;
  private readonly metrics: InstanceMetrics;
  /** What listens, by interface, port and protocol. Nothing of it outlives the process, and so it is not in the store. */
  private readonly places = new Map<string, Place>();

  constructor(deps: Deps, addresses: Addresses, metrics: InstanceMetrics) {
    this.deps = deps;
    this.addresses = addresses;
    this.metrics = metrics;
  }

  publish(scope: Scope, networkInterfaceId: string, port: number, protocol: "tcp" | "udp", to: Place): () => void {
    const key = keyOf(scope, networkInterfaceId, port, protocol);
    const place = { ...to };
    this.places.set(key, place);
    return () => {
      if (this.places.get(key) === place) this.places.delete(key);
    };
  }

  route(scope: Scope, to: Parameters<NetworkPort["route"]>[1], from: Parameters<NetworkPort["route"]>[2]): ReturnType<NetworkPort["route"]> {
    const { store } = this.deps;
    const { address, port, protocol } = to;
    const row = interfaceAt(store, scope, to.vpcId, address);
    if (!row) return "no-address";
    const groups = (ids: readonly string[]): SecurityGroupRow[] => ids.flatMap((id) => securityGroups(store, scope).get(id) ?? []);
    if (!admits(groups(row.groupIds), { protocol, port }, from)) return "not-allowed";
    // A caller without groups is nobody's interface (this machine): it may go everywhere.
    const own = groups(from.securityGroupIds);
    if (own.length > 0 && !lets(own, { protocol, port }, { address, securityGroupIds: row.groupIds })) return "not-allowed";
    const place = this.places.get(keyOf(scope, row.id, port, protocol));
    if (!place) return "closed";
    const instanceId = row.attachment?.instanceId;
    const route: Route = { host: place.host, port: place.port };
    if (instanceId) route.onTraffic = (bytes) => this.metrics.count(scope, instanceId, bytes);
    return route;
  }

  subnets(scope: Scope, ids: readonly string[]): ReturnType<InterfacesPort["subnets"]> {
    return ids.map((id) => {
      const { vpcId, availabilityZone } = requireSubnet(this.deps, scope, id);
      return { subnetId: id, vpcId, availabilityZone };
    });
  }

  securityGroups(scope: Scope, ids: readonly string[]): ReturnType<InterfacesPort["securityGroups"]> {
    return ids.map((id) => ({ groupId: id, vpcId: requireGroup(this.deps, scope, id).vpcId }));
  }

  createInterface(scope: Scope, wanted: Parameters<InterfacesPort["createInterface"]>[1]): InterfaceView {
    const { ids, clock } = this.deps;
    const row = this.make(scope, wanted, {
      requesterId: wanted.requesterId,
      attachment: {
        id: newId(ids, "eni-attach"),
        deviceIndex: 1,
        at: clock.now(),
        deleteOnTermination: false,
        ...(wanted.instanceId ? { instanceId: wanted.instanceId } : {}),
      },
    });
    return viewOf(row);
  }

  /** A new interface with a free address, or with the one that is `wanted`. */
  make(
    scope: Scope,
    wanted: { subnetId: string; securityGroupIds: readonly string[]; description: string; publicIp?: boolean; privateIp?: string },
    more: Partial<InterfaceRow> = {},
  ): InterfaceRow {
    const { store, ids } = this.deps;
    const subnet = requireSubnet(this.deps, scope, wanted.subnetId);
    const groupIds = groupsIn(this.deps, scope, subnet, wanted.securityGroupIds);
    const privateIp = privateAddress(this.deps, scope, subnet, wanted.privateIp);
    const id = newId(ids, "eni");
    return networkInterfaces(store, scope).set(id, {
      id,
      description: wanted.description,
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      availabilityZone: subnet.availabilityZone,
      privateIp,
      ...(wanted.publicIp ? { publicIp: this.addresses.allocate(id) } : {}),
      macAddress: macAddress(ids),
      groupIds,
      ...more,
    });
  }

  deleteInterface(scope: Scope, id: string): void {
    const { store } = this.deps;
    const row = networkInterfaces(store, scope).get(id);
    if (!row) return;
    if (row.publicIp) this.addresses.release(row.publicIp);
    networkInterfaces(store, scope).delete(id);
    tags(store, scope).delete(id);
  }

  /** Forgets what listens. */
  clear(): void {
    this.places.clear();
  }
}

const keyOf = (scope: Scope, id: string, port: number, protocol: string): string => `${scope.account}|${scope.region}|${id}|${port}/${protocol}`;

const viewOf = (row: InterfaceRow): InterfaceView => ({
  networkInterfaceId: row.id,
  subnetId: row.subnetId,
  vpcId: row.vpcId,
  availabilityZone: row.availabilityZone,
  privateIp: row.privateIp,
  macAddress: row.macAddress,
  securityGroupIds: row.groupIds,
  ...(row.publicIp ? { publicIp: row.publicIp } : {}),
});
