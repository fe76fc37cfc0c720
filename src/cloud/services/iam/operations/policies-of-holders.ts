import type * as Sdk from "@aws-sdk/client-iam";
import type { Table } from "../../../core/store.ts";
import type { Call } from "../../../core/service.ts";
import { checkName, checkPolicy, limitExceeded, noSuchEntity } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { encodeDocument, page } from "../shared.ts";
import { roles, users, type HolderRow } from "../state.ts";
import { requirePolicy } from "./managed-policies.ts";
import { requireRole } from "./roles.ts";
import { requireUser } from "./users.ts";

/** Inline and attached policies work alike for roles and users. */

type Reads = Pick<IamDeps, "store">;
type Kind = "role" | "user";

function holder(deps: Reads, kind: Kind, name: string, call: Call): { row: HolderRow; table: Table<HolderRow> } {
  return kind === "role"
    ? { row: requireRole(deps, call.account, name), table: roles(deps.store, call.account) }
    : { row: requireUser(deps, call.account, name), table: users(deps.store, call.account) };
}

function putInline(deps: Reads, kind: Kind, name: string, policyName: string, document: string, call: Call): object {
  const { row, table } = holder(deps, kind, name, call);
  checkName("policyName", policyName, 128);
  checkPolicy(document, "identity");
  // 10,240 characters for all of a role's, 2,048 for all of a user's, without white space (IAM User Guide, "IAM and STS quotas").
  const limit = kind === "role" ? 10_240 : 2048;
  const size = Object.values({ ...row.inline, [policyName]: document }).reduce((sum, text) => sum + text.replace(/\s/g, "").length, 0);
  if (size > limit) throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`);
  table.update(name, { inline: { ...row.inline, [policyName]: document } });
  return {};
}

function requireInline(row: HolderRow, kind: Kind, policyName: string): string {
  const text = Object.hasOwn(row.inline, policyName) ? row.inline[policyName] : undefined;
  if (text === undefined) throw noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);
  return text;
}

function deleteInline(deps: Reads, kind: Kind, name: string, policyName: string, call: Call): object {
  const { row, table } = holder(deps, kind, name, call);
  requireInline(row, kind, policyName);
  const { [policyName]: _gone, ...inline } = row.inline;
  table.update(name, { inline });
  return {};
}

function attach(deps: Reads, kind: Kind, name: string, arn: string, call: Call): object {
  const { row, table } = holder(deps, kind, name, call);
  requirePolicy(deps, call.account, arn);
  if (row.attached.includes(arn)) return {};
  if (row.attached.length >= 10) throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind === "role" ? "Role" : "User"}: 10`);
  table.update(name, { attached: [...row.attached, arn] });
  return {};
}

function detach(deps: Reads, kind: Kind, name: string, arn: string, call: Call): object {
  const { row, table } = holder(deps, kind, name, call);
  if (!row.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
  table.update(name, { attached: row.attached.filter((attached) => attached !== arn) });
  return {};
}

function listAttached(
  deps: Reads,
  kind: Kind,
  name: string,
  input: Sdk.ListAttachedRolePoliciesRequest | Sdk.ListAttachedUserPoliciesRequest,
  call: Call,
) {
  const { row } = holder(deps, kind, name, call);
  const found = row.attached.map((arn) => ({ PolicyName: arn.slice(arn.lastIndexOf("/") + 1), PolicyArn: arn }));
  const { items, ...rest } = page(found, input);
  return { AttachedPolicies: items, ...rest };
}

function listInline(deps: Reads, kind: Kind, name: string, input: Sdk.ListRolePoliciesRequest | Sdk.ListUserPoliciesRequest, call: Call) {
  const { items, ...rest } = page(Object.keys(holder(deps, kind, name, call).row.inline), input);
  return { PolicyNames: items, ...rest };
}

export const PutRolePolicy = (deps: Reads, input: Sdk.PutRolePolicyRequest, call: Call): object =>
  putInline(deps, "role", input.RoleName!, input.PolicyName!, input.PolicyDocument!, call);

export function GetRolePolicy(deps: Reads, input: Sdk.GetRolePolicyRequest, call: Call): Sdk.GetRolePolicyResponse {
  const text = requireInline(requireRole(deps, call.account, input.RoleName!), "role", input.PolicyName!);
  return { RoleName: input.RoleName, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(text) };
}

export const DeleteRolePolicy = (deps: Reads, input: Sdk.DeleteRolePolicyRequest, call: Call): object =>
  deleteInline(deps, "role", input.RoleName!, input.PolicyName!, call);

export const ListRolePolicies = (deps: Reads, input: Sdk.ListRolePoliciesRequest, call: Call): Sdk.ListRolePoliciesResponse =>
  listInline(deps, "role", input.RoleName!, input, call);

export const AttachRolePolicy = (deps: Reads, input: Sdk.AttachRolePolicyRequest, call: Call): object =>
  attach(deps, "role", input.RoleName!, input.PolicyArn!, call);

export const DetachRolePolicy = (deps: Reads, input: Sdk.DetachRolePolicyRequest, call: Call): object =>
  detach(deps, "role", input.RoleName!, input.PolicyArn!, call);

export const ListAttachedRolePolicies = (deps: Reads, input: Sdk.ListAttachedRolePoliciesRequest, call: Call): Sdk.ListAttachedRolePoliciesResponse =>
  listAttached(deps, "role", input.RoleName!, input, call);

export const PutUserPolicy = (deps: Reads, input: Sdk.PutUserPolicyRequest, call: Call): object =>
  putInline(deps, "user", input.UserName!, input.PolicyName!, input.PolicyDocument!, call);

export function GetUserPolicy(deps: Reads, input: Sdk.GetUserPolicyRequest, call: Call): Sdk.GetUserPolicyResponse {
  const text = requireInline(requireUser(deps, call.account, input.UserName!), "user", input.PolicyName!);
  return { UserName: input.UserName, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(text) };
}

export const DeleteUserPolicy = (deps: Reads, input: Sdk.DeleteUserPolicyRequest, call: Call): object =>
  deleteInline(deps, "user", input.UserName!, input.PolicyName!, call);

export const ListUserPolicies = (deps: Reads, input: Sdk.ListUserPoliciesRequest, call: Call): Sdk.ListUserPoliciesResponse =>
  listInline(deps, "user", input.UserName!, input, call);

export const AttachUserPolicy = (deps: Reads, input: Sdk.AttachUserPolicyRequest, call: Call): object =>
  attach(deps, "user", input.UserName!, input.PolicyArn!, call);

export const DetachUserPolicy = (deps: Reads, input: Sdk.DetachUserPolicyRequest, call: Call): object =>
  detach(deps, "user", input.UserName!, input.PolicyArn!, call);

export const ListAttachedUserPolicies = (deps: Reads, input: Sdk.ListAttachedUserPoliciesRequest, call: Call): Sdk.ListAttachedUserPoliciesResponse =>
  listAttached(deps, "user", input.UserName!, input, call);
