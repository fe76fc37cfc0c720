import type {
  CreateMountTargetRequest,
  DeleteMountTargetRequest,
  DescribeMountTargetSecurityGroupsRequest,
  DescribeMountTargetSecurityGroupsResponse,
  DescribeMountTargetsRequest,
  DescribeMountTargetsResponse,
  ModifyMountTargetSecurityGroupsRequest,
  MountTargetDescription,
} from "@aws-sdk/client-efs";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EfsDeps } from "../index.ts";
import { accessPointOf, efsError, fileSystemOf, mountTargetOf } from "../lookup.ts";
import { paged } from "../paging.ts";
import { mountTargets } from "../state.ts";

interface Subnet {
  SubnetId?: string;
  VpcId?: string;
  AvailabilityZone?: string;
  AvailabilityZoneId?: string;
  CidrBlock?: string;
}

export async function CreateMountTarget(deps: EfsDeps, input: CreateMountTargetRequest, call: Call): Promise<MountTargetDescription> {
  if (input.Ipv6Address || (input.IpAddressType && input.IpAddressType !== "IPV4_ONLY"))
    throw new NotSupported("elasticfilesystem", "CreateMountTarget", "IPv6 addresses");
  const { id: fileSystemId, availabilityZoneName } = fileSystemOf(deps.store, call, input.FileSystemId!);
  const subnet = await subnetOf(deps, input.SubnetId!, call);
  await checkGroups(deps, input.SecurityGroups ?? [], call);
  const table = mountTargets(deps.store, call);
  const others = table.filter((row) => row.fileSystemId === fileSystemId);
  if (others.some(({ view }) => view.AvailabilityZoneName === subnet.AvailabilityZone))
    throw efsError("MountTargetConflict", "mount target already exists in this AZ", 409);
  if (others.some(({ view }) => view.VpcId !== subnet.VpcId))
    throw efsError("MountTargetConflict", "requested subnet for new mount target is not in the same VPC as existing mount targets", 409);
  if (availabilityZoneName && availabilityZoneName !== subnet.AvailabilityZone)
    throw efsError("AvailabilityZonesMismatch", "The file system and the subnet are in different Availability Zones.", 400);
  const id = `fsmt-${deps.ids.hex(17)}`;
  const row = table.set(id, {
    id,
    fileSystemId,
    securityGroups: input.SecurityGroups?.length ? input.SecurityGroups : [await defaultGroup(deps, subnet.VpcId!, call)],
    view: {
      OwnerId: call.account,
      MountTargetId: id,
      FileSystemId: fileSystemId,
      SubnetId: input.SubnetId!,
      LifeCycleState: "available",
      IpAddress: input.IpAddress ?? addressIn(subnet.CidrBlock ?? "10.0.0.0/24", deps.ids.fraction()),
      NetworkInterfaceId: `eni-${deps.ids.hex(17)}`,
      AvailabilityZoneId: subnet.AvailabilityZoneId,
      AvailabilityZoneName: subnet.AvailabilityZone!,
      VpcId: subnet.VpcId!,
    },
  });
  return row.view;
}

async function subnetOf(deps: EfsDeps, id: string, call: Call): Promise<Subnet> {
  const missing = efsError("SubnetNotFound", `The subnet ID '${id}' does not exist`, 400);
  const answer = await deps.api.call<{ Subnets?: Subnet[] }>("ec2", "DescribeSubnets", { SubnetIds: [id] }, call).catch((error: unknown) => {
    throw error instanceof AwsError ? missing : error;
  });
  const [subnet] = answer.Subnets ?? [];
  if (!subnet) throw missing;
  return subnet;
}

async function checkGroups(deps: EfsDeps, ids: string[], call: Call): Promise<void> {
  if (ids.length > 5) throw efsError("SecurityGroupLimitExceeded", "A mount target can have at most 5 security groups.", 400);
  if (ids.length === 0) return;
  await deps.api.call("ec2", "DescribeSecurityGroups", { GroupIds: ids }, call).catch((error: unknown) => {
    throw error instanceof AwsError
      ? efsError("SecurityGroupNotFound", `One or more of the security groups ${ids.join(", ")} does not exist`, 400)
      : error;
  });
}

async function defaultGroup(deps: EfsDeps, vpcId: string, call: Call): Promise<string> {
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "group-name", Values: ["default"] },
  ];
  const answer = await deps.api.call<{ SecurityGroups?: { GroupId?: string }[] }>("ec2", "DescribeSecurityGroups", { Filters }, call);
  return answer.SecurityGroups?.[0]?.GroupId ?? "default";
}

/** An address of the subnet that is not one of the five that AWS keeps. Nothing listens there: mounts are folders. */
function addressIn(cidr: string, fraction: number): string {
  const [base = "10.0.0.0", bits = "24"] = cidr.split("/");
  const hosts = 2 ** (32 - Number(bits)) - 5;
  const first = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const address = first + 4 + Math.floor(fraction * Math.max(1, hosts));
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

export function DescribeMountTargets(deps: EfsDeps, input: DescribeMountTargetsRequest, call: Call): DescribeMountTargetsResponse {
  const fileSystemId = input.FileSystemId
    ? fileSystemOf(deps.store, call, input.FileSystemId).id
    : input.AccessPointId
      ? accessPointOf(deps.store, call, input.AccessPointId).fileSystemId
      : undefined;
  if (!fileSystemId && !input.MountTargetId) throw efsError("BadRequest", "One of FileSystemId, MountTargetId and AccessPointId is needed.", 400);
  const rows = input.MountTargetId
    ? [mountTargetOf(deps.store, call, input.MountTargetId)]
    : mountTargets(deps.store, call).filter((row) => row.fileSystemId === fileSystemId);
  const { items, next } = paged(rows, input.Marker, input.MaxItems);
  return { Marker: input.Marker, MountTargets: items.map(({ view }) => view), NextMarker: next };
}

export function DescribeMountTargetSecurityGroups(
  deps: EfsDeps,
  input: DescribeMountTargetSecurityGroupsRequest,
  call: Call,
): DescribeMountTargetSecurityGroupsResponse {
  return { SecurityGroups: mountTargetOf(deps.store, call, input.MountTargetId!).securityGroups };
}

export async function ModifyMountTargetSecurityGroups(deps: EfsDeps, input: ModifyMountTargetSecurityGroupsRequest, call: Call): Promise<void> {
  const { id } = mountTargetOf(deps.store, call, input.MountTargetId!);
  await checkGroups(deps, input.SecurityGroups ?? [], call);
  mountTargets(deps.store, call).update(id, { securityGroups: input.SecurityGroups ?? [] });
}

export function DeleteMountTarget(deps: EfsDeps, input: DeleteMountTargetRequest, call: Call): void {
  mountTargets(deps.store, call).delete(mountTargetOf(deps.store, call, input.MountTargetId!).id);
}
