import type { Scope } from "../../core/scope.ts";
import type { Access, AccessNeed } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { repositoryArn } from "./shared.ts";
import { repositories } from "./state.ts";

interface Named {
  repositoryName?: string;
  repositoryNames?: string[];
  resourceArn?: string;
}

/** Every action is on repositories, except GetAuthorizationToken and those on the registry's settings ("Actions, resources, and condition keys for Amazon ECR"). */
const ON_REPOSITORIES = `BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload CreateRepository DeleteLifecyclePolicy
  DeleteRepository DeleteRepositoryPolicy DescribeImages DescribeRepositories GetDownloadUrlForLayer GetLifecyclePolicy GetLifecyclePolicyPreview
  GetRepositoryPolicy InitiateLayerUpload ListImages ListTagsForResource PutImage PutImageScanningConfiguration PutImageTagMutability
  PutLifecyclePolicy SetRepositoryPolicy StartLifecyclePolicyPreview TagResource UntagResource UploadLayerPart`.split(/\s+/);

/** What an action on a repository needs permission for: the repository's own policy may give it, too. */
export function repositoryNeed(store: Store, scope: Scope, operation: string, name: string): AccessNeed {
  const policy = repositories(store, scope).get(name)?.policy;
  const resources = [repositoryArn(scope, name)];
  return { action: `ecr:${operation}`, resources, ...(policy === undefined ? {} : { resourcePolicies: [policy] }) };
}

/** With the repository's policy, whose statements name no resource. */
export function createAccess(store: Store): Record<string, Access> {
  const on =
    (operation: string): Access =>
    (input: Named, call) => {
      const names = input.repositoryNames ?? [input.repositoryName ?? /:repository\/(.+)$/.exec(input.resourceArn ?? "")?.[1] ?? "*"];
      return names.map((name) => repositoryNeed(store, call, operation, name));
    };
  return Object.fromEntries(ON_REPOSITORIES.map((operation) => [operation, on(operation)]));
}
