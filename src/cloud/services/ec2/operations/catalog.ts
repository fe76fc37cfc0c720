import type {
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeImagesRequest,
  DescribeImagesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
  InstanceTypeInfo,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { imagesOf, type ImageEntry } from "../catalog/images.ts";
import { instanceTypes, type InstanceTypeEntry } from "../catalog/instance-types.ts";
import { REGIONS, zonesOf, type Zone } from "../catalog/zones.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { invalidValue } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, page, type FilterFields } from "../shared.ts";
import { vpcs } from "../state.ts";

/** What every account and region has alike: zones, regions, images, instance types. */

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;
const untagged = (): Record<string, string> => ({});

export function DescribeAvailabilityZones(_deps: Deps, input: DescribeAvailabilityZonesRequest, call: Call): DescribeAvailabilityZonesResult {
  const fields: FilterFields<Zone> = {
    "zone-name": (zone) => zone.name,
    "zone-id": (zone) => zone.id,
    "region-name": () => call.region,
    "zone-type": () => "availability-zone",
    state: () => "available",
    "opt-in-status": () => "opt-in-not-required",
    "group-name": () => call.region,
  };
  const wanted = [...(input.ZoneNames ?? []), ...(input.ZoneIds ?? [])];
  const all = zonesOf(call.region);
  const unknown = wanted.find((name) => !all.some((zone) => zone.name === name || zone.id === name));
  if (unknown !== undefined) throw invalidValue(`Invalid availability zone: [${unknown}]`);
  const named = wanted.length > 0 ? all.filter((zone) => wanted.includes(zone.name) || wanted.includes(zone.id)) : all;
  return {
    AvailabilityZones: applyFilters(named, input.Filters, fields, untagged).map((zone) => ({
      ZoneName: zone.name,
      ZoneId: zone.id,
      ZoneType: "availability-zone",
      RegionName: call.region,
      GroupName: call.region,
      NetworkBorderGroup: call.region,
      State: "available",
      OptInStatus: "opt-in-not-required",
      Messages: [],
    })),
  };
}

export function DescribeRegions(_deps: Deps, input: DescribeRegionsRequest): DescribeRegionsResult {
  const fields: FilterFields<string> = {
    "region-name": (name) => name,
    endpoint: (name) => `ec2.${name}.amazonaws.com`,
    "opt-in-status": () => "opt-in-not-required",
  };
  const unknown = input.RegionNames?.find((name) => !REGIONS.includes(name));
  if (unknown !== undefined) throw invalidValue(`Invalid region provided: [${unknown}]`);
  return {
    Regions: applyFilters(input.RegionNames?.length ? input.RegionNames : REGIONS, input.Filters, fields, untagged).map((RegionName) => ({
      RegionName,
      Endpoint: `ec2.${RegionName}.amazonaws.com`,
      OptInStatus: "opt-in-not-required",
    })),
  };
}

const IMAGE_FILTERS: FilterFields<ImageEntry> = {
  name: (image) => image.name,
  "image-id": (image) => image.id,
  architecture: (image) => image.architecture,
  "owner-alias": () => "amazon",
  "root-device-type": () => "ebs",
  "virtualization-type": () => "hvm",
  "image-type": () => "machine",
  "is-public": () => "true",
  state: () => "available",
  description: (image) => image.description,
};

/** Amazon's account for its images. */
const AMAZON = "591542846629";

export function DescribeImages(_deps: Deps, input: DescribeImagesRequest, call: Call): DescribeImagesResult {
  const all = imagesOf(call.region);
  const rows = input.ImageIds?.length
    ? input.ImageIds.map((id) => {
        const image = all.find((candidate) => candidate.id === id);
        if (!image) throw new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
        return image;
      })
    : all;
  const owned = input.Owners?.length && !input.Owners.some((owner) => owner === "amazon" || owner === AMAZON) ? [] : rows;
  const { items, ...rest } = page(applyFilters(owned, input.Filters, IMAGE_FILTERS, untagged), input);
  return {
    Images: items.map((image) => ({
      ImageId: image.id,
      Name: image.name,
      Description: image.description,
      Architecture: image.architecture,
      CreationDate: image.created,
      ImageLocation: `amazon/${image.name}`,
      ImageOwnerAlias: "amazon",
      OwnerId: AMAZON,
      ImageType: "machine",
      Public: true,
      State: "available",
      PlatformDetails: "Linux/UNIX",
      UsageOperation: "RunInstances",
      RootDeviceName: image.rootDevice,
      RootDeviceType: "ebs",
      VirtualizationType: "hvm",
      Hypervisor: "xen",
      EnaSupport: true,
      BlockDeviceMappings: [
        { DeviceName: image.rootDevice, Ebs: { VolumeSize: image.rootSize, VolumeType: "gp3", DeleteOnTermination: true, Encrypted: false } },
      ],
      Tags: [],
    })),
    ...rest,
  };
}

const describeType = (type: InstanceTypeEntry): InstanceTypeInfo => ({
  InstanceType: type.name as InstanceTypeInfo["InstanceType"],
  CurrentGeneration: type.name !== "m1.small" && !type.name.startsWith("t2."),
  FreeTierEligible: type.name === "t3.micro" || type.name === "t2.micro",
  BareMetal: false,
  BurstablePerformanceSupported: type.burstable,
  SupportedUsageClasses: ["on-demand", "spot"],
  SupportedRootDeviceTypes: ["ebs"],
  SupportedVirtualizationTypes: ["hvm"],
  ProcessorInfo: { SupportedArchitectures: [type.architecture] },
  VCpuInfo: { DefaultVCpus: type.vcpus },
  MemoryInfo: { SizeInMiB: type.memoryMiB },
  InstanceStorageSupported: false,
});

const TYPE_FILTERS: FilterFields<InstanceTypeEntry> = {
  "instance-type": (type) => type.name,
  "processor-info.supported-architecture": (type) => type.architecture,
  "vcpu-info.default-vcpus": (type) => String(type.vcpus),
  "memory-info.size-in-mib": (type) => String(type.memoryMiB),
  "burstable-performance-supported": (type) => String(type.burstable),
  "bare-metal": () => "false",
};

export function DescribeInstanceTypes(_deps: Deps, input: DescribeInstanceTypesRequest): DescribeInstanceTypesResult {
  const all = instanceTypes();
  const unknown = (input.InstanceTypes ?? []).filter((name) => !all.has(name));
  if (unknown.length > 0) throw new AwsError("InvalidInstanceType", `The following supplied instance types do not exist: [${unknown.join(", ")}]`);
  const rows = input.InstanceTypes?.length ? input.InstanceTypes.map((name) => all.get(name)!) : [...all.values()];
  const { items, ...rest } = page(applyFilters(rows, input.Filters, TYPE_FILTERS, untagged), input);
  return { InstanceTypes: items.map(describeType), ...rest };
}

/** Every type is offered everywhere. */
export function DescribeInstanceTypeOfferings(
  _deps: Deps,
  input: DescribeInstanceTypeOfferingsRequest,
  call: Call,
): DescribeInstanceTypeOfferingsResult {
  const kind = input.LocationType ?? "region";
  const places = kind === "region" ? [call.region] : zonesOf(call.region).map((zone) => (kind === "availability-zone-id" ? zone.id : zone.name));
  const rows = [...instanceTypes().values()].flatMap((type) => places.map((place) => ({ type: type.name, place })));
  const fields: FilterFields<(typeof rows)[0]> = { "instance-type": (row) => row.type, location: (row) => row.place };
  const { items, ...rest } = page(applyFilters(rows, input.Filters, fields, untagged), input);
  return {
    InstanceTypeOfferings: items.map((row) => ({
      InstanceType: row.type as InstanceTypeInfo["InstanceType"],
      LocationType: kind,
      Location: row.place,
    })),
    ...rest,
  };
}

export function DescribeAccountAttributes(deps: Deps, input: DescribeAccountAttributesRequest, call: Call): DescribeAccountAttributesResult {
  ensureDefaultVpc(deps, call);
  const values: Record<string, string> = {
    "supported-platforms": "VPC",
    "default-vpc": vpcs(deps.store, call).find(({ isDefault }) => isDefault)?.id ?? "none",
  };
  const wanted = input.AttributeNames ?? Object.keys(values);
  return {
    AccountAttributes: wanted
      .filter((name) => name in values)
      .map((name) => ({ AttributeName: name, AttributeValues: [{ AttributeValue: values[name]! }] })),
  };
}
