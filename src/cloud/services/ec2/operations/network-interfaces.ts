import type {
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult,
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  NetworkInterface,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { groupsOf, privateDnsName, publicDnsName } from "../describe-instance.ts";
import { dryRun, invalidValue, notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { allInterfaces, findInterface } from "../interfaces.ts";
import { applyFilters, chosen, newTags, page, tagList, tagsOf, type FilterFields } from "../shared.ts";
import { networkInterfaces, tags, type InterfaceRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "network">;

/** Members that would give the interface addresses or a kind that this cloud does not have. */
const ABSENT = [
  "Ipv4Prefixes",
  "Ipv4PrefixCount",
  "Ipv6Prefixes",
  "Ipv6PrefixCount",
  "Ipv6Addresses",
  "Ipv6AddressCount",
  "EnablePrimaryIpv6",
  "ConnectionTrackingSpecification",
  "Operator",
  "PrivateIpAddresses",
  "SecondaryPrivateIpAddressCount",
] as const;

const statusOf = (row: InterfaceRow): "available" | "in-use" => (row.attachment ? "in-use" : "available");

function describe(store: Store, call: Call, row: InterfaceRow): NetworkInterface {
  const dnsName = privateDnsName(call.region, row);
  const association = row.publicIp
    ? { PublicIp: row.publicIp, PublicDnsName: publicDnsName(call.region, row), IpOwnerId: "amazon" as const }
    : undefined;
  return {
    NetworkInterfaceId: row.id,
    SubnetId: row.subnetId,
    VpcId: row.vpcId,
    AvailabilityZone: row.availabilityZone,
    Description: row.description,
    OwnerId: call.account,
    ...(row.requesterId ? { RequesterId: row.requesterId } : {}),
    RequesterManaged: row.requesterId !== undefined,
    Status: statusOf(row),
    MacAddress: row.macAddress,
    PrivateIpAddress: row.privateIp,
    PrivateDnsName: dnsName,
    SourceDestCheck: true,
    Groups: groupsOf(store, call, row),
    InterfaceType: "interface",
    ...(row.attachment ? { Attachment: attachmentOf(call, row.attachment) } : {}),
    ...(association ? { Association: association } : {}),
    PrivateIpAddresses: [
      { Primary: true, PrivateIpAddress: row.privateIp, PrivateDnsName: dnsName, ...(association ? { Association: association } : {}) },
    ],
    Ipv6Addresses: [],
    TagSet: tagList(store, call, row.id),
  };
}

const attachmentOf = (call: Call, attachment: NonNullable<InterfaceRow["attachment"]>): NetworkInterface["Attachment"] => ({
  AttachmentId: attachment.id,
  AttachTime: new Date(attachment.at),
  DeleteOnTermination: attachment.deleteOnTermination,
  DeviceIndex: attachment.deviceIndex,
  NetworkCardIndex: 0,
  Status: "attached",
  ...(attachment.instanceId ? { InstanceId: attachment.instanceId, InstanceOwnerId: call.account } : {}),
});

export function CreateNetworkInterface(deps: Deps, input: CreateNetworkInterfaceRequest, call: Call): CreateNetworkInterfaceResult {
  for (const member of ABSENT) {
    const value = input[member];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) throw new NotSupported("ec2", "CreateNetworkInterface", member);
  }
  if (input.InterfaceType && (input.InterfaceType as string) !== "interface")
    throw new NotSupported("ec2", "CreateNetworkInterface", `InterfaceType ${input.InterfaceType}`);
  const table = networkInterfaces(deps.store, call);
  const repeated = input.ClientToken ? table.find(({ clientToken }) => clientToken === input.ClientToken) : undefined;
  if (repeated) return { NetworkInterface: describe(deps.store, call, repeated), ClientToken: input.ClientToken };
  const wanted = newTags("network-interface", input.TagSpecifications);
  if (input.DryRun) throw dryRun();
  const row = deps.network.make(
    call,
    {
      subnetId: input.SubnetId!,
      securityGroupIds: input.Groups ?? [],
      description: input.Description ?? "",
      ...(input.PrivateIpAddress ? { privateIp: input.PrivateIpAddress } : {}),
    },
    input.ClientToken ? { clientToken: input.ClientToken } : {},
  );
  if (Object.keys(wanted).length > 0) tags(deps.store, call).set(row.id, wanted);
  return { NetworkInterface: describe(deps.store, call, row), ...(input.ClientToken ? { ClientToken: input.ClientToken } : {}) };
}

export function DeleteNetworkInterface(deps: Deps, input: DeleteNetworkInterfaceRequest, call: Call): object {
  const row = findInterface(deps.store, call, input.NetworkInterfaceId!);
  if (!row) throw notFound("networkInterface", input.NetworkInterfaceId!);
  if (row.attachment) throw invalidValue(`Network interface '${row.id}' is currently in use.`);
  if (input.DryRun) throw dryRun();
  deps.network.deleteInterface(call, row.id);
  return {};
}

/** An interface is attached here by what makes it: an instance or a task. */
export function AttachNetworkInterface(): never {
  throw new NotSupported("ec2", "AttachNetworkInterface", "instances have one network interface");
}

const filtersFor = (store: Store, call: Call): FilterFields<InterfaceRow> => ({
  "network-interface-id": (row) => row.id,
  "interface-type": () => "interface",
  description: (row) => row.description,
  status: statusOf,
  "vpc-id": (row) => row.vpcId,
  "subnet-id": (row) => row.subnetId,
  "availability-zone": (row) => row.availabilityZone,
  "owner-id": () => call.account,
  "requester-id": (row) => row.requesterId,
  "requester-managed": (row) => String(row.requesterId !== undefined),
  "mac-address": (row) => row.macAddress,
  "group-id": (row) => row.groupIds,
  "group-name": (row) => groupsOf(store, call, row).map(({ GroupName }) => GroupName ?? ""),
  "source-dest-check": () => "true",
  "private-ip-address": (row) => row.privateIp,
  "private-dns-name": (row) => privateDnsName(call.region, row),
  "addresses.private-ip-address": (row) => row.privateIp,
  "addresses.primary": () => "true",
  "addresses.association.public-ip": (row) => row.publicIp,
  "association.public-ip": (row) => row.publicIp,
  "association.public-dns-name": (row) => publicDnsName(call.region, row) || undefined,
  "attachment.attachment-id": (row) => row.attachment?.id,
  "attachment.device-index": (row) => row.attachment && String(row.attachment.deviceIndex),
  "attachment.delete-on-termination": (row) => row.attachment && String(row.attachment.deleteOnTermination),
  "attachment.status": (row) => row.attachment && "attached",
  "attachment.instance-id": (row) => row.attachment?.instanceId,
  "attachment.instance-owner-id": (row) => row.attachment?.instanceId && call.account,
});

/** @throws AwsError InvalidParameterCombination for a page size with identifiers (EC2 API Reference, DescribeNetworkInterfaces) */
export function DescribeNetworkInterfaces(
  deps: Pick<Ec2Deps, "store">,
  input: DescribeNetworkInterfacesRequest,
  call: Call,
): DescribeNetworkInterfacesResult {
  const { store } = deps;
  if (input.MaxResults !== undefined && input.NetworkInterfaceIds?.length)
    throw new AwsError("InvalidParameterCombination", "The parameter networkInterfaceIds cannot be used with the parameter maxResults");
  const all = allInterfaces(store, call);
  const table = { get: (id: string) => all.find((row) => row.id === id), values: () => all };
  const rows = chosen(table, input.NetworkInterfaceIds, (id) => notFound("networkInterface", id));
  const found = applyFilters(rows, input.Filters, filtersFor(store, call), (row) => tagsOf(store, call, row.id));
  const { items, ...rest } = page(found, input);
  return { NetworkInterfaces: items.map((row) => describe(store, call, row)), ...rest };
}
