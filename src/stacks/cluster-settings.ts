import type { aws_ecs as ecs } from "aws-cdk-lib";
import type { Project } from "../config/schema.ts";
import { acknowledge } from "./rouse-stack.ts";

/** Settings of a leaf's cluster, as rouse.yaml has them. */
export function clusterSettings({ base }: Project): ecs.CfnCluster.ClusterSettingsProperty[] {
  const { containerInsights } = base;
  return [{ name: "containerInsights", value: containerInsights === "enhanced" ? "enhanced" : containerInsights ? "enabled" : "disabled" }];
}

/** Why a cluster goes without Container Insights, where it does. */
export function acknowledgeInsights(cluster: ecs.CfnCluster, { base }: Project): void {
  if (base.containerInsights) return;
  acknowledge(cluster, "AwsSolutions-ECS4", "Container Insights costs more than a leaf that sleeps. rouse.yaml: containerInsights.");
}
