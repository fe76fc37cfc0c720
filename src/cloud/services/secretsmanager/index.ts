import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { Deletions } from "./deletions.ts";
import { BatchGetSecretValue } from "./operations/batch-get-secret-value.ts";
import { CreateSecret } from "./operations/create-secret.ts";
import { DeleteSecret, RestoreSecret } from "./operations/delete-secret.ts";
import { DescribeSecret } from "./operations/describe-secret.ts";
import { GetRandomPassword } from "./operations/get-random-password.ts";
import { GetSecretValue } from "./operations/get-secret-value.ts";
import { ListSecretVersionIds } from "./operations/list-secret-version-ids.ts";
import { ListSecrets } from "./operations/list-secrets.ts";
import { PutSecretValue } from "./operations/put-secret-value.ts";
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy, ValidateResourcePolicy } from "./operations/resource-policies.ts";
import { TagResource, UntagResource } from "./operations/tags.ts";
import { UpdateSecret } from "./operations/update-secret.ts";
import { UpdateSecretVersionStage } from "./operations/update-secret-version-stage.ts";

export interface SecretsManagerDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** BatchGetSecretValue reads each secret as its caller. */
  api: Api;
  /** What is wrong with a resource policy, in IAM's words; undefined for nothing. */
  checkPolicy: (policy: string) => string | undefined;
}

/** What the operations need, made once. */
export interface SecretsManagerParts extends SecretsManagerDeps {
  deletions: Deletions;
}

const OPERATIONS = {
  BatchGetSecretValue,
  CreateSecret,
  DeleteResourcePolicy,
  DeleteSecret,
  DescribeSecret,
  GetRandomPassword,
  GetResourcePolicy,
  GetSecretValue,
  ListSecretVersionIds,
  ListSecrets,
  PutResourcePolicy,
  PutSecretValue,
  RestoreSecret,
  TagResource,
  UntagResource,
  UpdateSecret,
  UpdateSecretVersionStage,
  ValidateResourcePolicy,
};

/** AWS Secrets Manager. See README.md for what it has and what it lacks. */
export function createSecretsManager(deps: SecretsManagerDeps): Service {
  const deletions = new Deletions(deps);
  const parts: SecretsManagerParts = { ...deps, deletions };
  const stop = (): void => deletions.stop();
  return {
    name: "secretsmanager",
    signingNames: ["secretsmanager"],
    sdk: () => import("@aws-sdk/client-secrets-manager"),
    loadLate: true,
    protocols: ["awsJson1_1"],
    apiVersion: "2017-10-17",
    operations: bind(parts, OPERATIONS),
    access: createAccess(deps.store),
    start: () => deletions.start(),
    stop,
    reset: stop,
  };
}
