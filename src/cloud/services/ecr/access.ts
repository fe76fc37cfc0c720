import type { Access } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { repositoryArn } from "./shared.ts";
import { repositories } from "./state.ts";

interface Named {
  repositoryName?: string;
  repositoryNames?: string[];
  resourceArn?: string;
}

/** Every action but GetAuthorizationToken is on repositories ("Actions, resources, and condition keys for Amazon ECR"). */
const ON_REPOSITORIES = `BatchDeleteImage BatchGetImage CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy DescribeImages
  DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy InitiateLayerUpload ListImages ListTagsForResource PutImage
  PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource`.split(/\s+/);

/** With the repository's policy, whose statements name no resource. */
export function createAccess(store: Store): Record<string, Access> {
  const on =
    (operation: string): Access =>
    (input: Named, call) => {
      const names = input.repositoryNames ?? [input.repositoryName ?? /:repository\/(.+)$/.exec(input.resourceArn ?? "")?.[1] ?? "*"];
      return names.map((name) => {
        const policy = repositories(store, call).get(name)?.policy;
        const resources = [repositoryArn(call, name)];
        return { action: `ecr:${operation}`, resources, ...(policy === undefined ? {} : { resourcePolicies: [policy] }) };
      });
    };
  return Object.fromEntries(ON_REPOSITORIES.map((operation) => [operation, on(operation)]));
}
