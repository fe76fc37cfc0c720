import { AwsError } from "../../core/errors.ts";
import type { CredentialsPort } from "../../core/ports.ts";
import { DEFAULT_ACCOUNT } from "../../core/scope.ts";
import type { Principal } from "../../core/service.ts";
import { compiled } from "./policy/compiled.ts";
import { RequestContext } from "./policy/context.ts";
import { evaluate, trusts, type NamedPolicy } from "./policy/evaluate.ts";
import { PolicySyntaxError } from "./policy/document.ts";
import type { IamDeps } from "./index.ts";
import { requirePolicy } from "./operations/managed-policies.ts";
import { policiesOf, principalContext, roleByArn, roleOf, type IamPrincipal } from "./principals.ts";
import { accessKeys, roles, sessions, type RoleRow, type SessionRow } from "./state.ts";

export interface AssumeRoleInput {
  roleArn: string;
  sessionName: string;
  /** Seconds; 3600 unless told. */
  duration?: number;
  /** A session policy (JSON). */
  policy?: string;
  /** ARNs of managed policies as session policies. */
  policyArns?: string[];
  tags?: Record<string, string>;
  externalId?: string;
}

/** What STS asks of IAM. */
export interface SessionsPort {
  /** @throws AwsError AccessDenied where the trust policy or the caller's own policies do not allow it. */
  assumeRole(principal: Principal, input: AssumeRoleInput): SessionRow;
  /** Temporary credentials for a user or the root. @param duration seconds */
  sessionFor(principal: Principal, duration: number): SessionRow;
  /** `AROA…:session`, `AIDA…`, or the account. */
  userIdOf(principal: Principal): string;
  /** The account of an access key, without checks. */
  accountOf(accessKeyId: string): string;
}

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;

/** Credentials that this cloud hands to its functions, instances and tasks: as long as Lambda's at most, in milliseconds. */
const ISSUED_FOR_MS = 12 * 3600_000;

/** Expired sessions are known for this long, so that they are answered with ExpiredToken. */
const KEPT_MS = 24 * 3600_000;

export function createSessions(deps: Deps): SessionsPort & CredentialsPort {
  return {
    issue(roleArn, sessionName) {
      const role = roleByArn(deps, roleArn);
      const name = sessionName.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
      return startRoleSession(deps, role, roleOf(roleArn).account, name, ISSUED_FOR_MS, { sessionPolicies: [], tags: {} });
    },
    assumeRole: (principal, input) => assumeRole(deps, principal, input),
    sessionFor(principal, duration) {
      const { kind, arn, account } = principal;
      if (kind !== "user" && kind !== "root")
        throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", { status: 403 });
      return store(deps, duration * 1000, { kind, arn, account, userId: userIdOf(principal), sessionPolicies: [], tags: {} });
    },
    userIdOf,
    accountOf(accessKeyId) {
      return sessions(deps.store).get(accessKeyId)?.account ?? accountOfKey(deps, accessKeyId);
    },
  };
}

function accountOfKey(deps: Deps, accessKeyId: string): string {
  return accessKeys(deps.store).get(accessKeyId)?.account ?? (/^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT);
}

const userIdOf = (principal: IamPrincipal): string => principal.userId ?? principal.account;

function startRoleSession(
  deps: Deps,
  role: RoleRow,
  account: string,
  sessionName: string,
  lifetimeMs: number,
  extra: Pick<SessionRow, "sessionPolicies" | "tags">,
): SessionRow {
  return store(deps, lifetimeMs, {
    kind: "assumed-role",
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${sessionName}`,
    account,
    userId: `${role.id}:${sessionName}`,
    roleName: role.name,
    roleArn: role.arn,
    ...extra,
  });
}

type NewSession = Omit<SessionRow, "accessKeyId" | "secretAccessKey" | "sessionToken" | "issuedAt" | "expiresAt">;

function store(deps: Deps, lifetimeMs: number, session: NewSession): SessionRow {
  const table = sessions(deps.store);
  const now = deps.clock.now();
  // Now and then, sessions that expired long ago are forgotten.
  if (table.size > 0 && table.size % 64 === 0) {
    for (const old of table.filter(({ expiresAt }) => expiresAt + KEPT_MS < now)) table.delete(old.accessKeyId);
  }
  const accessKeyId = `ASIA${deps.ids.upper(16)}`;
  return table.set(accessKeyId, {
    ...session,
    accessKeyId,
    secretAccessKey: deps.ids.hex(40),
    sessionToken: deps.ids.hex(200),
    issuedAt: now,
    expiresAt: now + lifetimeMs,
  });
}

function assumeRole(deps: Deps, principal: IamPrincipal, input: AssumeRoleInput): SessionRow {
  const { account, name } = roleOf(input.roleArn);
  const role = roles(deps.store, account).get(name);
  // A role that is not there is not told from one that may not be assumed (as STS does).
  if (!role || role.arn !== input.roleArn || !mayAssume(deps, principal, role, account, input)) {
    throw new AwsError("AccessDenied", `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.roleArn}`, {
      status: 403,
    });
  }
  const duration = input.duration ?? 3600;
  if (principal.kind === "assumed-role" && duration > 3600) {
    throw new AwsError("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  if (duration > role.maxSessionDuration) {
    throw new AwsError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return startRoleSession(deps, role, account, input.sessionName, duration * 1000, {
    sessionPolicies: sessionPoliciesOf(deps, account, input),
    tags: input.tags ?? {},
  });
}

function sessionPoliciesOf(deps: Deps, account: string, input: AssumeRoleInput): string[] {
  const managed = (input.policyArns ?? []).map((arn) => {
    const policy = requirePolicy(deps, account, arn);
    return policy.versions.find(({ id }) => id === policy.defaultVersion)!.text;
  });
  if (input.policy === undefined) return managed;
  try {
    compiled(input.policy, "identity");
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw new AwsError("MalformedPolicyDocument", error.message);
    throw error;
  }
  return [input.policy, ...managed];
}

function mayAssume(deps: Deps, principal: IamPrincipal, role: RoleRow, account: string, input: AssumeRoleInput): boolean {
  if (principal.kind === "service") return true;
  const tags = input.tags ?? {};
  const context = new RequestContext(principalContext(deps, principal), {
    "sts:RoleSessionName": input.sessionName,
    "sts:ExternalId": input.externalId,
    "aws:ResourceAccount": account,
    "aws:TagKeys": Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  });
  const trust: NamedPolicy = { name: "trust policy", document: compiled(role.trust, "trust") };
  const actions = ["sts:AssumeRole", ...(Object.keys(tags).length > 0 ? ["sts:TagSession"] : [])];
  // AWS does not let the root user assume roles; here it stands for whoever runs the cloud, so the trust policy decides.
  if (principal.kind === "root") {
    return actions.every((action) => trusts(trust, { account: principal.account, arn: principal.arn }, context, action));
  }
  const own = policiesOf(deps, principal);
  return actions.every((action) => {
    const request = { action, resource: role.arn, context, ...own, resourcePolicies: [trust], resourceAccount: account };
    // The trust policy must name the caller or its account in any case; then identity-based policies count as everywhere.
    return trusts(trust, own.requester, context, action) && evaluate(request).decision === "allow";
  });
}
