import type { RequestLaunchTemplateData, RunInstancesRequest, TagSpecification } from "@aws-sdk/client-ec2";
import { NotSupported } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Ec2Deps } from "./index.ts";
import { invalidCombination } from "./faults.ts";
import { requireTemplate, requireVersion } from "./operations/launch-templates.ts";

/** What RunInstances is to do, its launch template included. */
export type LaunchRequest = Omit<RunInstancesRequest, "LaunchTemplate" | "ClientToken" | "DryRun"> & { fromTemplate?: string };

/** Members that change what an instance is or where it runs in ways that this cloud does not have. */
const UNSUPPORTED = [
  "KernelId",
  "RamdiskId",
  "RamDiskId",
  "ElasticGpuSpecification",
  "ElasticGpuSpecifications",
  "ElasticInferenceAccelerators",
  "CpuOptions",
  "LicenseSpecifications",
  "SecondaryInterfaces",
  "Operator",
  "InstanceRequirements",
  "AdditionalInfo",
  "Ipv6Addresses",
  "Ipv6AddressCount",
  "EnablePrimaryIpv6",
];

/** What an interface may say; the rest would change its addresses. */
const INTERFACE_MEMBERS = new Set([
  "DeviceIndex",
  "SubnetId",
  "Groups",
  "AssociatePublicIpAddress",
  "PrivateIpAddress",
  "DeleteOnTermination",
  "Description",
  "InterfaceType",
]);

/** Puts the request over its launch template: a member that the request has replaces the template's; tags are joined. */
export function readLaunchRequest(deps: Pick<Ec2Deps, "store">, scope: Scope, input: RunInstancesRequest): LaunchRequest {
  const { LaunchTemplate: specification, ClientToken: _token, DryRun: _dryRun, ...request } = input;
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  if (!specification) return checked(given as LaunchRequest);
  const template = requireTemplate(deps, scope, specification.LaunchTemplateId, specification.LaunchTemplateName);
  const { data, number } = requireVersion(template, specification.Version);
  const merged = { ...templateMembers(data), ...given, fromTemplate: `${template.id}/${number}` } as LaunchRequest;
  merged.TagSpecifications = joinTags(data.TagSpecifications, request.TagSpecifications);
  if (input.MetadataOptions) merged.MetadataOptions = { ...(data.MetadataOptions as object), ...input.MetadataOptions };
  // A subnet of the request goes into the interface that the template describes (as Auto Scaling does it).
  const [first, ...more] = merged.NetworkInterfaces ?? [];
  if (first && input.SubnetId && !input.NetworkInterfaces) {
    merged.NetworkInterfaces = [{ ...first, SubnetId: input.SubnetId }, ...more];
    delete merged.SubnetId;
  }
  return checked(merged);
}

function templateMembers(data: RequestLaunchTemplateData): object {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

function joinTags(below: TagSpecification[] = [], above: TagSpecification[] = []): TagSpecification[] {
  const byType = new Map<TagSpecification["ResourceType"], Map<string, string>>();
  for (const { ResourceType, Tags } of [...below, ...above]) {
    const tags = byType.get(ResourceType) ?? byType.set(ResourceType, new Map()).get(ResourceType)!;
    for (const { Key = "", Value = "" } of Tags ?? []) tags.set(Key, Value);
  }
  return [...byType].map(([ResourceType, tags]) => ({ ResourceType, Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) }));
}

function checked(request: LaunchRequest): LaunchRequest {
  const refuse = (detail: string): never => {
    throw new NotSupported("ec2", "RunInstances", detail);
  };
  for (const [name, value] of Object.entries(request)) {
    if (UNSUPPORTED.includes(name) && !(Array.isArray(value) && value.length === 0)) refuse(name);
  }
  if (request.HibernationOptions?.Configured) refuse("HibernationOptions");
  if (request.EnclaveOptions?.Enabled) refuse("EnclaveOptions");
  if (request.CapacityReservationSpecification?.CapacityReservationTarget) refuse("CapacityReservationSpecification");
  const tenancy = request.Placement?.Tenancy;
  if (tenancy !== undefined && tenancy !== "default") refuse(`Placement.Tenancy ${tenancy}`);
  const interfaces = request.NetworkInterfaces ?? [];
  if (interfaces.length > 1) refuse("more than one network interface");
  for (const name of Object.keys(interfaces[0] ?? {})) {
    const value = interfaces[0]![name as keyof (typeof interfaces)[0]];
    if (!INTERFACE_MEMBERS.has(name) && value !== undefined) refuse(`NetworkInterfaces.${name}`);
  }
  if (interfaces.length > 0 && request.SubnetId) {
    throw invalidCombination("Network interfaces and an instance-level subnet ID may not be specified on the same request");
  }
  if (interfaces.length > 0 && (request.SecurityGroupIds?.length || request.SecurityGroups?.length)) {
    throw invalidCombination("Network interfaces and an instance-level security groups may not be specified on the same request");
  }
  return request;
}
