import type { ListExportsInput, ListExportsOutput, ListImportsInput, ListImportsOutput } from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { exportsOf, importersOf } from "../../../deploy/engine/state.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";

export function ListExports({ deployer }: CloudFormationDeps, input: ListExportsInput, call: Call): ListExportsOutput {
  const rows = exportsOf(deployer.engine.store, call).values();
  const { items, NextToken } = paginate(
    rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
    input.NextToken,
  );
  return { Exports: items.map((row) => ({ ExportingStackId: row.stackId, Name: row.name, Value: row.value })), NextToken };
}

export function ListImports({ deployer }: CloudFormationDeps, input: ListImportsInput, call: Call): ListImportsOutput {
  const name = input.ExportName ?? "";
  const users = importersOf(deployer.engine.store, call, name);
  if (users.length === 0) throw new AwsError("ValidationError", `Export '${name}' is not imported by any stack.`);
  const { items, NextToken } = paginate(users, input.NextToken);
  return { Imports: items, NextToken };
}
