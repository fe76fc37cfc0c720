import type { Instance, InstanceNetworkInterface, Reservation } from "@aws-sdk/client-ec2";
import type { Scope } from "../../core/scope.ts";
import type { Call } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { tagList } from "./shared.ts";
import { instances, securityGroups, type InstanceRow } from "./state.ts";

/** Codes of the states (EC2 API Reference, InstanceState). */
export const STATE_CODES = { pending: 0, running: 16, "shutting-down": 32, terminated: 48, stopping: 64, stopped: 80 } as const;

const internalDomain = (region: string): string => (region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`);
const publicDomain = (region: string): string => (region === "us-east-1" ? "compute-1.amazonaws.com" : `${region}.compute.amazonaws.com`);

/** The names that EC2 gives; nothing here resolves them. */
export const privateDnsName = (region: string, row: Pick<InstanceRow, "privateIp">): string =>
  `ip-${row.privateIp.replaceAll(".", "-")}.${internalDomain(region)}`;
export const publicDnsName = (region: string, row: Pick<InstanceRow, "publicIp">): string =>
  row.publicIp ? `ec2-${row.publicIp.replaceAll(".", "-")}.${publicDomain(region)}` : "";

export const groupsOf = (store: Store, scope: Scope, row: Pick<InstanceRow, "groupIds">): { GroupId: string; GroupName?: string }[] =>
  row.groupIds.map((id) => ({ GroupId: id, GroupName: securityGroups(store, scope).get(id)?.name }));

export function describeInstance(store: Store, call: Call, row: InstanceRow): Instance {
  const gone = row.state === "terminated";
  return {
    InstanceId: row.id,
    ImageId: row.imageId,
    InstanceType: row.type as Instance["InstanceType"],
    State: { Code: STATE_CODES[row.state], Name: row.state },
    StateTransitionReason: row.stateReason?.code === "Client.UserInitiatedShutdown" ? "User initiated" : "",
    ...(row.stateReason ? { StateReason: { Code: row.stateReason.code, Message: row.stateReason.message } } : {}),
    LaunchTime: new Date(row.launchTime),
    AmiLaunchIndex: row.launchIndex,
    Architecture: row.architecture,
    ...(row.clientToken ? { ClientToken: row.clientToken } : {}),
    ...(row.keyName ? { KeyName: row.keyName } : {}),
    ...(row.spot ? { InstanceLifecycle: "spot" as const } : {}),
    Monitoring: { State: row.detailedMonitoring ? "enabled" : "disabled" },
    Placement: { AvailabilityZone: row.availabilityZone, GroupName: "", Tenancy: "default" },
    EbsOptimized: row.ebsOptimized,
    EnaSupport: true,
    Hypervisor: "xen",
    VirtualizationType: "hvm",
    RootDeviceName: row.rootDevice,
    RootDeviceType: "ebs",
    PlatformDetails: "Linux/UNIX",
    SourceDestCheck: true,
    ...(row.profile ? { IamInstanceProfile: { Arn: row.profile.arn, Id: row.profile.id } } : {}),
    MetadataOptions: {
      State: "applied",
      HttpTokens: row.metadataOptions.tokens,
      HttpEndpoint: row.metadataOptions.endpoint,
      HttpPutResponseHopLimit: row.metadataOptions.hopLimit,
      InstanceMetadataTags: row.metadataOptions.tags,
    },
    Tags: tagList(store, call, row.id),
    // A terminated instance has given back its network and its volume.
    PrivateDnsName: gone ? "" : privateDnsName(call.region, row),
    PublicDnsName: publicDnsName(call.region, row),
    ...(gone ? { SecurityGroups: [], NetworkInterfaces: [], BlockDeviceMappings: [] } : whileItLives(store, call, row)),
  };
}

function whileItLives(store: Store, call: Call, row: InstanceRow): Partial<Instance> {
  return {
    PrivateIpAddress: row.privateIp,
    ...(row.publicIp ? { PublicIpAddress: row.publicIp } : {}),
    VpcId: row.vpcId,
    SubnetId: row.subnetId,
    SecurityGroups: groupsOf(store, call, row),
    NetworkInterfaces: [describeInterface(store, call, row)],
    BlockDeviceMappings: [
      {
        DeviceName: row.rootDevice,
        Ebs: { VolumeId: row.volumeId, Status: "attached", AttachTime: new Date(row.launchTime), DeleteOnTermination: true },
      },
    ],
  };
}

/** The instance's one network interface. */
const describeInterface = (store: Store, call: Call, row: InstanceRow): InstanceNetworkInterface => ({
  NetworkInterfaceId: row.networkInterfaceId,
  VpcId: row.vpcId,
  SubnetId: row.subnetId,
  OwnerId: call.account,
  Status: "in-use",
  InterfaceType: "interface",
  MacAddress: row.macAddress,
  Description: "",
  SourceDestCheck: true,
  Groups: groupsOf(store, call, row),
  PrivateIpAddress: row.privateIp,
  PrivateDnsName: privateDnsName(call.region, row),
  Attachment: {
    AttachmentId: row.attachmentId,
    AttachTime: new Date(row.launchTime),
    DeleteOnTermination: true,
    DeviceIndex: 0,
    NetworkCardIndex: 0,
    Status: "attached",
  },
  ...(row.publicIp ? { Association: { PublicIp: row.publicIp, PublicDnsName: publicDnsName(call.region, row), IpOwnerId: "amazon" } } : {}),
  PrivateIpAddresses: [
    {
      Primary: true,
      PrivateIpAddress: row.privateIp,
      ...(row.publicIp ? { Association: { PublicIp: row.publicIp, IpOwnerId: "amazon" } } : {}),
    },
  ],
  Ipv6Addresses: [],
});

/** A reservation with all its instances, or with those that are given. */
export function describeReservation(store: Store, call: Call, reservationId: string, rows?: readonly InstanceRow[]): Reservation {
  const members = rows ?? instances(store, call).filter((row) => row.reservationId === reservationId);
  return {
    ReservationId: reservationId,
    OwnerId: call.account,
    Groups: [],
    Instances: members.map((row) => describeInstance(store, call, row)),
  };
}
