import type { DeployerDeps, NestedStacks } from "../engine/engine.ts";
import type { PendingResponses } from "../engine/responses.ts";
import { acmProviders } from "./acm.ts";
import { apiGatewayProviders } from "./apigateway.ts";
import { applicationAutoScalingProviders } from "./application-autoscaling.ts";
import { appRegistryProviders } from "./appregistry.ts";
import { autoScalingProviders } from "./autoscaling.ts";
import { backupProviders } from "./backup.ts";
import { cloudFormationProviders } from "./cloudformation.ts";
import { customResource } from "./custom.ts";
import { ec2AccessProviders } from "./ec2-access.ts";
import { ec2InterfaceProviders } from "./ec2-interface.ts";
import { ec2NetworkProviders } from "./ec2-network.ts";
import { ecrProviders } from "./ecr.ts";
import { ecsProviders } from "./ecs.ts";
import { efsProviders } from "./efs.ts";
import { elbProviders } from "./elb.ts";
import { iamProviders } from "./iam.ts";
import { lambdaProviders } from "./lambda.ts";
import { messagingProviders } from "./messaging.ts";
import { observabilityProviders } from "./observability.ts";
import type { ProviderRegistry, ResourceProvider } from "./provider.ts";
import { queueProviders } from "./queues.ts";
import { route53Providers } from "./route53.ts";
import { s3Providers } from "./s3.ts";
import { schedulerProviders } from "./scheduler.ts";
import { secretsManagerProviders } from "./secretsmanager.ts";
import { stateMachineProviders } from "./state-machines.ts";

/** The resource types that need nothing but the services' operations. */
export const plainProviders: readonly ResourceProvider[] = [
  ...acmProviders,
  ...apiGatewayProviders,
  ...applicationAutoScalingProviders,
  ...appRegistryProviders,
  ...autoScalingProviders,
  ...backupProviders,
  ...ec2AccessProviders,
  ...ec2InterfaceProviders,
  ...ec2NetworkProviders,
  ...ecrProviders,
  ...ecsProviders,
  ...efsProviders,
  ...elbProviders,
  ...iamProviders,
  ...lambdaProviders,
  ...messagingProviders,
  ...observabilityProviders,
  ...queueProviders,
  ...route53Providers,
  ...s3Providers,
  ...schedulerProviders,
  ...secretsManagerProviders,
  ...stateMachineProviders,
];

/** Every resource type that this cloud has, by name; `Custom::Anything` too. */
export function createProviders(
  deps: Pick<DeployerDeps, "lambda" | "sns" | "ids" | "responseUrl">,
  responses: PendingResponses,
  nested: NestedStacks,
): ProviderRegistry {
  const byType = new Map([...plainProviders, ...cloudFormationProviders(nested)].map((provider) => [provider.type, provider]));
  return {
    get(type) {
      const known = byType.get(type);
      if (known || !(type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource")) return known;
      const custom = customResource({ ...deps, responses }, type);
      byType.set(type, custom);
      return custom;
    },
  };
}
