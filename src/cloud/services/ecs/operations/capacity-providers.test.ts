import { expect, test } from "vitest";
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

test("with managed scaling ECS marks the group as its own; termination protection needs it", async () => {
  const h = await attached({ managedScaling: { status: "ENABLED" }, managedTerminationProtection: "ENABLED" });
  expect(h.apiCalls.find(({ operation }) => operation === "CreateOrUpdateTags")?.input).toMatchObject({
    Tags: [{ ResourceId: "asg", Key: "AmazonECSManaged", PropagateAtLaunch: true }],
  });
  await expect(attached({ managedTerminationProtection: "ENABLED" })).rejects.toMatchObject({ code: "InvalidParameterException" });
});

test("AWS's own providers are every account's, and a strategy may not mix them with groups", async () => {
  const h = await attached();
  const { capacityProviders } = await h.run("DescribeCapacityProviders");
  expect(capacityProviders.map(({ name }: { name: string }) => name)).toEqual(["FARGATE", "FARGATE_SPOT", "leaf"]);
  const put = (defaultCapacityProviderStrategy: object[]): Promise<{ cluster: object }> =>
    h.run("PutClusterCapacityProviders", { cluster: "arcade", capacityProviders: ["FARGATE", "leaf"], defaultCapacityProviderStrategy });
  expect((await put([{ capacityProvider: "FARGATE" }])).cluster).toMatchObject({ capacityProviders: ["FARGATE", "leaf"] });
  const mixed = [
    { capacityProvider: "FARGATE", weight: 1 },
    { capacityProvider: "leaf", weight: 1 },
  ];
  await expect(put(mixed)).rejects.toThrow(/cannot contain a mix/);
  await expect(put([{ capacityProvider: "FARGATE_SPOT" }])).rejects.toThrow(/not associated with the cluster/);
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
