import type { GetAuthorizationTokenRequest, GetAuthorizationTokenResponse } from "@aws-sdk/client-ecr";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { issueToken, USER } from "../registry/tokens.ts";

/**
 * A token in the form that `docker login` takes, base64 of `AWS:<password>`; valid for 12 hours. It stands for who asks, and
 * the endpoint is this cloud's own: Docker takes plain HTTP from loopback addresses.
 */
export function GetAuthorizationToken(
  deps: Pick<EcrDeps, "store" | "clock" | "ids" | "endpoint">,
  input: GetAuthorizationTokenRequest,
  call: Call,
): GetAuthorizationTokenResponse {
  const registries = input.registryIds?.length ? input.registryIds : [call.account];
  return {
    authorizationData: registries.map(() => {
      const { password, expires } = issueToken(deps, call.principal);
      return {
        authorizationToken: Buffer.from(`${USER}:${password}`).toString("base64"),
        expiresAt: new Date(expires),
        proxyEndpoint: deps.endpoint(),
      };
    }),
  };
}
