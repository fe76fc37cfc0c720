import type { AccessNeed } from "./service.ts";

/**
 * What a caller needs to hand roles to a service (`iam:PassRole`): RunTask and RegisterTaskDefinition to
 * `ecs-tasks.amazonaws.com`, CreateFunction to `lambda.amazonaws.com`, RunInstances to `ec2.amazonaws.com`
 * (IAM User Guide, "Grant a user permissions to pass a role to an AWS service"). No roles, no need.
 */
export function passRole(roleArns: readonly (string | undefined)[], toService: string): AccessNeed[] {
  const resources = [...new Set(roleArns.filter((arn) => arn !== undefined && arn !== ""))] as string[];
  return resources.length === 0 ? [] : [{ action: "iam:PassRole", resources, context: { "iam:PassedToService": toService } }];
}
