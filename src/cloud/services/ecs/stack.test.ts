import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud | undefined;
afterEach(() => cloud?.end());

const ref = (Ref: string): object => ({ Ref });
const PROCESS = JSON.stringify({ command: [process.execPath, "-e", "setInterval(() => {}, 1000)"], directory: "/" });

/** A cluster with Fargate, a service of `count` tasks on it, and an interface of its own. */
const template = (count: number): string =>
  JSON.stringify({
    Resources: {
      Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
      Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: ref("Vpc"), CidrBlock: "10.0.0.0/24" } },
      Group: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupDescription: "web", VpcId: ref("Vpc") } },
      Interface: { Type: "AWS::EC2::NetworkInterface", Properties: { SubnetId: ref("Subnet"), GroupSet: [ref("Group")], Description: "spare" } },
      Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterName: "arcade" } },
      Providers: {
        Type: "AWS::ECS::ClusterCapacityProviderAssociations",
        Properties: {
          Cluster: ref("Cluster"),
          CapacityProviders: ["FARGATE", "FARGATE_SPOT"],
          DefaultCapacityProviderStrategy: [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }],
        },
      },
      Definition: {
        Type: "AWS::ECS::TaskDefinition",
        Properties: {
          Family: "auth",
          NetworkMode: "awsvpc",
          RequiresCompatibilities: ["FARGATE"],
          Cpu: "256",
          Memory: "0.5GB",
          EphemeralStorage: { SizeInGiB: 30 },
          RuntimePlatform: { CpuArchitecture: "X86_64", OperatingSystemFamily: "LINUX" },
          ContainerDefinitions: [
            { Name: "web", Image: "auth", DockerLabels: { "dev.rouse.process": PROCESS }, PortMappings: [{ ContainerPort: 8080 }] },
          ],
        },
      },
      Service: {
        Type: "AWS::ECS::Service",
        DependsOn: "Providers",
        Properties: {
          Cluster: ref("Cluster"),
          ServiceName: "auth",
          DesiredCount: count,
          TaskDefinition: ref("Definition"),
          LaunchType: "FARGATE",
          PlatformVersion: "1.4.0",
          NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [ref("Subnet")], SecurityGroups: [ref("Group")], AssignPublicIp: "DISABLED" } },
        },
      },
    },
    Outputs: { Address: { Value: { "Fn::GetAtt": ["Interface", "PrimaryPrivateIpAddress"] } } },
  });

test("a stack makes a service on Fargate, changes it without a new deployment, and takes everything away again", async () => {
  cloud = await withCloud();
  const [cfn, ecs, ec2] = [cloud.client(CloudFormationClient), cloud.client(ECSClient), cloud.client(EC2Client)];
  const { clock } = cloud;
  const until = (status: string): Promise<void> =>
    clock.advanceUntil(
      async () => (await cfn.send(new DescribeStacksCommand({ StackName: "engine" }))).Stacks![0]!.StackStatus === status,
      600_000,
      status,
    );
  await cfn.send(new CreateStackCommand({ StackName: "engine", TemplateBody: template(1) }));
  await until("CREATE_COMPLETE");
  const service = async () => (await ecs.send(new DescribeServicesCommand({ cluster: "arcade", services: ["auth"] }))).services![0]!;
  const before = await service();
  expect(before).toMatchObject({ runningCount: 1, launchType: "FARGATE", platformVersion: "1.4.0", deployments: [{ rolloutState: "COMPLETED" }] });
  const addresses = async (): Promise<(string | undefined)[]> =>
    (await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces!.map(({ PrivateIpAddress }) => PrivateIpAddress);
  expect(new Set(await addresses())).toEqual(new Set(["10.0.0.4", "10.0.0.5"]));
  await cfn.send(new UpdateStackCommand({ StackName: "engine", TemplateBody: template(2) }));
  await until("UPDATE_COMPLETE");
  const after = await service();
  expect(after.runningCount).toBe(2);
  expect(after.deployments!.map(({ id }) => id)).toEqual(before.deployments!.map(({ id }) => id));
  const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: "engine" }));
  expect(await addresses()).toContain(Stacks![0]!.Outputs![0]!.OutputValue);
  await cfn.send(new DeleteStackCommand({ StackName: "engine" }));
  await clock.advanceUntil(
    () =>
      cfn.send(new DescribeStacksCommand({ StackName: "engine" })).then(
        () => false,
        () => true,
      ),
    600_000,
    "the end of the stack",
  );
  expect(await addresses()).toEqual([]);
});
