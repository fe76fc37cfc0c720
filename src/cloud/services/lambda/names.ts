import { AwsError } from "../../core/errors.ts";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { aliases, functions, versions, type FunctionRow } from "./state.ts";

/** What a `FunctionName` member names. */
export interface Named {
  scope: Scope;
  name: string;
  qualifier?: string;
}

const FULL = /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;
const PARTIAL = /^(?:(\d{12}):(?:function:)?)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/**
 * Reads a name, an ARN or a partial ARN, each with or without a qualifier (Lambda API Reference, Invoke, "FunctionName").
 * @throws AwsError ValidationException; InvalidParameterValueException where two qualifiers differ.
 */
export function parseName(text: string, scope: Scope, qualifier?: string): Named {
  const full = FULL.exec(text);
  const partial = full ? null : PARTIAL.exec(text);
  if (!full && !partial) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
    );
  }
  const [region, account, name, own] = full ? full.slice(1) : [scope.region, partial![1] ?? scope.account, partial![2], partial![3]];
  if (own && qualifier && own !== qualifier) {
    throw new AwsError("InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.");
  }
  const chosen = qualifier ?? own;
  return { scope: { region, account }, name: name!, ...(chosen ? { qualifier: chosen } : {}) };
}

export const functionArn = ({ scope, name, qualifier }: Named): string => arn("lambda", scope, `function:${name}${qualifier ? `:${qualifier}` : ""}`);

export const notFound = (named: Named): AwsError =>
  new AwsError("ResourceNotFoundException", `Function not found: ${functionArn(named)}`, { status: 404, fields: { Type: "User" } });

/**
 * The function or version that a name means; aliases lead to their version.
 * @throws AwsError ResourceNotFoundException
 */
export function resolveFunction(store: Store, named: Named): FunctionRow {
  const latest = functions(store, named.scope).get(named.name);
  if (!latest) throw notFound(named);
  const { qualifier } = named;
  if (!qualifier || qualifier === "$LATEST") return latest;
  const alias = aliases(store, named.scope).get(`${named.name}:${qualifier}`);
  const version = alias ? alias.functionVersion : qualifier;
  const row = version === "$LATEST" ? latest : versions(store, named.scope).get(`${named.name}:${version}`);
  if (!row) throw notFound(named);
  return row;
}

/** The row of the function itself, whatever the qualifier. @throws AwsError ResourceNotFoundException */
export function latestOf(store: Store, named: Named): FunctionRow {
  const row = functions(store, named.scope).get(named.name);
  if (!row) throw notFound({ scope: named.scope, name: named.name });
  return row;
}
