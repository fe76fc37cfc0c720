import { AwsError } from "../../../core/errors.ts";
import type { Principal } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { tokens } from "../state.ts";

/** "An authorization token … is valid for 12 hours" (API_GetAuthorizationToken). */
const VALID_MS = 12 * 3_600_000;

/** The name that goes with every password. */
export const USER = "AWS";

/** A password for the registry. Whoever has it acts as the principal. */
export function issueToken(
  { store, clock, ids }: Pick<EcrDeps, "store" | "clock" | "ids">,
  principal: Principal,
): { password: string; expires: number } {
  const expires = clock.now() + VALID_MS;
  const password = ids.hex(64);
  tokens(store).set(password, { principal, expires });
  return { password, expires };
}

/**
 * Who asks, by the header Authorization; undefined where it does not say. @throws AwsError DENIED (403), in ECR's words
 * (https://github.com/aws/containers-roadmap, "Your authorization token has expired. Reauthenticate and try again.")
 */
export function principalOf({ store, clock }: Pick<EcrDeps, "store" | "clock">, authorization: string | undefined): Principal | undefined {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "");
  if (!basic) return undefined;
  const [user, password] = Buffer.from(basic[1]!, "base64").toString("utf8").split(":", 2);
  const row = tokens(store).get(password ?? "");
  if (user !== USER || !row) return undefined;
  if (row.expires > clock.now()) return row.principal;
  throw new AwsError("DENIED", "Your authorization token has expired. Reauthenticate and try again.", { status: 403 });
}
