import { AwsError } from "../../core/errors.ts";
import type { CredentialsPort } from "../../core/ports.ts";
import { DEFAULT_ACCOUNT, parseArn } from "../../core/scope.ts";
import type { AccessNeed, Principal } from "../../core/service.ts";
import { compiled } from "./policy/compiled.ts";
import { RequestContext } from "./policy/context.ts";
import { evaluate, trusts } from "./policy/evaluate.ts";
import { denialMessage } from "./policy/message.ts";
import { policiesOf, principalContext, roleOf, type IamPrincipal } from "./principals.ts";
import type { IamDeps } from "./index.ts";
import { createSessions, type SessionsPort } from "./sessions.ts";
import { accessKeys, instanceProfiles, roles, sessions, users, type SessionRow } from "./state.ts";

/** An instance profile as EC2 needs it. */
export interface ProfileView {
  arn: string;
  id: string;
  /** None where no role has been added. */
  roleArn?: string;
}

/** IAM as the gateway and the rest of the cloud use it. */
export interface IamPort extends CredentialsPort, SessionsPort {
  /**
   * Who an access key stands for: issued credentials their session; a key of a user that user; 12 digits the root of that
   * account; anything else the root of the default account, because signatures are not checked.
   * @throws AwsError ExpiredToken, InvalidClientTokenId (403)
   */
  principalOf(accessKeyId: string, sessionToken?: string): IamPrincipal;
  /**
   * Checks every resource of every need against the principal's policies. Root and the cloud's own services may do all.
   * @param globalContext condition keys of the request, such as `aws:RequestedRegion` and `aws:SourceIp`.
   * @throws AwsError AccessDenied (403) in AWS's words, with the statement that is missing.
   */
  authorize(principal: Principal, needs: readonly AccessNeed[], globalContext: Readonly<Record<string, string | string[]>>): void;
  /**
   * May a service (`lambda.amazonaws.com`) assume the role? For "cannot be assumed by" errors when a role is set. `context` has
   * `aws:SourceArn` and `aws:SourceAccount` where the service sends them (IAM User Guide, "The confused deputy problem").
   */
  canAssume(roleArn: string, servicePrincipal: string, context?: Readonly<Record<string, string>>): boolean;
  /** An instance profile by its name or ARN. */
  instanceProfile(account: string, by: { name?: string; arn?: string }): ProfileView | undefined;
  /** Does the policy of a resource (a topic, a function) let a service in? `context` has `aws:SourceArn`, `aws:SourceAccount`. */
  allowsService(
    policy: string,
    servicePrincipal: string,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | string[]>>,
  ): boolean;
}

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;

export function createPort(deps: Deps): IamPort {
  return {
    ...createSessions(deps),
    principalOf: (accessKeyId, sessionToken) => principalOf(deps, accessKeyId, sessionToken),
    authorize: (principal, needs, globalContext) => authorize(deps, principal, needs, globalContext),
    canAssume(roleArn, servicePrincipal, context = {}) {
      const { account, name } = roleOf(roleArn);
      const role = roles(deps.store, account).get(name);
      if (!role) return false;
      return trusts({ name: "trust policy", document: compiled(role.trust, "trust") }, { service: servicePrincipal }, new RequestContext(context));
    },
    instanceProfile(account, by) {
      const profile = instanceProfiles(deps.store, account).find(
        ({ name, arn }) => (by.arn === undefined || by.arn === arn) && (by.name === undefined || by.name === name),
      );
      if (!profile) return undefined;
      const roleArn = roles(deps.store, account).get(profile.roles[0] ?? "")?.arn;
      return { arn: profile.arn, id: profile.id, ...(roleArn ? { roleArn } : {}) };
    },
    allowsService(policy, service, action, resource, context = {}) {
      const resourcePolicies = [{ name: "resource policy", document: compiled(policy, "resource") }];
      const request = { action, resource, policies: [], resourcePolicies, requester: { service } };
      const always = { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": service, "aws:SecureTransport": "true" };
      return evaluate({ ...request, context: new RequestContext(always, context) }).decision === "allow";
    },
  };
}

function principalOf({ store, clock }: Deps, accessKeyId: string, sessionToken: string | undefined): IamPrincipal {
  const session = sessions(store).get(accessKeyId);
  if (session) {
    if (session.sessionToken !== sessionToken) throw invalidToken();
    if (session.expiresAt <= clock.now())
      throw new AwsError("ExpiredToken", "The security token included in the request is expired", { status: 403 });
    return principalOfSession(session);
  }
  // Temporary keys that nobody here has issued: of another cloud, or of a state that was reset.
  if (accessKeyId.startsWith("ASIA")) throw invalidToken();
  const key = accessKeys(store).get(accessKeyId);
  if (key) {
    const user = users(store, key.account).get(key.userName);
    if (!user || key.status !== "Active") throw invalidToken();
    return { kind: "user", arn: user.arn, account: key.account, userId: user.id };
  }
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT;
  return { kind: "root", arn: `arn:aws:iam::${account}:root`, account, userId: account };
}

function principalOfSession(session: SessionRow): IamPrincipal {
  const { kind, arn, account, userId, roleName } = session;
  return { kind, arn, account, userId, ...(roleName ? { roleName } : {}), session };
}

const invalidToken = (): AwsError => new AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", { status: 403 });

function authorize(
  deps: Deps,
  principal: IamPrincipal,
  needs: readonly AccessNeed[],
  globalContext: Readonly<Record<string, string | string[]>>,
): void {
  if (principal.kind === "root" || principal.kind === "service" || needs.length === 0) return;
  const { policies, boundary, sessionPolicies, requester } = policiesOf(deps, principal);
  let known: Record<string, string> | undefined;
  const always = (): Record<string, string> => (known ??= principalContext(deps, principal));
  for (const need of needs) {
    const resourcePolicies = (need.resourcePolicies ?? []).map((text) => ({ name: "resource policy", document: compiled(text, "resource") }));
    for (const resource of need.resources) {
      const resourceAccount = need.resourceAccount ?? (parseArn(resource)?.account || principal.account);
      const context = new RequestContext(always, { "aws:ResourceAccount": resourceAccount }, globalContext, need.context ?? {});
      const request = { action: need.action, resource, context, policies, boundary, sessionPolicies, resourcePolicies, requester };
      const evaluation = evaluate(resourcePolicies.length > 0 || need.resourceAccount !== undefined ? { ...request, resourceAccount } : request);
      if (evaluation.decision !== "allow") {
        throw new AwsError("AccessDenied", denialMessage(principal.arn, need.action, resource, evaluation), { status: 403 });
      }
    }
  }
}
