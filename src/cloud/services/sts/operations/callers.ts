import type {
  GetAccessKeyInfoRequest,
  GetAccessKeyInfoResponse,
  GetCallerIdentityRequest,
  GetCallerIdentityResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from "@aws-sdk/client-sts";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { StsDeps } from "../index.ts";
import { describeCredentials } from "../shared.ts";

export const GetCallerIdentity = (
  { sessions }: Pick<StsDeps, "sessions">,
  _input: GetCallerIdentityRequest,
  { principal }: Call,
): GetCallerIdentityResponse => ({ UserId: sessions.userIdOf(principal), Account: principal.account, Arn: principal.arn });

/** Twelve hours unless told (STS API Reference, GetSessionToken). */
export function GetSessionToken({ sessions }: Pick<StsDeps, "sessions">, input: GetSessionTokenRequest, call: Call): GetSessionTokenResponse {
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
    throw new NotSupported("sts", "GetSessionToken", "multi-factor authentication");
  return { Credentials: describeCredentials(sessions.sessionFor(call.principal, input.DurationSeconds ?? 43_200)) };
}

export const GetAccessKeyInfo = ({ sessions }: Pick<StsDeps, "sessions">, input: GetAccessKeyInfoRequest): GetAccessKeyInfoResponse => ({
  Account: sessions.accountOf(input.AccessKeyId!),
});
