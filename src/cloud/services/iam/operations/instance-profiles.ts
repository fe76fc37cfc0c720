import type {
  AddRoleToInstanceProfileRequest,
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse,
  DeleteInstanceProfileRequest,
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  InstanceProfile,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse,
  ListInstanceProfileTagsRequest,
  ListInstanceProfileTagsResponse,
  RemoveRoleFromInstanceProfileRequest,
  TagInstanceProfileRequest,
  UntagInstanceProfileRequest,
} from "@aws-sdk/client-iam";
import type { Call } from "../../../core/service.ts";
import { alreadyExists, checkName, deleteConflict, limitExceeded, noSuchEntity } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { checkedPath, fromTags, iamArn, page, toTags, withoutTags } from "../shared.ts";
import { instanceProfiles, roles, type InstanceProfileRow } from "../state.ts";
import { describeRole, requireRole } from "./roles.ts";

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;
type Reads = Pick<IamDeps, "store">;

function requireProfile({ store }: Reads, account: string, name: string): InstanceProfileRow {
  const profile = instanceProfiles(store, account).get(name);
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

function describeProfile({ store }: Reads, account: string, profile: InstanceProfileRow): InstanceProfile {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.created),
    Roles: profile.roles.flatMap((name) => {
      const role = roles(store, account).get(name);
      return role ? [describeRole(role)] : [];
    }),
    ...(Object.keys(profile.tags).length > 0 ? { Tags: toTags(profile.tags) } : {}),
  };
}

export function CreateInstanceProfile(deps: Deps, input: CreateInstanceProfileRequest, call: Call): CreateInstanceProfileResponse {
  const name = input.InstanceProfileName!;
  checkName("instanceProfileName", name, 128);
  const path = checkedPath(input.Path);
  const table = instanceProfiles(deps.store, call.account);
  if (table.find((profile) => profile.name.toLowerCase() === name.toLowerCase())) throw alreadyExists(`Instance Profile ${name} already exists.`);
  const profile = table.set(name, {
    name,
    id: `AIPA${deps.ids.upper(17)}`,
    arn: iamArn(call.account, "instance-profile", path, name),
    path,
    created: deps.clock.now(),
    roles: [],
    tags: fromTags(input.Tags),
  });
  return { InstanceProfile: describeProfile(deps, call.account, profile) };
}

export const GetInstanceProfile = (deps: Reads, input: GetInstanceProfileRequest, call: Call): GetInstanceProfileResponse => ({
  InstanceProfile: describeProfile(deps, call.account, requireProfile(deps, call.account, input.InstanceProfileName!)),
});

function listed(
  deps: Reads,
  found: InstanceProfileRow[],
  input: ListInstanceProfilesRequest,
  call: Call,
): { InstanceProfiles: InstanceProfile[]; IsTruncated: boolean; Marker?: string } {
  const { items, ...rest } = page(found, input);
  return { InstanceProfiles: items.map((profile) => describeProfile(deps, call.account, { ...profile, tags: {} })), ...rest };
}

export const ListInstanceProfiles = (deps: Reads, input: ListInstanceProfilesRequest, call: Call): ListInstanceProfilesResponse =>
  listed(
    deps,
    instanceProfiles(deps.store, call.account).filter((profile) => profile.path.startsWith(input.PathPrefix ?? "/")),
    input,
    call,
  );

export function ListInstanceProfilesForRole(deps: Reads, input: ListInstanceProfilesForRoleRequest, call: Call): ListInstanceProfilesForRoleResponse {
  const role = requireRole(deps, call.account, input.RoleName!);
  return listed(
    deps,
    instanceProfiles(deps.store, call.account).filter((profile) => profile.roles.includes(role.name)),
    input,
    call,
  );
}

export function DeleteInstanceProfile(deps: Reads, input: DeleteInstanceProfileRequest, call: Call): object {
  const profile = requireProfile(deps, call.account, input.InstanceProfileName!);
  if (profile.roles.length > 0) throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  instanceProfiles(deps.store, call.account).delete(profile.name);
  return {};
}

export function AddRoleToInstanceProfile(deps: Reads, input: AddRoleToInstanceProfileRequest, call: Call): object {
  const profile = requireProfile(deps, call.account, input.InstanceProfileName!);
  const role = requireRole(deps, call.account, input.RoleName!);
  if (profile.roles.length > 0) throw limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  instanceProfiles(deps.store, call.account).update(profile.name, { roles: [role.name] });
  return {};
}

export function RemoveRoleFromInstanceProfile(deps: Reads, input: RemoveRoleFromInstanceProfileRequest, call: Call): object {
  const profile = requireProfile(deps, call.account, input.InstanceProfileName!);
  if (!profile.roles.includes(input.RoleName!)) {
    throw noSuchEntity(`The role with name ${input.RoleName} cannot be found in instance profile ${profile.name}.`);
  }
  instanceProfiles(deps.store, call.account).update(profile.name, { roles: [] });
  return {};
}

export function TagInstanceProfile(deps: Reads, input: TagInstanceProfileRequest, call: Call): object {
  const profile = requireProfile(deps, call.account, input.InstanceProfileName!);
  instanceProfiles(deps.store, call.account).update(profile.name, { tags: { ...profile.tags, ...fromTags(input.Tags) } });
  return {};
}

export function UntagInstanceProfile(deps: Reads, input: UntagInstanceProfileRequest, call: Call): object {
  const profile = requireProfile(deps, call.account, input.InstanceProfileName!);
  instanceProfiles(deps.store, call.account).update(profile.name, { tags: withoutTags(profile.tags, input.TagKeys) });
  return {};
}

export function ListInstanceProfileTags(deps: Reads, input: ListInstanceProfileTagsRequest, call: Call): ListInstanceProfileTagsResponse {
  const { items, ...rest } = page(toTags(requireProfile(deps, call.account, input.InstanceProfileName!).tags), input);
  return { Tags: items, ...rest };
}
