import { AwsError } from "../core/errors.ts";
import { parseArn, type Scope } from "../core/scope.ts";
import type { AccessNeed, Principal } from "../core/service.ts";

interface Checks {
  authorize(principal: Principal, needs: readonly (AccessNeed & { resourcePolicies?: string[] })[], context: Record<string, string | string[]>): void;
}

/** May a role do this? For parts of the cloud that act for a role without a request of their own, such as the ECS agent. */
export function roleCheck(iam: Checks) {
  return (roleArn: string, needs: AccessNeed[], options?: { scope: Scope; resourcePolicy?: string }): { allowed: boolean; reason?: string } => {
    const parts = parseArn(roleArn);
    const roleName = parts?.resource.split("/").at(-1);
    if (!parts || !roleName) return { allowed: false, reason: `${roleArn} is not the ARN of a role` };
    const arn = `arn:aws:sts::${parts.account}:assumed-role/${roleName}/rouse`;
    const withPolicies = needs.map((need) => (options?.resourcePolicy ? { ...need, resourcePolicies: [options.resourcePolicy] } : need));
    try {
      iam.authorize(
        { kind: "assumed-role", arn, account: parts.account, roleName },
        withPolicies,
        options ? { "aws:RequestedRegion": options.scope.region } : {},
      );
      return { allowed: true };
    } catch (error) {
      if (error instanceof AwsError) return { allowed: false, reason: error.message };
      throw error;
    }
  };
}
