import type { Tag } from "@aws-sdk/client-secrets-manager";
import { arn } from "../../core/scope.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { findSecret } from "./shared.ts";
import type { SecretRow } from "./state.ts";

interface Named {
  SecretId?: string;
  Name?: string;
  Description?: string;
  KmsKeyId?: string;
  VersionId?: string;
  VersionStage?: string;
  RecoveryWindowInDays?: number;
  ForceDeleteWithoutRecovery?: boolean;
  BlockPublicPolicy?: boolean;
  Tags?: Tag[];
  TagKeys?: string[];
  Filters?: unknown[];
}

type Context = Record<string, string | string[]>;

/** Members of requests that are condition keys of the service's own. */
const KEYS = [
  "SecretId",
  "Description",
  "KmsKeyId",
  "VersionId",
  "VersionStage",
  "RecoveryWindowInDays",
  "ForceDeleteWithoutRecovery",
  "BlockPublicPolicy",
] as const;

/** Which of them each operation has. */
const ON_SECRETS: Record<string, readonly (typeof KEYS)[number][]> = {
  DeleteResourcePolicy: ["SecretId"],
  DeleteSecret: ["SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"],
  DescribeSecret: ["SecretId"],
  GetResourcePolicy: ["SecretId"],
  GetSecretValue: ["SecretId", "VersionId", "VersionStage"],
  ListSecretVersionIds: ["SecretId"],
  PutResourcePolicy: ["SecretId", "BlockPublicPolicy"],
  PutSecretValue: ["SecretId"],
  RestoreSecret: ["SecretId"],
  TagResource: ["SecretId"],
  UntagResource: ["SecretId"],
  UpdateSecret: ["SecretId", "Description", "KmsKeyId"],
  UpdateSecretVersionStage: ["SecretId", "VersionStage"],
};

const fromRequest = (input: Named, keys: readonly (typeof KEYS)[number][]): Context => ({
  ...Object.fromEntries(keys.filter((key) => input[key] !== undefined).map((key) => [`secretsmanager:${key}`, String(input[key])])),
  ...Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
  ...(input.Tags || input.TagKeys ? { "aws:TagKeys": input.TagKeys ?? input.Tags!.map(({ Key }) => Key ?? "") } : {}),
});

const ofSecret = (row: SecretRow | undefined, call: Call): Context =>
  row
    ? {
        "secretsmanager:SecretPrimaryRegion": call.region,
        ...Object.fromEntries(
          Object.entries(row.tags).flatMap(([key, value]): [string, string][] => [
            [`secretsmanager:ResourceTag/${key}`, value],
            [`aws:ResourceTag/${key}`, value],
          ]),
        ),
      }
    : {};

/**
 * What each operation needs, with the secret's policy ("Actions, resources, and condition keys for AWS Secrets Manager"). A
 * secret that is not there is told by what the request calls it, as AWS does: `on resource: my-secret`.
 */
export function createAccess(store: Store): Record<string, Access> {
  const on =
    (operation: string): Access =>
    (input: Named, call): AccessNeed[] => {
      const row = findSecret(store, call, input.SecretId, operation);
      return [
        {
          action: `secretsmanager:${operation}`,
          resources: [row?.arn ?? input.SecretId ?? "*"],
          context: { ...fromRequest(input, ON_SECRETS[operation]!), ...ofSecret(row, call) },
          ...(row?.policy === undefined ? {} : { resourcePolicies: [row.policy] }),
        },
      ];
    };
  return {
    ...Object.fromEntries(Object.keys(ON_SECRETS).map((operation) => [operation, on(operation)])),
    CreateSecret: (input: Named, call) => {
      const context = { "secretsmanager:Name": input.Name ?? "", ...fromRequest(input, ["Description", "KmsKeyId"]) };
      // The six characters are not known yet; a policy that leaves room for any of them allows it.
      const resources = [arn("secretsmanager", call, `secret:${input.Name ?? "*"}-??????`)];
      const tagging = input.Tags?.length ? [{ action: "secretsmanager:TagResource", resources, context }] : [];
      return [{ action: "secretsmanager:CreateSecret", resources, context }, ...tagging];
    },
    ValidateResourcePolicy: (input: Named, call) =>
      input.SecretId === undefined
        ? [{ action: "secretsmanager:ValidateResourcePolicy", resources: ["*"] }]
        : [
            {
              action: "secretsmanager:ValidateResourcePolicy",
              resources: [findSecret(store, call, input.SecretId, "ValidateResourcePolicy")?.arn ?? input.SecretId],
              context: { "secretsmanager:SecretId": input.SecretId },
            },
          ],
    // Each secret's GetSecretValue is asked for on its own, and answered in `Errors` (API_BatchGetSecretValue).
    BatchGetSecretValue: (input: Named) => [
      { action: "secretsmanager:BatchGetSecretValue", resources: ["*"] },
      ...(input.Filters?.length ? [{ action: "secretsmanager:ListSecrets", resources: ["*"] }] : []),
    ],
  };
}
