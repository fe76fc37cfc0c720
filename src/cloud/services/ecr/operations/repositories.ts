import type {
  CreateRepositoryRequest,
  CreateRepositoryResponse,
  DeleteRepositoryRequest,
  DeleteRepositoryResponse,
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse,
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse,
  Repository,
} from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import { repositoryUri } from "../../../core/image-address.ts";
import type { Call } from "../../../core/service.ts";
import type { EcrParts } from "../index.ts";
import { invalid, ownRegistry, page, repositoryArn, repositoryOf } from "../shared.ts";
import { images, repositories, type RepositoryRow } from "../state.ts";
import { tagsOf } from "./tags.ts";

type Deps = Pick<EcrParts, "store" | "clock" | "endpoint" | "housekeeping">;
type View = Pick<Deps, "endpoint">;

/** The pattern of the API Reference ("CreateRepository"). */
const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Its address is where Docker reaches it here. In templates the one that it has on AWS means the same. */
const describe = ({ endpoint }: View, row: RepositoryRow, call: Call): Repository => ({
  repositoryArn: row.arn,
  registryId: call.account,
  repositoryName: row.name,
  repositoryUri: repositoryUri(endpoint(), call, row.name),
  createdAt: new Date(row.created),
  imageTagMutability: row.mutability,
  ...(row.exclusions.length > 0 ? { imageTagMutabilityExclusionFilters: row.exclusions } : {}),
  imageScanningConfiguration: { scanOnPush: row.scanOnPush },
  encryptionConfiguration: row.encryption,
});

/** One that came up with an image handed to the engine is taken over, with its images. */
export function CreateRepository(
  deps: Pick<Deps, "store" | "clock" | "endpoint">,
  input: CreateRepositoryRequest,
  call: Call,
): CreateRepositoryResponse {
  const { store, clock } = deps;
  ownRegistry("CreateRepository", input.registryId, call);
  const name = input.repositoryName!;
  if (name.length < 2 || name.length > 256 || !NAME.test(name))
    throw invalid(
      `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''`,
    );
  const existing = repositories(store, call).get(name);
  if (existing && !existing.implicit)
    throw new AwsError(
      "RepositoryAlreadyExistsException",
      `The repository with name '${name}' already exists in the registry with id '${call.account}'`,
    );
  const row = repositories(store, call).set(name, {
    name,
    arn: repositoryArn(call, name),
    created: clock.now(),
    mutability: input.imageTagMutability ?? "MUTABLE",
    exclusions: input.imageTagMutabilityExclusionFilters ?? [],
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: input.encryptionConfiguration ?? { encryptionType: "AES256" },
    tags: tagsOf(input.tags),
  });
  return { repository: describe(deps, row, call) };
}

export function DescribeRepositories(
  deps: Pick<Deps, "store" | "endpoint">,
  input: DescribeRepositoriesRequest,
  call: Call,
): DescribeRepositoriesResponse {
  const { store } = deps;
  ownRegistry("DescribeRepositories", input.registryId, call);
  const named = input.repositoryNames?.map((name) => repositoryOf(store, call, name));
  const rows = named ?? repositories(store, call).values();
  const { items, nextToken } = page(
    rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
    input,
  );
  return { repositories: items.map((row) => describe(deps, row, call)), nextToken };
}

/** @throws AwsError RepositoryNotEmptyException unless forced */
export function DeleteRepository(deps: Omit<Deps, "clock">, input: DeleteRepositoryRequest, call: Call): DeleteRepositoryResponse {
  const { store, housekeeping } = deps;
  ownRegistry("DeleteRepository", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  const held = images(store, call, row.name);
  if (held.size > 0 && !input.force)
    throw new AwsError(
      "RepositoryNotEmptyException",
      `The repository with name '${row.name}' in registry with id '${call.account}' cannot be deleted because it still contains images`,
    );
  for (const [digest] of held.entries()) held.delete(digest);
  housekeeping.emptied({ account: call.account, region: call.region, repository: row.name });
  repositories(store, call).delete(row.name);
  return { repository: describe(deps, row, call) };
}

export function PutImageTagMutability(
  { store }: Pick<Deps, "store">,
  input: PutImageTagMutabilityRequest,
  call: Call,
): PutImageTagMutabilityResponse {
  ownRegistry("PutImageTagMutability", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  const exclusions = input.imageTagMutabilityExclusionFilters ?? [];
  repositories(store, call).update(row.name, { mutability: input.imageTagMutability!, exclusions });
  return {
    registryId: call.account,
    repositoryName: row.name,
    imageTagMutability: input.imageTagMutability,
    ...(exclusions.length > 0 ? { imageTagMutabilityExclusionFilters: exclusions } : {}),
  };
}

/** Kept and given back; nothing is scanned. */
export function PutImageScanningConfiguration(
  { store }: Pick<Deps, "store">,
  input: PutImageScanningConfigurationRequest,
  call: Call,
): PutImageScanningConfigurationResponse {
  ownRegistry("PutImageScanningConfiguration", input.registryId, call);
  const row = repositoryOf(store, call, input.repositoryName);
  const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
  repositories(store, call).update(row.name, { scanOnPush });
  return { registryId: call.account, repositoryName: row.name, imageScanningConfiguration: { scanOnPush } };
}
