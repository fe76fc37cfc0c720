import type {
  APIErrorType,
  BatchGetSecretValueRequest,
  BatchGetSecretValueResponse,
  GetSecretValueResponse,
  SecretValueEntry,
} from "@aws-sdk/client-secrets-manager";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { matches } from "../filters.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidParameter, page } from "../shared.ts";
import { secrets } from "../state.ts";

const MOST = 20;

/** Values of several secrets, each read with the caller's permissions; what cannot be read is told in `Errors`. */
export async function BatchGetSecretValue(
  { store, api }: Pick<SecretsManagerParts, "store" | "api">,
  input: BatchGetSecretValueRequest,
  call: Call,
): Promise<BatchGetSecretValueResponse> {
  if (!input.SecretIdList === !input.Filters) throw invalidParameter("You must include Filters or SecretIdList, but not both.");
  if (input.SecretIdList && (input.MaxResults !== undefined || input.SecretIdList.length > MOST))
    throw invalidParameter(`SecretIdList takes at most ${MOST} secrets, and MaxResults goes with Filters only.`);
  const found = input.Filters
    ? secrets(store, call).filter((row) => row.deletesAt === undefined && matches(row, call.region, input.Filters!))
    : undefined;
  const { items, NextToken } = found ? page(found, input, MOST) : { items: [] };
  const SecretValues: SecretValueEntry[] = [];
  const Errors: APIErrorType[] = [];
  for (const SecretId of input.SecretIdList ?? items.map(({ arn }) => arn)) {
    try {
      SecretValues.push(await api.call<GetSecretValueResponse>("secretsmanager", "GetSecretValue", { SecretId }, call, call.principal));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ SecretId, ErrorCode: error.code === "AccessDenied" ? "AccessDeniedException" : error.code, Message: error.message });
    }
  }
  return { SecretValues, Errors, ...(NextToken === undefined ? {} : { NextToken }) };
}
