import { AwsError } from "../../core/errors.ts";
import { parseArn } from "../../core/scope.ts";
import type { Principal } from "../../core/service.ts";
import type { IamDeps } from "./index.ts";
import { requirePolicy } from "./operations/managed-policies.ts";
import { requireRole } from "./operations/roles.ts";
import { compiled } from "./policy/compiled.ts";
import type { NamedPolicy, Requester } from "./policy/evaluate.ts";
import { roles, users, type HolderRow, type RoleRow, type SessionRow } from "./state.ts";

/** A principal with what IAM knows of its session. */
export interface IamPrincipal extends Principal {
  /** `AROA…:session`, `AIDA…`, or the account for root. */
  userId?: string;
  session?: Pick<SessionRow, "roleArn" | "userName" | "issuedAt" | "sessionPolicies" | "tags">;
}

/** Account and name of a role, from its ARN. */
export function roleOf(roleArn: string): { account: string; name: string } {
  const parts = parseArn(roleArn);
  if (!parts || !parts.resource.startsWith("role/")) throw new AwsError("ValidationError", `${roleArn} is invalid`);
  return { account: parts.account, name: parts.resource.slice(parts.resource.lastIndexOf("/") + 1) };
}

/** @throws AwsError NoSuchEntity where there is no such role. */
export function roleByArn(deps: Pick<IamDeps, "store">, roleArn: string): RoleRow {
  const { account, name } = roleOf(roleArn);
  return requireRole(deps, account, name);
}

/** The policies that count for a principal: of its role or user, its boundary, its session. */
export interface PrincipalPolicies {
  policies: NamedPolicy[];
  boundary?: NamedPolicy;
  sessionPolicies: NamedPolicy[];
  requester: Requester;
}

export function policiesOf(deps: Pick<IamDeps, "store">, principal: IamPrincipal): PrincipalPolicies {
  const { account, session } = principal;
  const holder = holderOf(deps, principal);
  const managed = (arn: string): NamedPolicy => {
    const policy = requirePolicy(deps, account, arn);
    const version = policy.versions.find(({ id }) => id === policy.defaultVersion)!;
    return { name: arn, document: compiled(version.text, "identity") };
  };
  return {
    policies: holder
      ? [
          ...Object.entries(holder.inline).map(([name, text]) => ({
            name: `inline policy ${name} of ${holder.name}`,
            document: compiled(text, "identity"),
          })),
          ...holder.attached.map(managed),
        ]
      : [],
    ...(holder?.boundary ? { boundary: managed(holder.boundary) } : {}),
    sessionPolicies: (session?.sessionPolicies ?? []).map((text) => ({ name: "session policy", document: compiled(text, "identity") })),
    requester: { account, arn: principal.arn, ...(principal.kind === "assumed-role" && holder ? { roleArn: holder.arn } : {}) },
  };
}

function holderOf({ store }: Pick<IamDeps, "store">, principal: IamPrincipal): HolderRow | undefined {
  if (principal.kind === "assumed-role") return roles(store, principal.account).get(principal.roleName ?? "");
  if (principal.kind === "user") return users(store, principal.account).find((user) => user.arn === principal.arn);
  return undefined;
}

/** The condition keys that IAM itself fills in (IAM User Guide, "AWS global condition context keys"). */
export function principalContext(deps: Pick<IamDeps, "store" | "clock">, principal: IamPrincipal): Record<string, string> {
  const holder = holderOf(deps, principal);
  const now = deps.clock.now();
  const tags = { ...holder?.tags, ...principal.session?.tags };
  const types = { root: "Account", user: "User", "assumed-role": "AssumedRole", service: "Service" } as const;
  return {
    // For a session this is the role, not the session (same page, aws:PrincipalArn).
    "aws:PrincipalArn": principal.kind === "assumed-role" ? (holder?.arn ?? principal.arn) : principal.arn,
    "aws:PrincipalAccount": principal.account,
    "aws:PrincipalType": types[principal.kind],
    "aws:PrincipalIsAWSService": "false",
    "aws:ViaAWSService": "false",
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1000)),
    // The API listens on loopback only, without TLS; policies that insist on TLS mean networks.
    "aws:SecureTransport": "true",
    ...(principal.userId ? { "aws:userid": principal.userId } : {}),
    ...(principal.kind === "user" && holder ? { "aws:username": holder.name } : {}),
    ...(principal.session ? { "aws:TokenIssueTime": new Date(principal.session.issuedAt).toISOString(), "aws:MultiFactorAuthPresent": "false" } : {}),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}
