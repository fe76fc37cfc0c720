import type { PolicyDocument, Principals, Statement } from "./document.ts";
import type { RequestContext } from "./context.ts";
import { substitute } from "./context.ts";
import { conditionsHold } from "./conditions.ts";
import { actionMatch, resourceMatch } from "./match.ts";

/** A policy document with what to call it in a message: `inline policy X of role Y`, or its ARN. */
export interface NamedPolicy {
  name: string;
  document: PolicyDocument;
}

/** Who asks, as resource-based policies and trust policies see it. */
export interface Requester {
  account?: string;
  /** The ARN of the caller itself: of the session, the user, or `…:root`. */
  arn?: string;
  /** The ARN of the role, for a session of one. */
  roleArn?: string;
  /** Such as `lambda.amazonaws.com`, for an AWS service. */
  service?: string;
}

export interface EvaluationRequest {
  action: string;
  /** The ARN of one resource, or `*` for an action that has no resources. */
  resource: string;
  context: RequestContext;
  /** Identity-based policies of the caller: inline and managed. */
  policies: readonly NamedPolicy[];
  /** Of the resource. */
  resourcePolicies?: readonly NamedPolicy[];
  /** The caller's permissions boundary: what it leaves out is denied. */
  boundary?: NamedPolicy;
  /** Passed to AssumeRole: the session has at most what these allow too. */
  sessionPolicies?: readonly NamedPolicy[];
  requester?: Requester;
  /** The account that the resource is in; the caller's own unless told. */
  resourceAccount?: string;
}

export interface MatchedStatement {
  policy: string;
  statement: Statement;
}

/** The kind of policy that decided against a request; the words are those of AWS's messages. */
export type DenyingKind = "identity-based policy" | "resource-based policy" | "permissions boundary" | "session policy";

export interface Evaluation {
  decision: "allow" | "explicitDeny" | "implicitDeny";
  /** The statement that allowed or denied; none for an implicit deny. */
  matchedStatement?: MatchedStatement;
  /** Which kind of policy did not allow, or denied. */
  because?: DenyingKind;
}

/**
 * Decides one action on one resource, as "Policy evaluation logic" of the IAM User Guide has it: an explicit deny anywhere
 * wins; then boundary and session policies limit; then an identity-based or (in the same account) a resource-based policy
 * must allow; across accounts, both. Pure.
 */
export function evaluate(request: EvaluationRequest): Evaluation {
  const denied = explicitDeny(request);
  if (denied) return denied;

  const identity = find(request.policies, "Allow", request);
  const granted = grantOf(request);
  const crossAccount =
    request.resourceAccount !== undefined && request.requester?.account !== undefined && request.resourceAccount !== request.requester.account;
  if (request.requester?.service) {
    return granted ? { decision: "allow", matchedStatement: granted.match } : { decision: "implicitDeny", because: "resource-based policy" };
  }
  if (crossAccount && !granted) return { decision: "implicitDeny", because: "resource-based policy" };
  const direct = !crossAccount && granted !== undefined && granted.to !== "account";
  if (!identity && !direct) return { decision: "implicitDeny", because: "identity-based policy" };
  // A resource-based policy that names the session itself is not limited by a boundary or a session policy; one that names
  // the role is (same guide, "Evaluating identity-based policies with resource-based policies" and "… boundaries").
  if (!(direct && granted.to === "caller")) {
    const sessionPolicies = request.sessionPolicies ?? [];
    if (request.boundary && !find([request.boundary], "Allow", request)) return { decision: "implicitDeny", because: "permissions boundary" };
    if (sessionPolicies.length > 0 && !find(sessionPolicies, "Allow", request)) return { decision: "implicitDeny", because: "session policy" };
  }
  return { decision: "allow", matchedStatement: identity ?? granted?.match };
}

function explicitDeny(request: EvaluationRequest): Evaluation | undefined {
  const kinds: [DenyingKind, readonly NamedPolicy[]][] = [
    ["identity-based policy", request.policies],
    ["permissions boundary", request.boundary ? [request.boundary] : []],
    ["session policy", request.sessionPolicies ?? []],
  ];
  for (const [because, policies] of kinds) {
    const matchedStatement = find(policies, "Deny", request);
    if (matchedStatement) return { decision: "explicitDeny", matchedStatement, because };
  }
  for (const policy of request.resourcePolicies ?? []) {
    for (const statement of policy.document.statements) {
      if (statement.effect === "Deny" && grantee(statement, request.requester) && matches(statement, policy.document, request)) {
        return { decision: "explicitDeny", matchedStatement: { policy: policy.name, statement }, because: "resource-based policy" };
      }
    }
  }
  return undefined;
}

function find(policies: readonly NamedPolicy[], effect: Statement["effect"], request: EvaluationRequest): MatchedStatement | undefined {
  for (const policy of policies) {
    for (const statement of policy.document.statements) {
      if (statement.effect === effect && matches(statement, policy.document, request)) return { policy: policy.name, statement };
    }
  }
  return undefined;
}

/** Action, resource and conditions; not the principal. */
function matches(statement: Statement, document: PolicyDocument, request: EvaluationRequest): boolean {
  const { action, resource, context } = request;
  const variables = document.version === "2012-10-17";
  if (statement.actions && !statement.actions.some((pattern) => actionMatch(pattern, action))) return false;
  if (statement.notActions?.some((pattern) => actionMatch(pattern, action))) return false;
  const covers = (pattern: string): boolean => {
    const text = variables ? substitute(pattern, context) : pattern;
    return text !== undefined && resourceMatch(text, resource);
  };
  if (statement.resources && !statement.resources.some(covers)) return false;
  if (statement.notResources?.some(covers)) return false;
  return conditionsHold(statement.conditions, context, variables);
}

/** To whom a statement of a resource-based policy speaks: the caller itself, its role, or its whole account. */
type Grantee = "caller" | "role" | "account";

function grantOf(request: EvaluationRequest): { to: Grantee; match: MatchedStatement } | undefined {
  let best: { to: Grantee; match: MatchedStatement } | undefined;
  for (const policy of request.resourcePolicies ?? []) {
    for (const statement of policy.document.statements) {
      if (statement.effect !== "Allow") continue;
      const to = grantee(statement, request.requester);
      if (!to || !matches(statement, policy.document, request)) continue;
      if (!best || rank[to] > rank[best.to]) best = { to, match: { policy: policy.name, statement } };
    }
  }
  return best;
}

const rank: Record<Grantee, number> = { account: 0, role: 1, caller: 2 };

function grantee(statement: Statement, requester: Requester | undefined): Grantee | undefined {
  if (statement.principals) return named(statement.principals, requester);
  if (statement.notPrincipals) return named(statement.notPrincipals, requester) ? undefined : "caller";
  return undefined;
}

function named(principals: Principals, requester: Requester | undefined): Grantee | undefined {
  if (principals["*"]) return "caller";
  if (requester?.service) return principals["Service"]?.some((service) => service === requester.service || service === "*") ? "caller" : undefined;
  const aws = principals["AWS"] ?? [];
  if (aws.includes("*")) return "caller";
  if (requester?.arn && aws.includes(requester.arn)) return requester.arn.endsWith(":root") ? "account" : "caller";
  if (requester?.roleArn && aws.includes(requester.roleArn)) return "role";
  const account = requester?.account;
  return account && (aws.includes(account) || aws.includes(`arn:aws:iam::${account}:root`)) ? "account" : undefined;
}

/**
 * Does a trust policy let `requester` assume the role? A principal that the policy names, or one of an account that it
 * names (whose own policies must then allow `sts:AssumeRole` too: the gateway has checked that).
 */
export function trusts(trustPolicy: NamedPolicy, requester: Requester, context: RequestContext, action = "sts:AssumeRole"): boolean {
  const request: EvaluationRequest = { action, resource: "*", context, policies: [], resourcePolicies: [trustPolicy], requester };
  if (explicitDeny(request)) return false;
  return grantOf(request) !== undefined;
}
