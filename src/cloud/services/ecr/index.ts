import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { RegistryPort } from "../../core/ports.ts";
import { type AccessNeed, bind, type Principal, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import type { WireRequest, WireResponse } from "../../wire/protocol.ts";
import { createAccess } from "./access.ts";
import { Files } from "./content/files.ts";
import { Housekeeping } from "./housekeeping.ts";
import { GetAccountSetting, PutAccountSetting } from "./operations/account-settings.ts";
import { GetAuthorizationToken } from "./operations/authorization.ts";
import { BatchDeleteImage, BatchGetImage, DescribeImages, ListImages, PutImage } from "./operations/images.ts";
import {
  BatchCheckLayerAvailability,
  CompleteLayerUpload,
  GetDownloadUrlForLayer,
  InitiateLayerUpload,
  UploadLayerPart,
} from "./operations/layers.ts";
import { GetLifecyclePolicyPreview, StartLifecyclePolicyPreview } from "./operations/lifecycle-preview.ts";
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
import { createImagesPort } from "./port.ts";
import { createRegistry, isForRegistry } from "./registry/index.ts";

export interface EcrDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** What is wrong with a resource policy, in IAM's words; undefined for nothing. */
  checkPolicy: (policy: string) => string | undefined;
  /** Of IAM. */
  iam: { authorize(principal: Principal, needs: AccessNeed[], context: Record<string, string>): void };
  /** A session of a role, without credentials; undefined where the ARN is not that of a role. */
  sessionOf: (roleArn: string, sessionName: string) => Principal | undefined;
  /** Where Docker reaches the registry: `http://127.0.0.1:4590`. */
  endpoint: () => string;
  /** Layers are in `<dataDir>/ecr/`. */
  dataDir: string;
  /** Says something to the person who runs the cloud: one line. */
  log: (line: string) => void;
}

/** What the operations and the registry need, made once. */
export interface EcrParts extends EcrDeps {
  files: Files;
  housekeeping: Housekeeping;
}

/** What the gateway asks of it: the answer to a request that comes from Docker. */
export interface RegistryFront {
  serves(request: WireRequest): boolean;
  answer(request: WireRequest): Promise<WireResponse>;
}

const OPERATIONS = {
  BatchCheckLayerAvailability,
  BatchDeleteImage,
  BatchGetImage,
  CompleteLayerUpload,
  CreateRepository,
  DeleteLifecyclePolicy,
  DeleteRepository,
  DeleteRepositoryPolicy,
  DescribeImages,
  DescribeRepositories,
  GetAccountSetting,
  GetAuthorizationToken,
  GetDownloadUrlForLayer,
  GetLifecyclePolicy,
  GetLifecyclePolicyPreview,
  GetRepositoryPolicy,
  InitiateLayerUpload,
  ListImages,
  ListTagsForResource,
  PutAccountSetting,
  PutImage,
  PutImageScanningConfiguration,
  PutImageTagMutability,
  PutLifecyclePolicy,
  SetRepositoryPolicy,
  StartLifecyclePolicyPreview,
  TagResource,
  UntagResource,
  UploadLayerPart,
};

/** Amazon ECR: repositories, images, and the registry that Docker pushes to and pulls from. */
export function createEcr(deps: EcrDeps): Service & { registry: RegistryPort; front: RegistryFront } {
  const files = new Files(deps.dataDir);
  const housekeeping = new Housekeeping({ ...deps, files });
  const parts: EcrParts = { ...deps, files, housekeeping };
  const answer = createRegistry(parts);
  return {
    name: "ecr",
    signingNames: ["ecr"],
    sdk: () => import("@aws-sdk/client-ecr"),
    loadLate: true,
    protocols: ["awsJson1_1"],
    apiVersion: "2015-09-21",
    operations: bind(parts, OPERATIONS),
    access: createAccess(deps.store),
    registry: createImagesPort(parts),
    front: { serves: isForRegistry, answer },
    start: () => housekeeping.start(),
    stop: () => housekeeping.stop(),
    reset: () => files.clear(),
  };
}
