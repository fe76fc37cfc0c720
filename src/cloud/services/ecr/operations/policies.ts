import type {
  DeleteLifecyclePolicyRequest,
  DeleteLifecyclePolicyResponse,
  DeleteRepositoryPolicyRequest,
  DeleteRepositoryPolicyResponse,
  GetLifecyclePolicyRequest,
  GetLifecyclePolicyResponse,
  GetRepositoryPolicyRequest,
  GetRepositoryPolicyResponse,
  PutLifecyclePolicyRequest,
  PutLifecyclePolicyResponse,
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
} from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { checkPolicy as checkLifecycle } from "../lifecycle/policy.ts";
import { invalid, ownRegistry, repositoryOf } from "../shared.ts";
import { repositories, type RepositoryRow } from "../state.ts";

type Deps = Pick<EcrDeps, "store" | "checkPolicy">;

const of = (row: RepositoryRow, call: Call) => ({ registryId: call.account, repositoryName: row.name });

/** Images expire by it within a day, and after the next push. @throws AwsError InvalidParameterException for a text that is no policy */
export function PutLifecyclePolicy({ store }: Pick<Deps, "store">, input: PutLifecyclePolicyRequest, call: Call): PutLifecyclePolicyResponse {
  ownRegistry("PutLifecyclePolicy", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  checkLifecycle("PutLifecyclePolicy", input.lifecyclePolicyText ?? "");
  repositories(store, call).update(row.name, { lifecyclePolicy: input.lifecyclePolicyText! });
  return { ...of(row, call), lifecyclePolicyText: input.lifecyclePolicyText };
}

export const lifecycleOf = (row: RepositoryRow, call: Call): string => {
  if (row.lifecyclePolicy === undefined)
    throw new AwsError(
      "LifecyclePolicyNotFoundException",
      `Lifecycle policy does not exist for the repository with name '${row.name}' in the registry with id '${call.account}'`,
    );
  return row.lifecyclePolicy;
};

export function GetLifecyclePolicy({ store }: Pick<Deps, "store">, input: GetLifecyclePolicyRequest, call: Call): GetLifecyclePolicyResponse {
  ownRegistry("GetLifecyclePolicy", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  return { ...of(row, call), lifecyclePolicyText: lifecycleOf(row, call) };
}

export function DeleteLifecyclePolicy(
  { store }: Pick<Deps, "store">,
  input: DeleteLifecyclePolicyRequest,
  call: Call,
): DeleteLifecyclePolicyResponse {
  ownRegistry("DeleteLifecyclePolicy", input.registryId, call);
  const { lifecyclePolicy: _, ...rest } = repositoryOf(store, call, input.repositoryName);
  const lifecyclePolicyText = lifecycleOf(repositoryOf(store, call, input.repositoryName), call);
  repositories(store, call).set(rest.name, rest);
  return { ...of(rest, call), lifecyclePolicyText };
}

/** @throws AwsError InvalidParameterException */
export function SetRepositoryPolicy({ store, checkPolicy }: Deps, input: SetRepositoryPolicyRequest, call: Call): SetRepositoryPolicyResponse {
  ownRegistry("SetRepositoryPolicy", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  const policy = input.policyText ?? "";
  // A repository's policy is about that repository: its statements have no Resource ("Private repository policies").
  if (checkPolicy(policy) !== undefined)
    throw invalid("Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'");
  repositories(store, call).update(row.name, { policy });
  return { ...of(row, call), policyText: policy };
}

const policyOf = (row: RepositoryRow, call: Call): string => {
  if (row.policy === undefined)
    throw new AwsError(
      "RepositoryPolicyNotFoundException",
      `Repository policy does not exist for the repository with name '${row.name}' in the registry with id '${call.account}'`,
    );
  return row.policy;
};

export function GetRepositoryPolicy({ store }: Pick<Deps, "store">, input: GetRepositoryPolicyRequest, call: Call): GetRepositoryPolicyResponse {
  ownRegistry("GetRepositoryPolicy", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  return { ...of(row, call), policyText: policyOf(row, call) };
}

export function DeleteRepositoryPolicy(
  { store }: Pick<Deps, "store">,
  input: DeleteRepositoryPolicyRequest,
  call: Call,
): DeleteRepositoryPolicyResponse {
  ownRegistry("DeleteRepositoryPolicy", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  const policyText = policyOf(row, call);
  const { policy: _, ...rest } = row;
  repositories(store, call).set(rest.name, rest);
  return { ...of(row, call), policyText };
}
