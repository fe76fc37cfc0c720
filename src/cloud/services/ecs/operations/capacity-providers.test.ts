import { expect, test } from "vitest";
import { NotSupported } from "../../../core/errors.ts";
import { type Harness, harness } from "../testing.ts";

const GROUP = "arn:aws:autoscaling:us-west-2:000000000000:autoScalingGroup:1:autoScalingGroupName/asg";

async function attached(provider: object = {}): Promise<Harness> {
  const h = await harness();
  await h.run("CreateCluster", { clusterName: "arcade" });
  await h.run("CreateCapacityProvider", { name: "leaf", autoScalingGroupProvider: { autoScalingGroupArn: GROUP, ...provider } });
  await h.run("PutClusterCapacityProviders", { cluster: "arcade", capacityProviders: ["leaf"], defaultCapacityProviderStrategy: [] });
  return h;
}

test("managed draining is on by default, and puts ECS's hook on the group", async () => {
  const h = await attached();
  expect(h.apiCalls).toEqual([
    {
      service: "autoscaling",
      operation: "PutLifecycleHook",
      input: {
        AutoScalingGroupName: "asg",
        LifecycleHookName: "ecs-managed-draining-termination-hook",
        LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout: 3600,
        DefaultResult: "CONTINUE",
      },
    },
  ]);
});

test("without managed draining there is no hook, and switching it off removes it", async () => {
  expect((await attached({ managedDraining: "DISABLED" })).apiCalls).toEqual([]);
  const h = await attached();
  await h.run("UpdateCapacityProvider", { name: "leaf", autoScalingGroupProvider: { managedDraining: "DISABLED" } });
  expect(h.apiCalls.at(-1)).toMatchObject({ operation: "DeleteLifecycleHook" });
});

test("managed scaling is not there, and says so", async () => {
  await expect(attached({ managedScaling: { status: "ENABLED" } })).rejects.toBeInstanceOf(NotSupported);
});

test("an instance of the group belongs to its provider", async () => {
  const h = await attached();
  await h.instance("i-1", "running");
  const { containerInstanceArns } = await h.run("ListContainerInstances", { cluster: "arcade" });
  const { containerInstances } = await h.run("DescribeContainerInstances", { cluster: "arcade", containerInstances: containerInstanceArns });
  expect(containerInstances).toMatchObject([{ capacityProviderName: "leaf", ec2InstanceId: "i-1", status: "ACTIVE", agentConnected: true }]);
  await expect(h.run("DeleteCapacityProvider", { capacityProvider: "leaf" })).rejects.toMatchObject({ code: "ClientException" });
  await expect(h.run("DeleteCluster", { cluster: "arcade" })).rejects.toMatchObject({ code: "ClusterContainsContainerInstancesException" });
});
