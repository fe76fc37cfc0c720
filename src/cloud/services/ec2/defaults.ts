import type { Scope } from "../../core/scope.ts";
import type { Ec2Deps } from "./index.ts";
import { formatIpv4, parseCidr } from "./cidr.ts";
import { zonesOf } from "./catalog/zones.ts";
import { newId } from "./shared.ts";
import { internetGateways, provisioned, routeTables, securityGroups, subnets, vpcs, type VpcRow } from "./state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** A VPC with what EC2 creates along with it: main route table, default security group, network ACL. */
export function makeVpc(deps: Deps, scope: Scope, cidr: string, options: { isDefault: boolean; tenancy?: VpcRow["tenancy"] }): VpcRow {
  const { store, ids } = deps;
  const id = newId(ids, "vpc");
  const routeTableId = newId(ids, "rtb");
  const groupId = newId(ids, "sg");
  routeTables(store, scope).set(routeTableId, {
    id: routeTableId,
    vpcId: id,
    routes: [{ destination: cidr, gatewayId: "local", origin: "CreateRouteTable" }],
    associations: [{ id: newId(ids, "rtbassoc"), main: true }],
  });
  // "A default security group … allows inbound traffic from itself and all outbound" (VPC User Guide, "Default security groups").
  securityGroups(store, scope).set(groupId, {
    id: groupId,
    name: "default",
    description: "default VPC security group",
    vpcId: id,
    rules: [
      { id: newId(ids, "sgr"), egress: false, protocol: "-1", groupId },
      { id: newId(ids, "sgr"), egress: true, protocol: "-1", cidrIpv4: "0.0.0.0/0" },
    ],
  });
  return vpcs(store, scope).set(id, {
    id,
    cidr,
    isDefault: options.isDefault,
    tenancy: options.tenancy ?? "default",
    enableDnsSupport: true,
    enableDnsHostnames: options.isDefault,
    mainRouteTableId: routeTableId,
    defaultGroupId: groupId,
    networkAclId: newId(ids, "acl"),
  });
}

/**
 * Gives a region its default VPC when it is first looked at: 172.31.0.0/16, a /20 subnet in each zone, an internet
 * gateway and a route to it (VPC User Guide, "Default VPCs").
 */
export function ensureDefaultVpc(deps: Deps, scope: Scope): void {
  const marker = provisioned(deps.store, scope);
  if (marker.has("default-vpc")) return;
  marker.set("default-vpc", { at: deps.clock.now() });
  makeDefaultVpc(deps, scope);
}

/** A new default VPC with all that belongs to it. */
export function makeDefaultVpc(deps: Deps, scope: Scope): VpcRow {
  const { store, ids } = deps;
  const vpc = makeVpc(deps, scope, "172.31.0.0/16", { isDefault: true });
  const gatewayId = newId(ids, "igw");
  internetGateways(store, scope).set(gatewayId, { id: gatewayId, vpcId: vpc.id });
  const table = routeTables(store, scope);
  const main = table.get(vpc.mainRouteTableId)!;
  table.update(main.id, { routes: [...main.routes, { destination: "0.0.0.0/0", gatewayId, origin: "CreateRoute" }] });
  const start = parseCidr(vpc.cidr)!.base;
  zonesOf(scope.region).forEach((zone, i) => {
    const id = newId(ids, "subnet");
    const cidr = `${formatIpv4(start + i * 4096)}/20`;
    subnets(store, scope).set(id, { id, vpcId: vpc.id, cidr, availabilityZone: zone.name, mapPublicIpOnLaunch: true, defaultForAz: true });
  });
  return vpc;
}
