import type { Credentials } from "@aws-sdk/client-sts";
import type { IssuedSession } from "./index.ts";

export const describeCredentials = (session: IssuedSession): Credentials => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.sessionToken,
  Expiration: new Date(session.expiresAt),
});
