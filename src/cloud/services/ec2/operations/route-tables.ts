import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteTableRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DisassociateRouteTableRequest,
  ReplaceRouteTableAssociationRequest,
  ReplaceRouteTableAssociationResult,
  RouteTable,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { hasDependencies, invalidValue, missing, notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, chosen, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { internetGateways, routeTables, tags, vpcs, type RouteTableRow } from "../state.ts";
import { requireSubnet } from "./subnets.ts";
import { requireVpc } from "./vpcs.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** @throws AwsError InvalidRouteTableID.NotFound */
export function requireRouteTable({ store }: Pick<Ec2Deps, "store">, scope: Scope, id: string): RouteTableRow {
  const table = routeTables(store, scope).get(id);
  if (!table) throw notFound("routeTable", id);
  return table;
}

/** A route to a gateway that is gone or detached leads nowhere. */
const stateOf = (store: Store, scope: Scope, vpcId: string, gatewayId: string): "active" | "blackhole" =>
  gatewayId === "local" || internetGateways(store, scope).get(gatewayId)?.vpcId === vpcId ? "active" : "blackhole";

const describe = (store: Store, call: Call, table: RouteTableRow): RouteTable => ({
  RouteTableId: table.id,
  VpcId: table.vpcId,
  OwnerId: call.account,
  Routes: table.routes.map((route) => ({
    ...(route.destination.includes(":") ? { DestinationIpv6CidrBlock: route.destination } : { DestinationCidrBlock: route.destination }),
    GatewayId: route.gatewayId,
    Origin: route.origin,
    State: stateOf(store, call, table.vpcId, route.gatewayId),
  })),
  Associations: table.associations.map((association) => ({
    RouteTableAssociationId: association.id,
    RouteTableId: table.id,
    Main: association.main,
    ...(association.subnetId ? { SubnetId: association.subnetId } : {}),
    AssociationState: { State: "associated" },
  })),
  PropagatingVgws: [],
  Tags: tagList(store, call, table.id),
});

export function CreateRouteTable(deps: Deps, input: CreateRouteTableRequest, call: Call): CreateRouteTableResult {
  const vpc = requireVpc(deps, call, input.VpcId!);
  const id = newId(deps.ids, "rtb");
  tagNew(deps.store, call, id, "route-table", input.TagSpecifications);
  const table = routeTables(deps.store, call).set(id, {
    id,
    vpcId: vpc.id,
    routes: [{ destination: vpc.cidr, gatewayId: "local", origin: "CreateRouteTable" }],
    associations: [],
  });
  return { RouteTable: describe(deps.store, call, table) };
}

export function DeleteRouteTable(deps: Deps, input: DeleteRouteTableRequest, call: Call): object {
  const table = requireRouteTable(deps, call, input.RouteTableId!);
  if (table.associations.length > 0) throw hasDependencies("routeTable", table.id);
  routeTables(deps.store, call).delete(table.id);
  tags(deps.store, call).delete(table.id);
  return {};
}

const FILTERS: FilterFields<RouteTableRow> = {
  "route-table-id": (table) => table.id,
  "vpc-id": (table) => table.vpcId,
  "association.route-table-association-id": (table) => table.associations.map(({ id }) => id),
  "association.route-table-id": (table) => table.id,
  "association.subnet-id": (table) => table.associations.flatMap(({ subnetId }) => (subnetId ? [subnetId] : [])),
  "association.main": (table) => (table.associations.length > 0 ? table.associations.map(({ main }) => String(main)) : undefined),
  "route.destination-cidr-block": (table) => table.routes.map(({ destination }) => destination),
  "route.gateway-id": (table) => table.routes.map(({ gatewayId }) => gatewayId),
};

export function DescribeRouteTables(deps: Deps, input: DescribeRouteTablesRequest, call: Call): DescribeRouteTablesResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const found = applyFilters(
    chosen(routeTables(store, call), input.RouteTableIds, (id) => notFound("routeTable", id)),
    input.Filters,
    { ...FILTERS, "owner-id": () => call.account },
    (table) => tagsOf(store, call, table.id),
  );
  const { items, ...rest } = page(found, input);
  return { RouteTables: items.map((table) => describe(store, call, table)), ...rest };
}

export function AssociateRouteTable(deps: Deps, input: AssociateRouteTableRequest, call: Call): AssociateRouteTableResult {
  if (input.GatewayId) throw new NotSupported("ec2", "AssociateRouteTable", "GatewayId");
  if (!input.SubnetId) throw missing("subnetId");
  const table = requireRouteTable(deps, call, input.RouteTableId!);
  const subnet = requireSubnet(deps, call, input.SubnetId);
  if (subnet.vpcId !== table.vpcId) throw invalidValue(`Route table ${table.id} and subnet ${subnet.id} belong to different networks`);
  const present = holderOf(deps, call, ({ subnetId }) => subnetId === subnet.id);
  if (present && present.table.id !== table.id) {
    throw new AwsError("Resource.AlreadyAssociated", `the specified association for route table ${table.id} conflicts with an existing association`);
  }
  if (present) return { AssociationId: present.association.id, AssociationState: { State: "associated" } };
  const id = newId(deps.ids, "rtbassoc");
  routeTables(deps.store, call).update(table.id, { associations: [...table.associations, { id, main: false, subnetId: subnet.id }] });
  return { AssociationId: id, AssociationState: { State: "associated" } };
}

type Association = RouteTableRow["associations"][number];

function holderOf(
  { store }: Deps,
  scope: Scope,
  test: (association: Association) => boolean,
): { table: RouteTableRow; association: Association } | undefined {
  for (const table of routeTables(store, scope).values()) {
    const association = table.associations.find(test);
    if (association) return { table, association };
  }
  return undefined;
}

export function DisassociateRouteTable(deps: Deps, input: DisassociateRouteTableRequest, call: Call): object {
  const found = holderOf(deps, call, ({ id }) => id === input.AssociationId);
  if (!found) throw notFound("association", input.AssociationId!);
  if (found.association.main) throw invalidValue(`cannot disassociate the main route table association ${found.association.id}`);
  routeTables(deps.store, call).update(found.table.id, { associations: found.table.associations.filter(({ id }) => id !== input.AssociationId) });
  return {};
}

/** Moves an association to another route table: of a subnet, or the VPC's main one. */
export function ReplaceRouteTableAssociation(deps: Deps, input: ReplaceRouteTableAssociationRequest, call: Call): ReplaceRouteTableAssociationResult {
  const found = holderOf(deps, call, ({ id }) => id === input.AssociationId);
  if (!found) throw notFound("association", input.AssociationId!);
  const target = requireRouteTable(deps, call, input.RouteTableId!);
  if (target.vpcId !== found.table.vpcId)
    throw invalidValue(`Route table ${target.id} and association ${found.association.id} belong to different networks`);
  const moved = { ...found.association, id: newId(deps.ids, "rtbassoc") };
  const all = routeTables(deps.store, call);
  all.update(found.table.id, { associations: found.table.associations.filter(({ id }) => id !== input.AssociationId) });
  all.update(target.id, { associations: [...all.get(target.id)!.associations, moved] });
  if (moved.main) vpcs(deps.store, call).update(target.vpcId, { mainRouteTableId: target.id });
  return { NewAssociationId: moved.id, AssociationState: { State: "associated" } };
}
