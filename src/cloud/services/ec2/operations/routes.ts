import type { CreateRouteRequest, CreateRouteResult, DeleteRouteRequest, ReplaceRouteRequest } from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { formatCidr, parseCidr } from "../cidr.ts";
import { invalidValue, missing } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { routeTables, type RouteTableRow } from "../state.ts";
import { requireInternetGateway } from "./internet-gateways.ts";
import { requireRouteTable } from "./route-tables.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** Targets that this cloud does not have: machines here reach each other and the outside through the host. */
const OTHER_TARGETS = [
  "EgressOnlyInternetGatewayId",
  "InstanceId",
  "NatGatewayId",
  "TransitGatewayId",
  "LocalGatewayId",
  "CarrierGatewayId",
  "NetworkInterfaceId",
  "VpcPeeringConnectionId",
  "CoreNetworkArn",
] as const;

function destinationOf(
  input: { DestinationCidrBlock?: string; DestinationIpv6CidrBlock?: string; DestinationPrefixListId?: string },
  operation: string,
): string {
  if (input.DestinationPrefixListId) throw new NotSupported("ec2", operation, "DestinationPrefixListId");
  if (input.DestinationIpv6CidrBlock) return input.DestinationIpv6CidrBlock;
  if (!input.DestinationCidrBlock) throw missing("destinationCidrBlock");
  const cidr = parseCidr(input.DestinationCidrBlock);
  if (!cidr)
    throw invalidValue(`Value (${input.DestinationCidrBlock}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`);
  return formatCidr(cidr);
}

function gatewayOf(deps: Deps, input: CreateRouteRequest | ReplaceRouteRequest, table: RouteTableRow, operation: string, call: Call): string {
  for (const member of [...OTHER_TARGETS, "VpcEndpointId" as const]) {
    if (member in input && input[member as keyof typeof input] !== undefined) throw new NotSupported("ec2", operation, member);
  }
  if (!input.GatewayId) throw missing("gatewayId");
  const gateway = requireInternetGateway(deps, call, input.GatewayId);
  if (gateway.vpcId !== table.vpcId) throw invalidValue(`route table ${table.id} and network gateway ${gateway.id} belong to different networks`);
  return gateway.id;
}

export function CreateRoute(deps: Deps, input: CreateRouteRequest, call: Call): CreateRouteResult {
  const table = requireRouteTable(deps, call, input.RouteTableId!);
  const destination = destinationOf(input, "CreateRoute");
  const gatewayId = gatewayOf(deps, input, table, "CreateRoute", call);
  const present = table.routes.find((route) => route.destination === destination);
  if (present && present.gatewayId !== gatewayId) throw new AwsError("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
  if (!present) routeTables(deps.store, call).update(table.id, { routes: [...table.routes, { destination, gatewayId, origin: "CreateRoute" }] });
  return { Return: true };
}

const noRoute = (table: RouteTableRow, destination: string): AwsError =>
  new AwsError("InvalidRoute.NotFound", `no route with destination-cidr-block ${destination} in route table ${table.id}`);

export function ReplaceRoute(deps: Deps, input: ReplaceRouteRequest, call: Call): object {
  if (input.LocalTarget) throw new NotSupported("ec2", "ReplaceRoute", "LocalTarget");
  const table = requireRouteTable(deps, call, input.RouteTableId!);
  const destination = destinationOf(input, "ReplaceRoute");
  const gatewayId = gatewayOf(deps, input, table, "ReplaceRoute", call);
  if (!table.routes.some((route) => route.destination === destination)) throw noRoute(table, destination);
  routeTables(deps.store, call).update(table.id, {
    routes: table.routes.map((route) => (route.destination === destination ? { ...route, gatewayId } : route)),
  });
  return {};
}

export function DeleteRoute(deps: Deps, input: DeleteRouteRequest, call: Call): object {
  const table = requireRouteTable(deps, call, input.RouteTableId!);
  const destination = destinationOf(input, "DeleteRoute");
  const route = table.routes.find((candidate) => candidate.destination === destination);
  if (!route) throw noRoute(table, destination);
  if (route.gatewayId === "local") throw invalidValue(`cannot remove local route ${destination} in route table ${table.id}`);
  routeTables(deps.store, call).update(table.id, { routes: table.routes.filter((candidate) => candidate !== route) });
  return {};
}
