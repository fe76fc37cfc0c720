import type {
  GetParameterHistoryRequest,
  GetParameterHistoryResult,
  GetParameterRequest,
  GetParameterResult,
  GetParametersByPathRequest,
  GetParametersByPathResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
} from "@aws-sdk/client-ssm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SsmDeps } from "../index.ts";
import { plainName } from "../names.ts";
import { publicParametersBelow } from "../public-parameters.ts";
import { describeParameter, describePublic, findParameter, notFound, rowOf } from "../shared.ts";
import { page } from "../page.ts";
import { parameters } from "../state.ts";

type Deps = Pick<SsmDeps, "store" | "api">;

export const GetParameter = async (deps: Deps, input: GetParameterRequest, call: Call): Promise<GetParameterResult> => ({
  Parameter: await findParameter(deps, call, input.Name!, input.WithDecryption ?? false),
});

/** Up to ten; what is not there is listed as invalid, and no error. */
export async function GetParameters(deps: Deps, input: GetParametersRequest, call: Call): Promise<GetParametersResult> {
  const names = input.Names!;
  if (names.length > 10) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10.`,
    );
  }
  const found: Parameter[] = [];
  const invalid: string[] = [];
  for (const name of new Set(names)) {
    try {
      found.push(await findParameter(deps, call, name, input.WithDecryption ?? false));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      invalid.push(name);
    }
  }
  return { Parameters: found, InvalidParameters: invalid };
}

export async function GetParametersByPath(deps: Deps, input: GetParametersByPathRequest, call: Call): Promise<GetParametersByPathResult> {
  const path = input.Path!;
  if (!path.startsWith("/")) {
    throw new AwsError(
      "ValidationException",
      `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive).`,
    );
  }
  if (input.ParameterFilters?.length) throw new NotSupported("ssm", "GetParametersByPath", "ParameterFilters");
  const below = path.endsWith("/") ? path : `${path}/`;
  const inPath = (name: string): boolean => name.startsWith(below) && (input.Recursive === true || !name.slice(below.length).includes("/"));
  const all = path.startsWith("/aws/")
    ? (await publicParametersBelow(deps.api, call, path)).filter(({ name }) => inPath(name)).map((parameter) => describePublic(call, parameter))
    : parameters(deps.store, call)
        .filter(({ name }) => inPath(name))
        .map((row) => describeParameter(call, row, row.versions.at(-1)!, { decrypt: input.WithDecryption ?? false }));
  const { items, ...rest } = page(all, input, 10);
  return { Parameters: items, ...rest };
}

export function GetParameterHistory(deps: Pick<SsmDeps, "store">, input: GetParameterHistoryRequest, call: Call): GetParameterHistoryResult {
  const row = rowOf(deps, call, plainName(input.Name!));
  if (!row) throw notFound(input.Name!);
  const { items, ...rest } = page(row.versions, input, 50);
  return {
    Parameters: items.map((version) => ({
      Name: row.name,
      Type: version.type,
      Value: describeParameter(call, row, version, { decrypt: input.WithDecryption ?? false }).Value,
      Version: version.version,
      LastModifiedDate: new Date(version.modified),
      LastModifiedUser: version.modifiedBy,
      Description: version.description,
      AllowedPattern: version.allowedPattern,
      KeyId: version.keyId,
      DataType: version.dataType,
      Labels: version.labels,
      Tier: row.tier,
      Policies: [],
    })),
    ...rest,
  };
}
