import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRolePermissionsBoundaryRequest,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  ListRoleTagsRequest,
  ListRoleTagsResponse,
  PutRolePermissionsBoundaryRequest,
  Role,
  TagRoleRequest,
  UntagRoleRequest,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  UpdateRoleRequest,
  UpdateRoleResponse,
} from "@aws-sdk/client-iam";
import type { Call } from "../../../core/service.ts";
import { alreadyExists, checkName, checkPolicy, deleteConflict, noSuchEntity, validationError } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { checkedPath, describeBoundary, encodeDocument, fromTags, iamArn, page, toTags, withoutTags } from "../shared.ts";
import { instanceProfiles, roles, type RoleRow } from "../state.ts";
import { requirePolicy } from "./managed-policies.ts";

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;
type Reads = Pick<IamDeps, "store">;

/** @throws AwsError NoSuchEntity */
export function requireRole({ store }: Reads, account: string, name: string): RoleRow {
  const role = roles(store, account).get(name);
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

export function describeRole(role: RoleRow): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.created),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    ...(role.description === undefined ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionDuration,
    ...describeBoundary(role.boundary),
    ...(Object.keys(role.tags).length > 0 ? { Tags: toTags(role.tags) } : {}),
  };
}

export function CreateRole(deps: Deps, input: CreateRoleRequest, call: Call): CreateRoleResponse {
  const name = input.RoleName!;
  checkName("roleName", name, 64);
  checkPolicy(input.AssumeRolePolicyDocument!, "trust");
  checkDuration(input.MaxSessionDuration);
  const path = checkedPath(input.Path);
  const table = roles(deps.store, call.account);
  // Names differ by more than case (IAM API Reference, CreateRole).
  if (table.find((role) => role.name.toLowerCase() === name.toLowerCase())) throw alreadyExists(`Role with name ${name} already exists.`);
  if (input.PermissionsBoundary) requirePolicy(deps, call.account, input.PermissionsBoundary);
  const role = table.set(name, {
    name,
    id: `AROA${deps.ids.upper(17)}`,
    arn: iamArn(call.account, "role", path, name),
    path,
    created: deps.clock.now(),
    trust: input.AssumeRolePolicyDocument!,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    maxSessionDuration: input.MaxSessionDuration ?? 3600,
    tags: fromTags(input.Tags),
    inline: {},
    attached: [],
    ...(input.PermissionsBoundary ? { boundary: input.PermissionsBoundary } : {}),
  });
  return { Role: describeRole(role) };
}

/** One hour to twelve (IAM API Reference, CreateRole). */
function checkDuration(seconds: number | undefined): void {
  if (seconds !== undefined && (seconds < 3600 || seconds > 43200)) {
    throw validationError(
      `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
    );
  }
}

export const GetRole = (deps: Reads, input: GetRoleRequest, call: Call): GetRoleResponse => ({
  Role: describeRole(requireRole(deps, call.account, input.RoleName!)),
});

export function ListRoles({ store }: Reads, input: ListRolesRequest, call: Call): ListRolesResponse {
  const found = roles(store, call.account).filter((role) => role.path.startsWith(input.PathPrefix ?? "/"));
  const { items, ...rest } = page(found, input);
  // Tags and boundary are not listed (IAM API Reference, ListRoles).
  return { Roles: items.map(({ boundary: _boundary, ...role }) => describeRole({ ...role, tags: {} })), ...rest };
}

export function DeleteRole(deps: Reads, input: DeleteRoleRequest, call: Call): object {
  const role = requireRole(deps, call.account, input.RoleName!);
  if (role.attached.length > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (Object.keys(role.inline).length > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
  if (instanceProfiles(deps.store, call.account).find((profile) => profile.roles.includes(role.name))) {
    throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  }
  roles(deps.store, call.account).delete(role.name);
  return {};
}

export function UpdateRole(deps: Reads, input: UpdateRoleRequest, call: Call): UpdateRoleResponse {
  requireRole(deps, call.account, input.RoleName!);
  checkDuration(input.MaxSessionDuration);
  roles(deps.store, call.account).update(input.RoleName!, {
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.MaxSessionDuration === undefined ? {} : { maxSessionDuration: input.MaxSessionDuration }),
  });
  return {};
}

export function UpdateRoleDescription(deps: Reads, input: UpdateRoleDescriptionRequest, call: Call): UpdateRoleDescriptionResponse {
  UpdateRole(deps, { RoleName: input.RoleName, Description: input.Description }, call);
  return { Role: describeRole(requireRole(deps, call.account, input.RoleName!)) };
}

export function UpdateAssumeRolePolicy(deps: Reads, input: UpdateAssumeRolePolicyRequest, call: Call): object {
  requireRole(deps, call.account, input.RoleName!);
  checkPolicy(input.PolicyDocument!, "trust");
  roles(deps.store, call.account).update(input.RoleName!, { trust: input.PolicyDocument! });
  return {};
}

export function PutRolePermissionsBoundary(deps: Reads, input: PutRolePermissionsBoundaryRequest, call: Call): object {
  requireRole(deps, call.account, input.RoleName!);
  requirePolicy(deps, call.account, input.PermissionsBoundary!);
  roles(deps.store, call.account).update(input.RoleName!, { boundary: input.PermissionsBoundary! });
  return {};
}

export function DeleteRolePermissionsBoundary(deps: Reads, input: DeleteRolePermissionsBoundaryRequest, call: Call): object {
  requireRole(deps, call.account, input.RoleName!);
  roles(deps.store, call.account).update(input.RoleName!, { boundary: undefined });
  return {};
}

export function TagRole(deps: Reads, input: TagRoleRequest, call: Call): object {
  const role = requireRole(deps, call.account, input.RoleName!);
  roles(deps.store, call.account).update(role.name, { tags: { ...role.tags, ...fromTags(input.Tags) } });
  return {};
}

export function UntagRole(deps: Reads, input: UntagRoleRequest, call: Call): object {
  const role = requireRole(deps, call.account, input.RoleName!);
  roles(deps.store, call.account).update(role.name, { tags: withoutTags(role.tags, input.TagKeys) });
  return {};
}

export function ListRoleTags(deps: Reads, input: ListRoleTagsRequest, call: Call): ListRoleTagsResponse {
  const { items, ...rest } = page(toTags(requireRole(deps, call.account, input.RoleName!).tags), input);
  return { Tags: items, ...rest };
}
