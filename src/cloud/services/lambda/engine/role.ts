import { AwsError } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { AccessNeed, Principal } from "../../../core/service.ts";

/** IAM, as far as Lambda needs it. */
export interface LambdaIam {
  /** @throws AwsError AccessDenied */
  authorize(principal: Principal, needs: readonly AccessNeed[], context: Readonly<Record<string, string | string[]>>): void;
  canAssume(roleArn: string, servicePrincipal: string): boolean;
  allowsService(
    policy: string,
    servicePrincipal: string,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | string[]>>,
  ): boolean;
}

/** A function's role, as Lambda takes it on to write logs and to deliver what failed. */
export function rolePrincipal(roleArn: string, functionName: string): Principal {
  const { account, resource } = parseArn(roleArn) ?? { account: "", resource: "" };
  const roleName = resource.slice(resource.lastIndexOf("/") + 1);
  return { kind: "assumed-role", arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${functionName}`, account, roleName };
}

/** May the role do it? */
export function roleMay(iam: LambdaIam, principal: Principal, region: string, action: string, resource: string): boolean {
  try {
    iam.authorize(principal, [{ action, resources: [resource] }], { "aws:RequestedRegion": region });
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
