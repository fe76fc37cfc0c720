import type {
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ValidateResourcePolicyRequest,
  ValidateResourcePolicyResponse,
} from "@aws-sdk/client-secrets-manager";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { liveSecretOf, secretOf } from "../shared.ts";
import { secrets } from "../state.ts";

type Deps = Pick<SecretsManagerParts, "store" | "checkPolicy">;

/** @throws AwsError MalformedPolicyDocumentException, PublicPolicyException */
export function PutResourcePolicy({ store, checkPolicy }: Deps, input: PutResourcePolicyRequest, call: Call): PutResourcePolicyResponse {
  const row = liveSecretOf(store, call, input.SecretId, "PutResourcePolicy");
  const policy = input.ResourcePolicy ?? "";
  if (checkPolicy(policy) !== undefined) throw new AwsError("MalformedPolicyDocumentException", "This resource policy contains a syntax error.");
  if (input.BlockPublicPolicy && isPublic(policy))
    throw new AwsError("PublicPolicyException", "The policy was not attached because it grants broad access to the secret.");
  secrets(store, call).update(row.name, { policy });
  return { ARN: row.arn, Name: row.name };
}

interface Statement {
  Effect?: string;
  Principal?: unknown;
  Condition?: unknown;
}

/** AWS reasons about all that a policy could allow; here only the plain case counts: everybody, under no condition. */
function isPublic(policy: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  const isEverybody = (principal: unknown): boolean =>
    principal === "*" || (typeof principal === "object" && principal !== null && Object.values(principal).flat().includes("*"));
  return [Statement].flat().some(({ Effect, Principal, Condition }) => Effect === "Allow" && Condition === undefined && isEverybody(Principal));
}

export function GetResourcePolicy({ store }: Pick<Deps, "store">, input: GetResourcePolicyRequest, call: Call): GetResourcePolicyResponse {
  const row = secretOf(store, call, input.SecretId, "GetResourcePolicy");
  return { ARN: row.arn, Name: row.name, ...(row.policy === undefined ? {} : { ResourcePolicy: row.policy }) };
}

export function DeleteResourcePolicy({ store }: Pick<Deps, "store">, input: DeleteResourcePolicyRequest, call: Call): DeleteResourcePolicyResponse {
  const { policy: _, ...row } = liveSecretOf(store, call, input.SecretId, "DeleteResourcePolicy");
  secrets(store, call).set(row.name, row);
  return { ARN: row.arn, Name: row.name };
}

/** Says what PutResourcePolicy with `BlockPublicPolicy` would refuse. The names of AWS's checks are not known. */
export function ValidateResourcePolicy(
  { store, checkPolicy }: Deps,
  input: ValidateResourcePolicyRequest,
  call: Call,
): ValidateResourcePolicyResponse {
  if (input.SecretId !== undefined) secretOf(store, call, input.SecretId, "ValidateResourcePolicy");
  const policy = input.ResourcePolicy ?? "";
  const problem = checkPolicy(policy);
  if (problem !== undefined) return { PolicyValidationPassed: false, ValidationErrors: [{ CheckName: "SYNTAX", ErrorMessage: problem }] };
  if (!isPublic(policy)) return { PolicyValidationPassed: true, ValidationErrors: [] };
  const ErrorMessage = "The policy grants broad access to the secret.";
  return { PolicyValidationPassed: false, ValidationErrors: [{ CheckName: "PUBLIC", ErrorMessage }] };
}
