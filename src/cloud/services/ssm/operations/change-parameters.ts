import type {
  DeleteParameterRequest,
  DeleteParametersRequest,
  DeleteParametersResult,
  LabelParameterVersionRequest,
  LabelParameterVersionResult,
} from "@aws-sdk/client-ssm";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SsmDeps } from "../index.ts";
import { plainName } from "../names.ts";
import { notFound, rowOf } from "../shared.ts";
import { parameters } from "../state.ts";

type Deps = Pick<SsmDeps, "store">;

export function DeleteParameter(deps: Deps, input: DeleteParameterRequest, call: Call): object {
  const row = rowOf(deps, call, plainName(input.Name!));
  if (!row) throw notFound(input.Name!);
  parameters(deps.store, call).delete(row.name);
  return {};
}

/** Up to ten; those that are not there are listed as invalid. */
export function DeleteParameters(deps: Deps, input: DeleteParametersRequest, call: Call): DeleteParametersResult {
  const names = input.Names!;
  if (names.length > 10) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10.`,
    );
  }
  const deleted: string[] = [];
  const invalid: string[] = [];
  for (const name of names) {
    const row = rowOf(deps, call, plainName(name));
    if (row && parameters(deps.store, call).delete(row.name)) deleted.push(name);
    else invalid.push(name);
  }
  return { DeletedParameters: deleted, InvalidParameters: invalid };
}

/** A label is on one version at a time: it moves. */
export function LabelParameterVersion(deps: Deps, input: LabelParameterVersionRequest, call: Call): LabelParameterVersionResult {
  const row = rowOf(deps, call, plainName(input.Name!));
  if (!row) throw notFound(input.Name!);
  const wanted = input.ParameterVersion ?? row.versions.at(-1)!.version;
  if (!row.versions.some(({ version }) => version === wanted)) {
    throw new AwsError(
      "ParameterVersionNotFound",
      `Systems Manager could not find version ${wanted} of ${row.name}. Verify the version and try again.`,
    );
  }
  const good = input.Labels!.filter((label) => /^(?!aws|ssm)[a-z_.-][\w.-]{0,99}$/i.test(label));
  parameters(deps.store, call).update(row.name, {
    versions: row.versions.map((version) => {
      const kept = version.labels.filter((label) => !good.includes(label));
      return { ...version, labels: version.version === wanted ? [...kept, ...good] : kept };
    }),
  });
  return { InvalidLabels: input.Labels!.filter((label) => !good.includes(label)), ParameterVersion: wanted };
}
