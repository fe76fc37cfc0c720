import type { GetAuthorizationTokenRequest, GetAuthorizationTokenResponse } from "@aws-sdk/client-ecr";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";

const HOURS_12_MS = 12 * 3_600_000;

/** A token in the form that `docker login` takes, base64 of `AWS:<password>`; valid for 12 hours. No registry asks for it here. */
export function GetAuthorizationToken(
  { clock, ids }: Pick<EcrDeps, "clock" | "ids">,
  input: GetAuthorizationTokenRequest,
  call: Call,
): GetAuthorizationTokenResponse {
  const registries = input.registryIds?.length ? input.registryIds : [call.account];
  return {
    authorizationData: registries.map((account) => ({
      authorizationToken: Buffer.from(`AWS:${ids.hex(64)}`).toString("base64"),
      expiresAt: new Date(clock.now() + HOURS_12_MS),
      proxyEndpoint: `https://${account}.dkr.ecr.${call.region}.amazonaws.com`,
    })),
  };
}
