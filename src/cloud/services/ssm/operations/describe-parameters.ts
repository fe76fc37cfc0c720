import type { DescribeParametersRequest, DescribeParametersResult, ParameterMetadata, ParameterStringFilter } from "@aws-sdk/client-ssm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SsmDeps } from "../index.ts";
import { parameterArn } from "../names.ts";
import { page } from "../page.ts";
import { parameters, type ParameterRow } from "../state.ts";

/** Names, types and dates, without values. */
export function DescribeParameters({ store }: Pick<SsmDeps, "store">, input: DescribeParametersRequest, call: Call): DescribeParametersResult {
  if (input.Shared) throw new NotSupported("ssm", "DescribeParameters", "Shared");
  const older = (input.Filters ?? []).map(({ Key, Values }): ParameterStringFilter => ({ Key, Values, Option: "BeginsWith" }));
  const tests = [...older, ...(input.ParameterFilters ?? [])].map(testOf);
  const found = parameters(store, call).filter((row) => tests.every((test) => test(row)));
  const { items, ...rest } = page(found, input, 50);
  return { Parameters: items.map((row) => describe(call, row)), ...rest };
}

function testOf({ Key = "", Option, Values = [] }: ParameterStringFilter): (row: ParameterRow) => boolean {
  const read = readers[Key.startsWith("tag:") ? "tag:" : Key];
  if (!read) throw new AwsError("InvalidFilterKey", `The following filter key isn't valid: ${Key}`);
  if (Key === "Path") return ({ name }) => Values.some((path) => inPath(name, path, Option === "Recursive"));
  const compare = comparisons[Option ?? "Equals"];
  if (!compare) throw new AwsError("InvalidFilterOption", `The following filter option is not valid: ${Option}.`);
  return (row) => {
    const actual = read(row, Key);
    return actual !== undefined && (Values.length === 0 || Values.some((value) => compare(actual, value)));
  };
}

const comparisons: Record<string, (actual: string, wanted: string) => boolean> = {
  Equals: (actual, wanted) => actual === wanted,
  BeginsWith: (actual, wanted) => actual.startsWith(wanted),
  Contains: (actual, wanted) => actual.includes(wanted),
};

function inPath(name: string, path: string, recursive: boolean): boolean {
  const below = path.endsWith("/") ? path : `${path}/`;
  return name.startsWith(below) && (recursive || !name.slice(below.length).includes("/"));
}

const readers: Record<string, (row: ParameterRow, key: string) => string | undefined> = {
  Name: (row) => row.name,
  Path: (row) => row.name,
  Type: (row) => row.versions.at(-1)!.type,
  KeyId: (row) => row.versions.at(-1)!.keyId,
  Tier: (row) => row.tier,
  DataType: (row) => row.versions.at(-1)!.dataType,
  "tag:": (row, key) => row.tags[key.slice("tag:".length)],
};

function describe(call: Call, row: ParameterRow): ParameterMetadata {
  const current = row.versions.at(-1)!;
  return {
    Name: row.name,
    ARN: parameterArn(call, row.name),
    Type: current.type,
    KeyId: current.keyId,
    LastModifiedDate: new Date(current.modified),
    LastModifiedUser: current.modifiedBy,
    Description: current.description,
    AllowedPattern: current.allowedPattern,
    Version: current.version,
    Tier: row.tier,
    Policies: [],
    DataType: current.dataType,
  };
}
