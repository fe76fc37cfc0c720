import { passRole } from "../../core/access.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import type { IamDeps } from "./index.ts";
import { iamArn } from "./shared.ts";
import { instanceProfiles, policies, roles, users } from "./state.ts";

/** What names the resource of an operation: a role, a user, a managed policy or an instance profile. */
interface NamesResource {
  RoleName?: string;
  UserName?: string;
  PolicyArn?: string;
  PolicyName?: string;
  InstanceProfileName?: string;
  Path?: string;
  PermissionsBoundary?: string;
  AWSServiceName?: string;
}

/** Operations whose resource is a role, by Service Authorization Reference, "AWS Identity and Access Management". */
const ON_ROLES =
  "CreateRole GetRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole ListRoleTags " +
  "PutRolePermissionsBoundary DeleteRolePermissionsBoundary PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies " +
  "AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole DeleteServiceLinkedRole";
const ON_USERS =
  "CreateUser GetUser DeleteUser CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey PutUserPolicy GetUserPolicy " +
  "DeleteUserPolicy ListUserPolicies AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies";
const ON_POLICIES =
  "CreatePolicy GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion " +
  "SetDefaultPolicyVersion ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags";
const ON_PROFILES =
  "CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile " +
  "TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags";

/** The access table; it reads the state for the paths that are part of ARNs. */
export function createAccess({ store }: Pick<IamDeps, "store">): Record<string, Access> {
  const roleArn = (name: string | undefined, call: Call, path = "/"): string =>
    roles(store, call.account).get(name ?? "")?.arn ?? iamArn(call.account, "role", path, name ?? "*");
  const userArn = (input: NamesResource, call: Call): string =>
    input.UserName === undefined && call.principal.kind === "user"
      ? call.principal.arn
      : (users(store, call.account).get(input.UserName ?? "")?.arn ?? iamArn(call.account, "user", input.Path ?? "/", input.UserName ?? "*"));
  const policyArn = (input: NamesResource, call: Call): string =>
    input.PolicyArn ??
    policies(store, call.account).find((policy) => policy.name === input.PolicyName)?.arn ??
    iamArn(call.account, "policy", input.Path ?? "/", input.PolicyName ?? "*");
  const profileArn = (input: NamesResource, call: Call): string =>
    instanceProfiles(store, call.account).get(input.InstanceProfileName ?? "")?.arn ??
    iamArn(call.account, "instance-profile", input.Path ?? "/", input.InstanceProfileName ?? "*");

  const on = (operations: string, resource: (input: NamesResource, call: Call) => string): Record<string, Access> =>
    Object.fromEntries(
      operations
        .split(" ")
        .map((operation): [string, Access] => [
          operation,
          (input: NamesResource, call): AccessNeed[] => [
            { action: `iam:${operation}`, resources: [resource(input, call)], context: contextOf(operation, input) },
          ],
        ]),
    );
  return {
    ...on(ON_ROLES, (input, call) => roleArn(input.RoleName, call, input.Path)),
    ...on(ON_USERS, userArn),
    ...on(ON_POLICIES, policyArn),
    ...on(ON_PROFILES, profileArn),
    CreateServiceLinkedRole: (input: NamesResource, call) => [
      {
        action: "iam:CreateServiceLinkedRole",
        resources: [iamArn(call.account, "role", `/aws-service-role/${input.AWSServiceName}/`, "*")],
        context: { "iam:AWSServiceName": input.AWSServiceName ?? "" },
      },
    ],
    // Passing a role to an instance begins here (IAM API Reference, AddRoleToInstanceProfile).
    AddRoleToInstanceProfile: (input: NamesResource, call) => [
      { action: "iam:AddRoleToInstanceProfile", resources: [profileArn(input, call)] },
      ...passRole([roleArn(input.RoleName, call)], "ec2.amazonaws.com"),
    ],
  };
}

function contextOf(operation: string, input: NamesResource): Record<string, string> {
  return {
    ...(/^(Attach|Detach)/.test(operation) && input.PolicyArn ? { "iam:PolicyARN": input.PolicyArn } : {}),
    ...(input.PermissionsBoundary ? { "iam:PermissionsBoundary": input.PermissionsBoundary } : {}),
  };
}
