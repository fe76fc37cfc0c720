import type { Reservation, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { imagesOf, type ImageEntry } from "../catalog/images.ts";
import { instanceTypes, type InstanceTypeEntry } from "../catalog/instance-types.ts";
import { describeReservation } from "../describe-instance.ts";
import { dryRun, invalidValue, missing } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { readLaunchRequest, type LaunchRequest } from "../launch-request.ts";
import { placementOf, privateAddress, type Placement } from "../placement.ts";
import { requireSubnet } from "./subnets.ts";
import { checkTags, macAddress, newId } from "../shared.ts";
import { instances, keyPairs, reservationTokens, tags, type InstanceRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids" | "api" | "iam" | "lifecycle">;

/** Launches instances. With a client token, the same request again answers with the same instances. */
export async function RunInstances(deps: Deps, input: RunInstancesRequest, call: Call): Promise<Reservation> {
  const repeated = reservationByToken(deps, input, call);
  if (repeated) return repeated;
  const request = readLaunchRequest(deps, call, input);
  const count = countOf(input);
  const image = await findImage(deps, request, call);
  const type = findType(request, image);
  const placement = placementOf(deps, call, request);
  const template = templateRow(deps, request, call, { image, type, placement });
  const given = tagsByType(request);
  if (input.DryRun) throw dryRun();
  // Looked at again: the image may have been found by a call, and meanwhile the same request may have come twice.
  const overtaken = reservationByToken(deps, input, call);
  if (overtaken) return overtaken;

  const reservationId = newId(deps.ids, "r");
  if (input.ClientToken) reservationTokens(deps.store, call).set(input.ClientToken, { reservationId, request: fingerprint(input) });
  for (let launchIndex = 0; launchIndex < count; launchIndex++) {
    const row = newRow(deps, call, template, { reservationId, launchIndex, clientToken: input.ClientToken, privateIp: placement.privateIp });
    if (Object.keys(given.instance).length > 0) tags(deps.store, call).set(row.id, given.instance);
    if (Object.keys(given.volume).length > 0) tags(deps.store, call).set(row.volumeId, given.volume);
    if (Object.keys(given.interface).length > 0) tags(deps.store, call).set(row.networkInterfaceId, given.interface);
    deps.lifecycle.boot(call, row);
  }
  return describeReservation(deps.store, call, reservationId);
}

const fingerprint = ({ DryRun: _dryRun, ...input }: RunInstancesRequest): string => JSON.stringify(input);

function reservationByToken({ store }: Deps, input: RunInstancesRequest, call: Call): Reservation | undefined {
  const known = input.ClientToken ? reservationTokens(store, call).get(input.ClientToken) : undefined;
  if (!known) return undefined;
  if (known.request !== fingerprint(input)) {
    throw new AwsError(
      "IdempotentParameterMismatch",
      "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    );
  }
  return describeReservation(store, call, known.reservationId);
}

function countOf({ MinCount = 1, MaxCount = 1 }: RunInstancesRequest): number {
  if (MinCount < 1 || MaxCount < MinCount)
    throw invalidValue(`Invalid value '${MaxCount}' for MaxCount. It must be at least MinCount, and that at least 1.`);
  return MaxCount;
}

/** The image by its identifier, or by the SSM parameter that a launch template names (`resolve:ssm:/aws/…`). */
async function findImage({ api }: Deps, request: LaunchRequest, call: Call): Promise<ImageEntry> {
  let id = request.ImageId;
  if (!id) throw missing("ImageId");
  if (id.startsWith("resolve:ssm:")) {
    const answer = await api.call<{ Parameter?: { Value?: string } }>("ssm", "GetParameter", { Name: id.slice("resolve:ssm:".length) }, call);
    id = answer.Parameter?.Value ?? id;
  }
  if (!id.startsWith("ami-")) throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`);
  const image = imagesOf(call.region).find((candidate) => candidate.id === id);
  if (!image) throw new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
  return image;
}

function findType(request: LaunchRequest, image: ImageEntry): InstanceTypeEntry {
  const name = request.InstanceType ?? "m1.small";
  const type = instanceTypes().get(name);
  if (!type) {
    // A name of the right shape may well be a type that EC2 has and this cloud has not heard of.
    if (/^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal.*)$/.test(name))
      throw new NotSupported("ec2", "RunInstances", `instance type ${name}`);
    throw invalidValue(`Invalid value '${name}' for InstanceType.`);
  }
  if (type.architecture !== image.architecture) {
    throw invalidValue(
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. ` +
        "Specify an instance type and an AMI that have matching architectures, and try again.",
    );
  }
  return type;
}

type Template = Omit<
  InstanceRow,
  "id" | "reservationId" | "launchIndex" | "clientToken" | "privateIp" | "networkInterfaceId" | "attachmentId" | "macAddress" | "volumeId"
>;

function templateRow(
  deps: Deps,
  request: LaunchRequest,
  call: Call,
  found: { image: ImageEntry; type: InstanceTypeEntry; placement: Placement },
): Template {
  const { image, type, placement } = found;
  if (request.KeyName && !keyPairs(deps.store, call).has(request.KeyName)) {
    throw new AwsError("InvalidKeyPair.NotFound", `The key pair '${request.KeyName}' does not exist`);
  }
  const metadata = request.MetadataOptions;
  return {
    imageId: image.id,
    type: type.name,
    architecture: type.architecture,
    state: "pending",
    launchTime: deps.clock.now(),
    vpcId: placement.subnet.vpcId,
    subnetId: placement.subnet.id,
    availabilityZone: placement.subnet.availabilityZone,
    wantsPublicIp: placement.publicIp,
    rootDevice: image.rootDevice,
    groupIds: placement.groupIds,
    ...(request.KeyName ? { keyName: request.KeyName } : {}),
    ...(request.UserData ? { userData: decodeUserData(request.UserData) } : {}),
    ...profileOf(deps, request, call),
    detailedMonitoring: request.Monitoring?.Enabled ?? false,
    metadataOptions: {
      // Amazon Linux 2023 images ask for IMDSv2 by themselves (EC2 User Guide, "Configure instance metadata options for new instances").
      tokens: metadata?.HttpTokens ?? (image.name.startsWith("al2023") ? "required" : "optional"),
      endpoint: metadata?.HttpEndpoint ?? "enabled",
      hopLimit: metadata?.HttpPutResponseHopLimit ?? (image.name.startsWith("al2023") ? 2 : 1),
      tags: metadata?.InstanceMetadataTags ?? "disabled",
    },
    spot: request.InstanceMarketOptions?.MarketType === "spot",
    ebsOptimized: request.EbsOptimized ?? false,
    terminationProtection: request.DisableApiTermination ?? false,
    onShutdown: request.InstanceInitiatedShutdownBehavior ?? "stop",
  };
}

function decodeUserData(text: string): string {
  const bytes = Buffer.from(text, "base64");
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalidValue("Invalid BASE64 encoding of user data.");
  if (bytes.length > 16_384) throw invalidValue("User data is limited to 16384 bytes");
  return bytes.toString("utf8");
}

function profileOf({ iam }: Deps, request: LaunchRequest, call: Call): Pick<InstanceRow, "profile" | "roleArn"> {
  const { Arn, Name } = request.IamInstanceProfile ?? {};
  if (!Arn && !Name) return {};
  const profile = iam.instanceProfile(call.account, { ...(Arn ? { arn: Arn } : {}), ...(Name ? { name: Name } : {}) });
  if (!profile) {
    const [member, word] = Arn ? ["arn", "ARN"] : ["name", "name"];
    throw invalidValue(`Value (${Arn ?? Name}) for parameter iamInstanceProfile.${member} is invalid. Invalid IAM Instance Profile ${word}`);
  }
  if (!profile.roleArn) throw invalidValue(`IAM Instance Profile "${profile.arn}" has no associated IAM Roles`);
  return { profile: { arn: profile.arn, id: profile.id }, roleArn: profile.roleArn };
}

function tagsByType(request: LaunchRequest): { instance: Record<string, string>; volume: Record<string, string>; interface: Record<string, string> } {
  const of = (type: string): Record<string, string> =>
    checkTags((request.TagSpecifications ?? []).filter(({ ResourceType }) => ResourceType === type).flatMap(({ Tags }) => Tags ?? []));
  const known = ["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];
  const unknown = (request.TagSpecifications ?? []).find(({ ResourceType }) => !known.includes(ResourceType ?? ""));
  if (unknown) throw invalidValue(`'${unknown.ResourceType}' is not a valid taggable resource type for this operation.`);
  return { instance: of("instance"), volume: of("volume"), interface: of("network-interface") };
}

function newRow(
  deps: Deps,
  call: Call,
  template: Template,
  own: { reservationId: string; launchIndex: number; clientToken: string | undefined; privateIp: string | undefined },
): InstanceRow {
  const { ids, store } = deps;
  const id = newId(ids, "i");
  const row: InstanceRow = {
    ...template,
    id,
    reservationId: own.reservationId,
    launchIndex: own.launchIndex,
    ...(own.clientToken ? { clientToken: own.clientToken } : {}),
    privateIp: "",
    networkInterfaceId: newId(ids, "eni"),
    attachmentId: newId(ids, "eni-attach"),
    macAddress: macAddress(ids),
    volumeId: newId(ids, "vol"),
  };
  const privateIp = privateAddress(deps, call, requireSubnet(deps, call, row.subnetId), own.privateIp);
  return instances(store, call).set(id, { ...row, privateIp });
}
