import { bind, type Principal, type Service } from "../../core/service.ts";
import { AssumeRole } from "./operations/assume-role.ts";
import { GetAccessKeyInfo, GetCallerIdentity, GetSessionToken } from "./operations/callers.ts";

/** Temporary credentials; `expiresAt` in milliseconds since the epoch. */
export interface IssuedSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiresAt: number;
  arn: string;
  userId: string;
}

export interface StsDeps {
  /** Of IAM, which knows roles, trust policies and sessions. */
  sessions: {
    assumeRole(
      principal: Principal,
      input: {
        roleArn: string;
        sessionName: string;
        duration?: number;
        policy?: string;
        policyArns?: string[];
        tags?: Record<string, string>;
        externalId?: string;
      },
    ): IssuedSession;
    sessionFor(principal: Principal, duration: number): IssuedSession;
    userIdOf(principal: Principal): string;
    accountOf(accessKeyId: string): string;
  };
}

/** STS. Stateless: sessions are IAM's. */
export function createSts(deps: StsDeps): Service {
  return {
    name: "sts",
    signingNames: ["sts"],
    sdk: () => import("@aws-sdk/client-sts"),
    protocols: ["awsQuery"],
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    apiVersion: "2011-06-15",
    operations: bind(deps, { AssumeRole, GetCallerIdentity, GetSessionToken, GetAccessKeyInfo }),
    access: {
      // Whether a role may be assumed is decided with its trust policy, in the handler.
      AssumeRole: () => [],
      // "No permissions are required" (STS API Reference, GetCallerIdentity and GetSessionToken).
      GetCallerIdentity: () => [],
      GetSessionToken: () => [],
    },
  };
}
