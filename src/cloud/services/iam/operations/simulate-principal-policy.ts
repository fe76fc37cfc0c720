import type { EvaluationResult, SimulatePrincipalPolicyRequest, SimulatePolicyResponse } from "@aws-sdk/client-iam";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { noSuchEntity } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { RequestContext } from "../policy/context.ts";
import { evaluate } from "../policy/evaluate.ts";
import { policiesOf, type IamPrincipal } from "../principals.ts";
import { page } from "../shared.ts";
import { roles, users } from "../state.ts";

/** Members that would change the result and are not read. */
const UNREAD = [
  "PolicyInputList",
  "PermissionsBoundaryPolicyInputList",
  "ResourcePolicy",
  "ResourceOwner",
  "CallerArn",
  "ResourceHandlingOption",
] as const;

/** Would the role's or user's policies allow these actions? Says which, without doing them. */
export function SimulatePrincipalPolicy(deps: Pick<IamDeps, "store">, input: SimulatePrincipalPolicyRequest, call: Call): SimulatePolicyResponse {
  for (const member of UNREAD) if (input[member] !== undefined) throw new NotSupported("iam", "SimulatePrincipalPolicy", member);
  const principal = principalFor(deps, input.PolicySourceArn!, call.account);
  const given = Object.fromEntries((input.ContextEntries ?? []).map((entry) => [entry.ContextKeyName ?? "", entry.ContextKeyValues ?? []]));
  const context = new RequestContext(given);
  const { policies, boundary } = policiesOf(deps, principal);
  const results = input.ActionNames!.flatMap((action) =>
    (input.ResourceArns ?? ["*"]).map((resource): EvaluationResult => {
      const { decision, matchedStatement } = evaluate({ action, resource, context, policies, boundary });
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decision === "allow" ? "allowed" : decision,
        MatchedStatements: matchedStatement ? [{ SourcePolicyId: matchedStatement.policy }] : [],
        MissingContextValues: [],
      };
    }),
  );
  const { items, ...rest } = page(results, input);
  return { EvaluationResults: items, ...rest };
}

function principalFor({ store }: Pick<IamDeps, "store">, arn: string, account: string): IamPrincipal {
  const name = parseArn(arn)?.resource.split("/").at(-1) ?? "";
  if (roles(store, account).get(name)?.arn === arn) return { kind: "assumed-role", arn, account, roleName: name };
  if (users(store, account).get(name)?.arn === arn) return { kind: "user", arn, account };
  throw noSuchEntity(`The entity ${arn} cannot be found.`);
}
