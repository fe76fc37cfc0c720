import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from "@aws-sdk/client-lambda";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { functionArn, parseName, resolveFunction, type Named } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { policies, type PolicyRow, type PolicyStatement } from "../state.ts";
import { checkRevision } from "./revision.ts";

type Deps = Pick<LambdaParts, "store" | "ids">;

const policyKey = ({ name, qualifier }: Named): string => (qualifier ? `${name}:${qualifier}` : name);

const noPolicy = (): AwsError =>
  new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", { status: 404, fields: { Type: "User" } });

/** A policy as a document, in the form that GetPolicy answers. */
export const policyText = (row: PolicyRow): string => JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: row.statements });

/** The policy that counts for an invocation of a function, a version or an alias; undefined where it has none. */
export function policyOf(store: Deps["store"], named: Named): string | undefined {
  const row = policies(store, named.scope).get(policyKey(named));
  return row ? policyText(row) : undefined;
}

export function AddPermission(deps: Deps, input: AddPermissionRequest, call: Call): AddPermissionResponse {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  resolveFunction(deps.store, named);
  if (!/^lambda:[*]|lambda:[a-zA-Z]+|[*]$/.test(input.Action!)) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${input.Action}' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])`,
    );
  }
  const table = policies(deps.store, named.scope);
  const row = table.get(policyKey(named)) ?? { statements: [], revisionId: "" };
  checkRevision(row.revisionId, input.RevisionId);
  if (row.statements.some(({ Sid }) => Sid === input.StatementId)) {
    const message = `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
    throw new AwsError("ResourceConflictException", message, { status: 409, fields: { Type: "User" } });
  }
  const statement = statementOf(input, named);
  table.set(policyKey(named), { statements: [...row.statements, statement], revisionId: deps.ids.uuid() });
  return { Statement: JSON.stringify(statement) };
}

/** The statement that Lambda writes for a permission (Lambda Developer Guide, "Working with resource-based IAM policies in Lambda"). */
function statementOf(input: AddPermissionRequest, named: Named): PolicyStatement {
  const equals = {
    ...(input.SourceAccount ? { "AWS:SourceAccount": input.SourceAccount } : {}),
    ...(input.PrincipalOrgID ? { "aws:PrincipalOrgID": input.PrincipalOrgID } : {}),
    ...(input.EventSourceToken ? { "lambda:EventSourceToken": input.EventSourceToken } : {}),
    ...(input.FunctionUrlAuthType ? { "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType } : {}),
  };
  const condition = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(input.SourceArn ? { ArnLike: { "AWS:SourceArn": input.SourceArn } } : {}),
    ...(input.InvokedViaFunctionUrl === undefined ? {} : { Bool: { "lambda:InvokedViaFunctionUrl": String(input.InvokedViaFunctionUrl) } }),
  };
  return {
    Sid: input.StatementId!,
    Effect: "Allow",
    Principal: principalOf(input.Principal!),
    Action: input.Action!,
    Resource: functionArn(named),
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

function principalOf(principal: string): PolicyStatement["Principal"] {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith("arn:")) return { AWS: principal };
  if (/^[a-z0-9.-]+\.[a-z]+$/.test(principal)) return { Service: principal };
  throw new AwsError("InvalidParameterValueException", "The provided principal was invalid. Please check the principal and try again.", {
    fields: { Type: "User" },
  });
}

export function RemovePermission(deps: Deps, input: RemovePermissionRequest, call: Call): object {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  resolveFunction(deps.store, named);
  const table = policies(deps.store, named.scope);
  const row = table.get(policyKey(named));
  if (!row?.statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw new AwsError("ResourceNotFoundException", `Statement ${input.StatementId} is not found in resource policy.`, {
      status: 404,
      fields: { Type: "User" },
    });
  }
  checkRevision(row.revisionId, input.RevisionId);
  const statements = row.statements.filter(({ Sid }) => Sid !== input.StatementId);
  if (statements.length === 0) table.delete(policyKey(named));
  else table.set(policyKey(named), { statements, revisionId: deps.ids.uuid() });
  return {};
}

export function GetPolicy(deps: Deps, input: GetPolicyRequest, call: Call): GetPolicyResponse {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  resolveFunction(deps.store, named);
  const row = policies(deps.store, named.scope).get(policyKey(named));
  if (!row) throw noPolicy();
  return { Policy: policyText(row), RevisionId: row.revisionId };
}
