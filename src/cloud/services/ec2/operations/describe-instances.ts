import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  InstanceStatusSummary,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { describeReservation, privateDnsName, publicDnsName, STATE_CODES } from "../describe-instance.ts";
import { notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, page, tagsOf, type FilterFields } from "../shared.ts";
import { instances, securityGroups, type InstanceRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "lifecycle">;

/** Instances by identifier. @throws AwsError InvalidInstanceID.NotFound, InvalidInstanceID.Malformed */
export function requireInstances({ store }: Pick<Ec2Deps, "store">, scope: Scope, ids: readonly string[]): InstanceRow[] {
  const bad = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (bad !== undefined) throw new AwsError("InvalidInstanceID.Malformed", `Invalid id: "${bad}"`);
  const table = instances(store, scope);
  const absent = ids.filter((id) => !table.has(id));
  if (absent.length === 1) throw notFound("instance", absent[0]!);
  if (absent.length > 1) throw new AwsError("InvalidInstanceID.NotFound", `The instance IDs '${absent.join(", ")}' do not exist`);
  return ids.map((id) => table.get(id)!);
}

const filtersFor = ({ store }: Pick<Ec2Deps, "store">, call: Call): FilterFields<InstanceRow> => ({
  "instance-id": (row) => row.id,
  "instance-state-name": (row) => row.state,
  "instance-state-code": (row) => String(STATE_CODES[row.state]),
  "instance-type": (row) => row.type,
  "instance-lifecycle": (row) => (row.spot ? "spot" : undefined),
  "instance.group-id": (row) => row.groupIds,
  "network-interface.group-id": (row) => row.groupIds,
  "instance.group-name": (row) => row.groupIds.map((id) => securityGroups(store, call).get(id)?.name ?? ""),
  "image-id": (row) => row.imageId,
  "vpc-id": (row) => row.vpcId,
  "network-interface.vpc-id": (row) => row.vpcId,
  "subnet-id": (row) => row.subnetId,
  "network-interface.subnet-id": (row) => row.subnetId,
  "network-interface.network-interface-id": (row) => row.networkInterfaceId,
  "availability-zone": (row) => row.availabilityZone,
  "private-ip-address": (row) => row.privateIp,
  "private-dns-name": (row) => privateDnsName(call.region, row),
  "ip-address": (row) => row.publicIp,
  "dns-name": (row) => publicDnsName(call.region, row),
  "key-name": (row) => row.keyName,
  "client-token": (row) => row.clientToken,
  "reservation-id": (row) => row.reservationId,
  "owner-id": () => call.account,
  "iam-instance-profile.arn": (row) => row.profile?.arn,
  "iam-instance-profile.id": (row) => row.profile?.id,
  architecture: (row) => row.architecture,
  "launch-time": (row) => new Date(row.launchTime).toISOString(),
  "monitoring-state": (row) => (row.detailedMonitoring ? "enabled" : "disabled"),
  "metadata-options.http-tokens": (row) => row.metadataOptions.tokens,
});

export function DescribeInstances(deps: Deps, input: DescribeInstancesRequest, call: Call): DescribeInstancesResult {
  deps.lifecycle.sweep(call);
  const rows = input.InstanceIds?.length ? requireInstances(deps, call, input.InstanceIds) : instances(deps.store, call).values();
  const found = applyFilters(rows, input.Filters, filtersFor(deps, call), (row) => tagsOf(deps.store, call, row.id));
  const { items, ...rest } = page(found, input);
  const byReservation = groupByReservation(items);
  return { Reservations: [...byReservation].map(([id, members]) => describeReservation(deps.store, call, id, members)), ...rest };
}

function groupByReservation(rows: readonly InstanceRow[]): Map<string, InstanceRow[]> {
  const groups = new Map<string, InstanceRow[]>();
  for (const row of rows) groups.set(row.reservationId, [...(groups.get(row.reservationId) ?? []), row]);
  return groups;
}

/** Running instances unless `IncludeAllInstances` is set; every running one is healthy. */
export function DescribeInstanceStatus(deps: Deps, input: DescribeInstanceStatusRequest, call: Call): DescribeInstanceStatusResult {
  deps.lifecycle.sweep(call);
  const rows = input.InstanceIds?.length ? requireInstances(deps, call, input.InstanceIds) : instances(deps.store, call).values();
  const fields: FilterFields<InstanceRow> = {
    "instance-state-name": (row) => row.state,
    "instance-state-code": (row) => String(STATE_CODES[row.state]),
    "availability-zone": (row) => row.availabilityZone,
    "instance-status.status": (row) => statusOf(row).Status,
    "system-status.status": (row) => statusOf(row).Status,
  };
  const shown = rows.filter((row) => input.IncludeAllInstances === true || row.state === "running");
  const { items, ...rest } = page(
    applyFilters(shown, input.Filters, fields, () => ({})),
    input,
  );
  return {
    InstanceStatuses: items.map((row) => ({
      InstanceId: row.id,
      AvailabilityZone: row.availabilityZone,
      InstanceState: { Code: STATE_CODES[row.state], Name: row.state },
      InstanceStatus: statusOf(row),
      SystemStatus: statusOf(row),
      Events: [],
    })),
    ...rest,
  };
}

const statusOf = (row: InstanceRow): InstanceStatusSummary =>
  row.state === "running" ? { Status: "ok", Details: [{ Name: "reachability", Status: "passed" }] } : { Status: "not-applicable", Details: [] };
