import type { Deployer } from "../../deploy/index.ts";
import { bind, type Service } from "../../core/service.ts";
import { access } from "./access.ts";
import { CreateChangeSet, DeleteChangeSet, DescribeChangeSet, ExecuteChangeSet, ListChangeSets } from "./operations/change-sets.ts";
import { CreateStack } from "./operations/create-stack.ts";
import { DeleteStack } from "./operations/delete-stack.ts";
import { DescribeEvents } from "./operations/describe-events.ts";
import { DescribeStackEvents, DescribeStackResource, DescribeStackResources, ListStackResources } from "./operations/describe-resources.ts";
import { DescribeStacks, ListStacks } from "./operations/describe-stacks.ts";
import { DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts, DetectStackDrift, DetectStackResourceDrift } from "./operations/drift.ts";
import { ListExports, ListImports } from "./operations/exports.ts";
import { RollbackStack } from "./operations/rollback-stack.ts";
import { GetTemplate, GetTemplateSummary, ValidateTemplate } from "./operations/templates.ts";
import { UpdateStack, UpdateTerminationProtection } from "./operations/update-stack.ts";

export interface CloudFormationDeps {
  deployer: Deployer;
}

/** CloudFormation's operations over the deployer. Source of shapes and codes: botocore, cloudformation 2010-05-15. */
export function createCloudFormation(deps: CloudFormationDeps): Service {
  return {
    name: "cloudformation",
    signingNames: ["cloudformation"],
    sdk: () => import("@aws-sdk/client-cloudformation"),
    protocols: ["awsQuery"],
    xmlNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    apiVersion: "2010-05-15",
    access,
    operations: bind(deps, {
      CreateChangeSet,
      CreateStack,
      DeleteChangeSet,
      DeleteStack,
      DescribeChangeSet,
      DescribeEvents,
      DescribeStackDriftDetectionStatus,
      DescribeStackEvents,
      DescribeStackResource,
      DescribeStackResourceDrifts,
      DescribeStackResources,
      DescribeStacks,
      DetectStackDrift,
      DetectStackResourceDrift,
      ExecuteChangeSet,
      GetTemplate,
      GetTemplateSummary,
      ListChangeSets,
      ListExports,
      ListImports,
      ListStackResources,
      ListStacks,
      RollbackStack,
      UpdateStack,
      UpdateTerminationProtection,
      ValidateTemplate,
    }),
  };
}
