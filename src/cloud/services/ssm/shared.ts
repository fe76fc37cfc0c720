import type { Parameter, Tag } from "@aws-sdk/client-ssm";
import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { SsmDeps } from "./index.ts";
import { parameterArn, splitSelector } from "./names.ts";
import { publicParameter, type PublicParameter } from "./public-parameters.ts";
import { parameters, type ParameterRow, type ParameterVersion } from "./state.ts";

export const fromTags = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export const toTags = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const notFound = (name: string): AwsError => new AwsError("ParameterNotFound", `Parameter ${name} not found.`);

/** Ciphertext, as it were: what a SecureString shows without `WithDecryption`. Stable, and not the value. */
const sealed = (value: string): string => Buffer.from(`kms:alias/aws/ssm:${value}`).toString("base64");

export function describeParameter(
  scope: Scope,
  row: ParameterRow,
  version: ParameterVersion,
  options: { decrypt: boolean; selector?: string },
): Parameter {
  return {
    Name: row.name,
    Type: version.type,
    Value: version.type === "SecureString" && !options.decrypt ? sealed(version.value) : version.value,
    Version: version.version,
    ...(options.selector ? { Selector: `:${options.selector}` } : {}),
    LastModifiedDate: new Date(version.modified),
    ARN: parameterArn(scope, row.name),
    DataType: version.dataType,
  };
}

export const describePublic = (scope: Scope, parameter: PublicParameter): Parameter => ({
  Name: parameter.name,
  Type: "String",
  Value: parameter.value,
  Version: 1,
  LastModifiedDate: new Date(parameter.modified),
  // Public parameters are nobody's account's.
  ARN: `arn:aws:ssm:${scope.region}::parameter${parameter.name}`,
  DataType: parameter.dataType,
});

/** The version that a selector means: a number, a label, or the newest. */
export function versionOf(row: ParameterRow, selector: string | undefined): ParameterVersion | undefined {
  if (selector === undefined) return row.versions.at(-1);
  return row.versions.find(({ version, labels }) => String(version) === selector || labels.includes(selector));
}

/**
 * A parameter by name, ARN, `name:version` or `name:label`, public ones included.
 * @throws AwsError ParameterNotFound, ParameterVersionNotFound
 */
export async function findParameter(deps: Pick<SsmDeps, "store" | "api">, scope: Scope, text: string, decrypt: boolean): Promise<Parameter> {
  const { name, selector } = splitSelector(text);
  if (name.startsWith("/aws/")) {
    const found = await publicParameter(deps.api, scope, name);
    if (!found) throw notFound(text);
    return describePublic(scope, found);
  }
  const row = rowOf(deps, scope, name);
  if (!row) throw notFound(text);
  const version = versionOf(row, selector);
  if (!version) {
    throw new AwsError(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  }
  return describeParameter(scope, row, version, { decrypt, ...(selector === undefined ? {} : { selector }) });
}

/** An ARN does not tell `/x` from `x`: both are looked for. */
export function rowOf({ store }: Pick<SsmDeps, "store">, scope: Scope, name: string): ParameterRow | undefined {
  const table = parameters(store, scope);
  return table.get(name) ?? (name.startsWith("/") ? undefined : table.get(`/${name}`));
}
