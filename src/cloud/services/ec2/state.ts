import type { RequestLaunchTemplateData } from "@aws-sdk/client-ec2";
import { DEFAULT_ACCOUNT, GLOBAL_REGION, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface VpcRow {
  id: string;
  cidr: string;
  isDefault: boolean;
  tenancy: "default" | "dedicated";
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
  /** Created with the VPC, as are the two below. */
  mainRouteTableId: string;
  defaultGroupId: string;
  networkAclId: string;
}

export interface SubnetRow {
  id: string;
  vpcId: string;
  cidr: string;
  availabilityZone: string;
  mapPublicIpOnLaunch: boolean;
  defaultForAz: boolean;
}

export interface InternetGatewayRow {
  id: string;
  vpcId?: string;
}

export interface RouteRow {
  /** IPv4 or IPv6 range. */
  destination: string;
  /** An internet gateway, or `local`. */
  gatewayId: string;
  origin: "CreateRouteTable" | "CreateRoute";
}

export interface RouteTableRow {
  id: string;
  vpcId: string;
  routes: RouteRow[];
  associations: { id: string; main: boolean; subnetId?: string }[];
}

/** One rule: one protocol, one range of ports, one peer. */
export interface RuleRow {
  /** `sgr-…`. */
  id: string;
  egress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all. */
  protocol: string;
  /** Absent for protocol -1. */
  fromPort?: number;
  toPort?: number;
  cidrIpv4?: string;
  cidrIpv6?: string;
  prefixListId?: string;
  /** A security group as the peer. */
  groupId?: string;
  description?: string;
}

export interface SecurityGroupRow {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  rules: RuleRow[];
}

export interface KeyPairRow {
  id: string;
  name: string;
  type: "rsa" | "ed25519";
  fingerprint: string;
  /** In OpenSSH's format. */
  publicKey: string;
  created: number;
}

export interface LaunchTemplateVersionRow {
  number: number;
  description?: string;
  created: number;
  createdBy: string;
  data: RequestLaunchTemplateData;
}

export interface LaunchTemplateRow {
  id: string;
  name: string;
  created: number;
  createdBy: string;
  defaultVersion: number;
  /** The highest number that a version ever had. */
  lastVersion: number;
  versions: LaunchTemplateVersionRow[];
}

export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

export interface InstanceRow {
  id: string;
  reservationId: string;
  clientToken?: string;
  launchIndex: number;
  imageId: string;
  type: string;
  architecture: "x86_64" | "arm64";
  state: InstanceState;
  /** Why it is in this state, as EC2 says it: `Client.UserInitiatedShutdown`. */
  stateReason?: { code: string; message: string };
  launchTime: number;
  /** When it became terminated; an hour later it is no longer shown. */
  terminatedAt?: number;
  vpcId: string;
  subnetId: string;
  availabilityZone: string;
  privateIp: string;
  publicIp?: string;
  /** Gets a public address each time it starts. */
  wantsPublicIp: boolean;
  networkInterfaceId: string;
  attachmentId: string;
  macAddress: string;
  volumeId: string;
  rootDevice: string;
  groupIds: string[];
  keyName?: string;
  /** Decoded. */
  userData?: string;
  profile?: { arn: string; id: string };
  roleArn?: string;
  detailedMonitoring: boolean;
  metadataOptions: { tokens: "required" | "optional"; endpoint: "enabled" | "disabled"; hopLimit: number; tags: "enabled" | "disabled" };
  spot: boolean;
  ebsOptimized: boolean;
  terminationProtection: boolean;
  /** What `shutdown` inside the instance does. */
  onShutdown: "stop" | "terminate";
}

/** A network interface that is not an instance's primary one: those are part of their instance's row. */
export interface InterfaceRow {
  id: string;
  clientToken?: string;
  description: string;
  vpcId: string;
  subnetId: string;
  availabilityZone: string;
  privateIp: string;
  publicIp?: string;
  macAddress: string;
  groupIds: string[];
  /** The service that made it and that alone may delete it. */
  requesterId?: string;
  attachment?: { id: string; deviceIndex: number; at: number; deleteOnTermination: boolean; instanceId?: string };
}

/** RunInstances under a client token: its reservation, and the request that made it. */
export interface ReservationTokenRow {
  reservationId: string;
  request: string;
}

const everywhere: Scope = { account: DEFAULT_ACCOUNT, region: GLOBAL_REGION };

export const vpcs = (store: Store, scope: Scope): Table<VpcRow> => store.table("ec2.vpcs", scope);
export const subnets = (store: Store, scope: Scope): Table<SubnetRow> => store.table("ec2.subnets", scope);
export const internetGateways = (store: Store, scope: Scope): Table<InternetGatewayRow> => store.table("ec2.internet-gateways", scope);
export const routeTables = (store: Store, scope: Scope): Table<RouteTableRow> => store.table("ec2.route-tables", scope);
export const securityGroups = (store: Store, scope: Scope): Table<SecurityGroupRow> => store.table("ec2.security-groups", scope);
/** By name. */
export const keyPairs = (store: Store, scope: Scope): Table<KeyPairRow> => store.table("ec2.key-pairs", scope);
export const launchTemplates = (store: Store, scope: Scope): Table<LaunchTemplateRow> => store.table("ec2.launch-templates", scope);
export const instances = (store: Store, scope: Scope): Table<InstanceRow> => store.table("ec2.instances", scope);
export const networkInterfaces = (store: Store, scope: Scope): Table<InterfaceRow> => store.table("ec2.network-interfaces", scope);
export const reservationTokens = (store: Store, scope: Scope): Table<ReservationTokenRow> => store.table("ec2.reservation-tokens", scope);
/** Tags of every kind of resource, by its identifier. */
export const tags = (store: Store, scope: Scope): Table<Record<string, string>> => store.table("ec2.tags", scope);
/** Which regions have got their default VPC; it does not come back when it is deleted. */
export const provisioned = (store: Store, scope: Scope): Table<{ at: number }> => store.table("ec2.provisioned", scope);
/** Public addresses in use, by address; of all accounts and regions, for they are this machine's. */
export const addresses = (store: Store): Table<{ holder: string }> => store.table("ec2.addresses", everywhere);
