import { type AutoScalingClient, type AutoScalingGroup, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";

/** The leaf's group as it is now; undefined when its stack is gone, or going. */
export async function findGroup(autoScaling: AutoScalingClient, name: string): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return AutoScalingGroups?.[0];
}

/** @throws Error when there is none of that name: the stack is gone. */
export async function describeGroup(autoScaling: AutoScalingClient, name: string): Promise<AutoScalingGroup> {
  const group = await findGroup(autoScaling, name);
  if (!group) throw new Error(`there is no Auto Scaling group ${name}`);
  return group;
}
