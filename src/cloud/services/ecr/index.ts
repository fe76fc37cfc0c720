import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { GetAuthorizationToken } from "./operations/authorization.ts";
import { BatchDeleteImage, BatchGetImage, DescribeImages, InitiateLayerUpload, ListImages, PutImage } from "./operations/images.ts";
import {
  DeleteLifecyclePolicy,
  DeleteRepositoryPolicy,
  GetLifecyclePolicy,
  GetRepositoryPolicy,
  PutLifecyclePolicy,
  SetRepositoryPolicy,
} from "./operations/policies.ts";
import {
  CreateRepository,
  DeleteRepository,
  DescribeRepositories,
  PutImageScanningConfiguration,
  PutImageTagMutability,
} from "./operations/repositories.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";

export interface EcrDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** What is wrong with a resource policy, in IAM's words; undefined for nothing. */
  checkPolicy: (policy: string) => string | undefined;
}

const OPERATIONS = {
  BatchDeleteImage,
  BatchGetImage,
  CreateRepository,
  DeleteLifecyclePolicy,
  DeleteRepository,
  DeleteRepositoryPolicy,
  DescribeImages,
  DescribeRepositories,
  GetAuthorizationToken,
  GetLifecyclePolicy,
  GetRepositoryPolicy,
  InitiateLayerUpload,
  ListImages,
  ListTagsForResource,
  PutImage,
  PutImageScanningConfiguration,
  PutImageTagMutability,
  PutLifecyclePolicy,
  SetRepositoryPolicy,
  TagResource,
  UntagResource,
};

/** Amazon ECR: repositories and what is known of their images. There is no registry behind it. */
export function createEcr(deps: EcrDeps): Service {
  return {
    name: "ecr",
    signingNames: ["ecr"],
    sdk: () => import("@aws-sdk/client-ecr"),
    loadLate: true,
    protocols: ["awsJson1_1"],
    apiVersion: "2015-09-21",
    operations: bind(deps, OPERATIONS),
    access: createAccess(deps.store),
  };
}
