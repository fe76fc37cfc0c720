import { AwsError } from "../core/errors.ts";
import { parseArn, type Scope } from "../core/scope.ts";
import type { AccessNeed, Principal } from "../core/service.ts";

interface Checks {
  authorize(principal: Principal, needs: readonly (AccessNeed & { resourcePolicies?: string[] })[], context: Record<string, string | string[]>): void;
}

/** May a role do this? For parts of the cloud that act for a role without a request of their own, such as the ECS agent. */
export function roleCheck(iam: Checks) {
  return (roleArn: string, needs: AccessNeed[], options?: { scope: Scope; resourcePolicy?: string }): { allowed: boolean; reason?: string } => {
    const principal = roleSession(roleArn, "rouse");
    if (!principal) return { allowed: false, reason: `${roleArn} is not the ARN of a role` };
    const withPolicies = needs.map((need) => (options?.resourcePolicy ? { ...need, resourcePolicies: [options.resourcePolicy] } : need));
    try {
      iam.authorize(principal, withPolicies, options ? { "aws:RequestedRegion": options.scope.region } : {});
      return { allowed: true };
    } catch (error) {
      if (error instanceof AwsError) return { allowed: false, reason: error.message };
      throw error;
    }
  };
}

/** A session of a role, without credentials; undefined where the ARN is not that of a role. */
export function roleSession(roleArn: string, sessionName: string): Principal | undefined {
  const parts = parseArn(roleArn);
  const roleName = parts?.resource.startsWith("role/") ? parts.resource.split("/").at(-1) : undefined;
  if (!parts || !roleName) return undefined;
  const arn = `arn:aws:sts::${parts.account}:assumed-role/${roleName}/${sessionName}`;
  return { kind: "assumed-role", arn, account: parts.account, roleName };
}

/**
 * Who makes a stack's resources where the stack has a role ("CloudFormation service role").
 * @throws AwsError ValidationError where there is no such role, or its trust policy does not name CloudFormation
 */
export function serviceRole(iam: { canAssume(roleArn: string, servicePrincipal: string): boolean }): (roleArn: string) => Principal {
  return (roleArn) => {
    const principal = roleSession(roleArn, "AWSCloudFormation");
    if (!principal || !iam.canAssume(roleArn, "cloudformation.amazonaws.com"))
      throw new AwsError("ValidationError", `Role ${roleArn} is invalid or cannot be assumed`);
    return { ...principal, invokedBy: "cloudformation.amazonaws.com" };
  };
}
