import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { AccessNeed, Principal } from "../../../core/service.ts";
import { identify } from "../../../gateway/identify.ts";
import type { WireRequest } from "../../../wire/protocol.ts";

/** `requestContext.authorizer.iam` ("Control access to HTTP APIs with IAM authorization"). */
export interface IamAuthorizer {
  accessKey: string;
  accountId: string;
  callerId: string;
  cognitoIdentity: null;
  principalOrgId: string;
  userArn: string;
  userId: string;
}

export interface InvokeIam {
  principalOf(accessKeyId: string, sessionToken?: string): Principal & { userId?: string };
  authorize(principal: Principal, needs: AccessNeed[], context: Record<string, string | string[]>): void;
}

/**
 * The caller of a route with AWS_IAM, who needs execute-api:Invoke on `arn:aws:execute-api:<region>:<account>:<apiId>/<stage>/
 * <method>/<path>`; undefined where it is not allowed. As everywhere in this cloud, signatures are not checked.
 */
export function iamCaller(
  iam: InvokeIam,
  wire: WireRequest,
  scope: Scope,
  to: { apiId: string; stage: string; path: string },
): IamAuthorizer | undefined {
  try {
    const signed = identify(wire);
    const principal = iam.principalOf(signed.accessKeyId, signed.sessionToken);
    const resource = `arn:aws:execute-api:${scope.region}:${scope.account}:${to.apiId}/${to.stage}/${wire.method}${to.path}`;
    // HTTP APIs have no resource policies, so other accounts do not come in.
    const needs: AccessNeed[] = [{ action: "execute-api:Invoke", resources: [resource], resourceAccount: scope.account }];
    iam.authorize(principal, needs, { "aws:RequestedRegion": scope.region });
    const userId = principal.userId ?? principal.account;
    return {
      accessKey: signed.accessKeyId,
      accountId: principal.account,
      callerId: userId,
      cognitoIdentity: null,
      principalOrgId: "",
      userArn: principal.arn,
      userId,
    };
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
