import type {
  AttachInternetGatewayRequest,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult,
  DeleteInternetGatewayRequest,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult,
  DetachInternetGatewayRequest,
  InternetGateway,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { hasDependencies, notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, chosen, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { instances, internetGateways, tags, type InternetGatewayRow } from "../state.ts";
import { requireVpc } from "./vpcs.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** @throws AwsError InvalidInternetGatewayID.NotFound */
export function requireInternetGateway({ store }: Pick<Ec2Deps, "store">, scope: Scope, id: string): InternetGatewayRow {
  const gateway = internetGateways(store, scope).get(id);
  if (!gateway) throw notFound("internetGateway", id);
  return gateway;
}

const describe = (store: Store, call: Call, gateway: InternetGatewayRow): InternetGateway => ({
  InternetGatewayId: gateway.id,
  OwnerId: call.account,
  // The API says "available" where it means attached (EC2 API Reference, InternetGatewayAttachment).
  Attachments: gateway.vpcId ? [{ VpcId: gateway.vpcId, State: "available" as "attached" }] : [],
  Tags: tagList(store, call, gateway.id),
});

export function CreateInternetGateway(deps: Deps, input: CreateInternetGatewayRequest, call: Call): CreateInternetGatewayResult {
  const id = newId(deps.ids, "igw");
  tagNew(deps.store, call, id, "internet-gateway", input.TagSpecifications);
  const gateway = internetGateways(deps.store, call).set(id, { id });
  return { InternetGateway: describe(deps.store, call, gateway) };
}

export function AttachInternetGateway(deps: Deps, input: AttachInternetGatewayRequest, call: Call): object {
  const gateway = requireInternetGateway(deps, call, input.InternetGatewayId!);
  const vpc = requireVpc(deps, call, input.VpcId!);
  if (gateway.vpcId) throw new AwsError("Resource.AlreadyAssociated", `resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
  if (internetGateways(deps.store, call).find(({ vpcId }) => vpcId === vpc.id)) {
    throw new AwsError("InvalidParameterValue", `Network ${vpc.id} already has an internet gateway attached`);
  }
  internetGateways(deps.store, call).update(gateway.id, { vpcId: vpc.id });
  return {};
}

export function DetachInternetGateway(deps: Deps, input: DetachInternetGatewayRequest, call: Call): object {
  const gateway = requireInternetGateway(deps, call, input.InternetGatewayId!);
  if (gateway.vpcId !== input.VpcId) throw new AwsError("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${input.VpcId}`);
  if (instances(deps.store, call).find((instance) => instance.vpcId === input.VpcId && instance.publicIp !== undefined)) {
    throw new AwsError(
      "DependencyViolation",
      `Network ${input.VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
  internetGateways(deps.store, call).set(gateway.id, { id: gateway.id });
  return {};
}

export function DeleteInternetGateway(deps: Deps, input: DeleteInternetGatewayRequest, call: Call): object {
  const gateway = requireInternetGateway(deps, call, input.InternetGatewayId!);
  if (gateway.vpcId) throw hasDependencies("internetGateway", gateway.id);
  internetGateways(deps.store, call).delete(gateway.id);
  tags(deps.store, call).delete(gateway.id);
  return {};
}

const FILTERS: FilterFields<InternetGatewayRow> = {
  "internet-gateway-id": (gateway) => gateway.id,
  "attachment.vpc-id": (gateway) => gateway.vpcId,
  "attachment.state": (gateway) => (gateway.vpcId ? "available" : undefined),
};

export function DescribeInternetGateways(deps: Deps, input: DescribeInternetGatewaysRequest, call: Call): DescribeInternetGatewaysResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const found = applyFilters(
    chosen(internetGateways(store, call), input.InternetGatewayIds, (id) => notFound("internetGateway", id)),
    input.Filters,
    { ...FILTERS, "owner-id": () => call.account },
    (gateway) => tagsOf(store, call, gateway.id),
  );
  const { items, ...rest } = page(found, input);
  return { InternetGateways: items.map((gateway) => describe(store, call, gateway)), ...rest };
}
