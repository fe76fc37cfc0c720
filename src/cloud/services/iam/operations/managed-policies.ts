import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyRequest,
  DeletePolicyVersionRequest,
  GetPolicyRequest,
  GetPolicyResponse,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  ListPolicyTagsRequest,
  ListPolicyTagsResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  Policy,
  PolicyVersion,
  SetDefaultPolicyVersionRequest,
  TagPolicyRequest,
  UntagPolicyRequest,
} from "@aws-sdk/client-iam";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { alreadyExists, checkName, checkPolicy, deleteConflict, limitExceeded, noSuchEntity } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { awsManagedPolicies, awsManagedPolicy } from "../managed/index.ts";
import { checkedPath, encodeDocument, fromTags, iamArn, page, toTags, withoutTags } from "../shared.ts";
import { policies, roles, users, type PolicyRow } from "../state.ts";

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;
type Reads = Pick<IamDeps, "store">;

/** A managed policy, AWS's or the customer's. @throws AwsError NoSuchEntity */
export function requirePolicy({ store }: Reads, account: string, arn: string): PolicyRow {
  const own = policies(store, account).get(arn);
  if (own) return own;
  const aws = awsManagedPolicy(arn);
  if (!aws) throw noSuchEntity(`Policy ${arn} was not found.`);
  const { name, path, text, version } = aws;
  const created = Date.parse(aws.created);
  const updated = Date.parse(aws.updated);
  return {
    name,
    // AWS-managed policies have fixed identifiers; ours is made of the name, for it is only ever displayed.
    id: `ANPA${Buffer.from(name).toString("hex").toUpperCase().slice(0, 17).padEnd(17, "0")}`,
    arn,
    path,
    created,
    updated,
    defaultVersion: version,
    lastVersion: Number(version.slice(1)),
    versions: [{ id: version, text, created: updated }],
    tags: {},
  };
}

function requireOwn(deps: Reads, account: string, arn: string): PolicyRow {
  if (awsManagedPolicy(arn)) throw new AwsError("AccessDenied", `Policy ${arn} is an AWS managed policy and cannot be changed.`, { status: 403 });
  return requirePolicy(deps, account, arn);
}

function entities({ store }: Reads, account: string, arn: string): { roles: { name: string; id: string }[]; users: { name: string; id: string }[] } {
  return {
    roles: roles(store, account).filter((role) => role.attached.includes(arn)),
    users: users(store, account).filter((user) => user.attached.includes(arn)),
  };
}

function describePolicy(deps: Reads, account: string, policy: PolicyRow): Policy {
  const attached = entities(deps, account, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attached.roles.length + attached.users.length,
    PermissionsBoundaryUsageCount: roles(deps.store, account).filter((role) => role.boundary === policy.arn).length,
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    CreateDate: new Date(policy.created),
    UpdateDate: new Date(policy.updated),
    ...(Object.keys(policy.tags).length > 0 ? { Tags: toTags(policy.tags) } : {}),
  };
}

const describeVersion = (policy: PolicyRow, version: PolicyRow["versions"][number], document: boolean): PolicyVersion => ({
  VersionId: version.id,
  IsDefaultVersion: version.id === policy.defaultVersion,
  CreateDate: new Date(version.created),
  ...(document ? { Document: encodeDocument(version.text) } : {}),
});

export function CreatePolicy(deps: Deps, input: CreatePolicyRequest, call: Call): CreatePolicyResponse {
  const name = input.PolicyName!;
  checkName("policyName", name, 128);
  checkPolicy(input.PolicyDocument!, "identity");
  const path = checkedPath(input.Path);
  const table = policies(deps.store, call.account);
  if (table.find((policy) => policy.name.toLowerCase() === name.toLowerCase())) {
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
  const now = deps.clock.now();
  const arn = iamArn(call.account, "policy", path, name);
  const policy = table.set(arn, {
    name,
    id: `ANPA${deps.ids.upper(17)}`,
    arn,
    path,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    created: now,
    updated: now,
    defaultVersion: "v1",
    lastVersion: 1,
    versions: [{ id: "v1", text: input.PolicyDocument!, created: now }],
    tags: fromTags(input.Tags),
  });
  return { Policy: describePolicy(deps, call.account, policy) };
}

export const GetPolicy = (deps: Reads, input: GetPolicyRequest, call: Call): GetPolicyResponse => ({
  Policy: describePolicy(deps, call.account, requirePolicy(deps, call.account, input.PolicyArn!)),
});

export function ListPolicies(deps: Reads, input: ListPoliciesRequest, call: Call): ListPoliciesResponse {
  const own = input.Scope === "AWS" ? [] : policies(deps.store, call.account).values();
  const aws = input.Scope === "Local" ? [] : awsManagedPolicies().map((policy) => requirePolicy(deps, call.account, policy.arn));
  const found = [...own, ...aws]
    .filter((policy) => policy.path.startsWith(input.PathPrefix ?? "/"))
    .map((policy) => describePolicy(deps, call.account, { ...policy, tags: {} }))
    .filter((policy) => !input.OnlyAttached || (policy.AttachmentCount ?? 0) > 0);
  const { items, ...rest } = page(found, input);
  return { Policies: items, ...rest };
}

export function DeletePolicy(deps: Reads, input: DeletePolicyRequest, call: Call): object {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  const attached = entities(deps, call.account, policy.arn);
  if (attached.roles.length + attached.users.length > 0) throw deleteConflict("Cannot delete a policy attached to entities.");
  if (policy.versions.length > 1)
    throw deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions.");
  policies(deps.store, call.account).delete(policy.arn);
  return {};
}

export function CreatePolicyVersion(deps: Deps, input: CreatePolicyVersionRequest, call: Call): CreatePolicyVersionResponse {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  checkPolicy(input.PolicyDocument!, "identity");
  if (policy.versions.length >= 5) {
    throw limitExceeded("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
  }
  const version = { id: `v${policy.lastVersion + 1}`, text: input.PolicyDocument!, created: deps.clock.now() };
  const changed = policies(deps.store, call.account).update(policy.arn, {
    versions: [version, ...policy.versions],
    lastVersion: policy.lastVersion + 1,
    updated: version.created,
    ...(input.SetAsDefault ? { defaultVersion: version.id } : {}),
  });
  return { PolicyVersion: describeVersion(changed, version, false) };
}

function requireVersion(policy: PolicyRow, id: string): PolicyRow["versions"][number] {
  const version = policy.versions.find((version) => version.id === id);
  if (!version) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

export function GetPolicyVersion(deps: Reads, input: GetPolicyVersionRequest, call: Call): GetPolicyVersionResponse {
  const policy = requirePolicy(deps, call.account, input.PolicyArn!);
  return { PolicyVersion: describeVersion(policy, requireVersion(policy, input.VersionId!), true) };
}

export function ListPolicyVersions(deps: Reads, input: ListPolicyVersionsRequest, call: Call): ListPolicyVersionsResponse {
  const policy = requirePolicy(deps, call.account, input.PolicyArn!);
  const { items, ...rest } = page(policy.versions, input);
  return { Versions: items.map((version) => describeVersion(policy, version, false)), ...rest };
}

export function DeletePolicyVersion(deps: Reads, input: DeletePolicyVersionRequest, call: Call): object {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  requireVersion(policy, input.VersionId!);
  if (policy.defaultVersion === input.VersionId) throw deleteConflict("Cannot delete the default version of a policy.");
  policies(deps.store, call.account).update(policy.arn, { versions: policy.versions.filter((version) => version.id !== input.VersionId) });
  return {};
}

export function SetDefaultPolicyVersion(deps: Deps, input: SetDefaultPolicyVersionRequest, call: Call): object {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  requireVersion(policy, input.VersionId!);
  policies(deps.store, call.account).update(policy.arn, { defaultVersion: input.VersionId!, updated: deps.clock.now() });
  return {};
}

export function ListEntitiesForPolicy(deps: Reads, input: ListEntitiesForPolicyRequest, call: Call): ListEntitiesForPolicyResponse {
  const attached = entities(deps, call.account, requirePolicy(deps, call.account, input.PolicyArn!).arn);
  return {
    PolicyRoles: attached.roles.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: attached.users.map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: [],
    IsTruncated: false,
  };
}

export function TagPolicy(deps: Reads, input: TagPolicyRequest, call: Call): object {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  policies(deps.store, call.account).update(policy.arn, { tags: { ...policy.tags, ...fromTags(input.Tags) } });
  return {};
}

export function UntagPolicy(deps: Reads, input: UntagPolicyRequest, call: Call): object {
  const policy = requireOwn(deps, call.account, input.PolicyArn!);
  policies(deps.store, call.account).update(policy.arn, { tags: withoutTags(policy.tags, input.TagKeys) });
  return {};
}

export function ListPolicyTags(deps: Reads, input: ListPolicyTagsRequest, call: Call): ListPolicyTagsResponse {
  const { items, ...rest } = page(toTags(requirePolicy(deps, call.account, input.PolicyArn!).tags), input);
  return { Tags: items, ...rest };
}
