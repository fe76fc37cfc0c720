import { aws_ec2 as ec2 } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type Volume, Volumes } from "../leaf/volumes.ts";
import type { LeafContext } from "../leaf-stack.ts";
import type { Computed } from "./leaf-compute.ts";

const NFS = 2049;

/**
 * The volumes of a leaf whose tasks run in a cluster of their own. The ids are those of every kind of leaf, so that the files
 * of one that changes its kind stay where they are.
 * @param client security group of the tasks, which alone may mount them
 */
export function leafVolumes(
  stack: Construct,
  { leaf }: Pick<LeafContext<Computed>, "leaf">,
  vpc: ec2.IVpc,
  client: ec2.ISecurityGroup,
): readonly Volume[] {
  if (Object.keys(leaf.volumes).length === 0) return [];
  const securityGroup = new ec2.SecurityGroup(stack, "FileSystems", {
    vpc,
    description: `${leaf.name}: its volumes, from its tasks only`,
    allowAllOutbound: false,
  });
  securityGroup.addIngressRule(client, ec2.Port.tcp(NFS), "NFS from the tasks");
  return new Volumes(stack, "Volumes", { leaf, vpc, securityGroup }).all;
}
