import { passRole } from "../../core/access.ts";
import { arn } from "../../core/scope.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";

/** `arn:…:stack/name/*` for a name, the id itself for an id ("Actions, resources, and condition keys for AWS CloudFormation"). */
const stackArn = (name: string | undefined, call: Call): string => {
  if (name === undefined) return "*";
  return name.startsWith("arn:") ? name : arn("cloudformation", call, `stack/${name}/*`);
};

const onStack =
  (operation: string): Access =>
  (input: { StackName?: string; RoleARN?: string }, call): AccessNeed[] => [
    { action: `cloudformation:${operation}`, resources: [stackArn(input.StackName, call)] },
    ...passRole([input.RoleARN], "cloudformation.amazonaws.com"),
  ];

const STACK_OPERATIONS = [
  "CreateChangeSet",
  "CreateStack",
  "DeleteChangeSet",
  "DeleteStack",
  "DescribeChangeSet",
  "DescribeEvents",
  "DescribeStackEvents",
  "DescribeStackResource",
  "DescribeStackResourceDrifts",
  "DescribeStackResources",
  "DescribeStacks",
  "DetectStackDrift",
  "DetectStackResourceDrift",
  "ExecuteChangeSet",
  "GetTemplate",
  "GetTemplateSummary",
  "ListChangeSets",
  "ListStackResources",
  "RollbackStack",
  "UpdateStack",
  "UpdateTerminationProtection",
];

export const access: Record<string, Access> = Object.fromEntries(STACK_OPERATIONS.map((operation) => [operation, onStack(operation)]));
