import { aws_autoscaling as autoscaling, aws_ec2 as ec2, aws_ecs as ecs, aws_iam as iam, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Ec2Compute, FargateCompute, OwnEngine, ServiceLeaf, TaskLeaf } from "../../config/schema.ts";
import type { Engine } from "../../functions/shared/engine.ts";
import { clusterName, groupName, taskFamily } from "../../functions/shared/names.ts";
import { addContainer, reservedMemory } from "../leaf/container-definition.ts";
import { launchTemplate } from "../leaf/launch-template.ts";
import type { Volume } from "../leaf/volumes.ts";
import { acknowledgeInsights, clusterSettings } from "../cluster-settings.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledge } from "../rouse-stack.ts";
import { leafId, rolePath } from "../engine/engine-arns.ts";

/** Leaves whose tasks run in a cluster of their own, on Fargate or on instances that a capacity provider brings. */
export type Computed = OwnEngine | TaskLeaf | ServiceLeaf;

export interface LeafComputeProps extends LeafContext<Computed> {
  readonly vpc: ec2.IVpc;
  readonly keyPair: ec2.IKeyPair;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly volumes: readonly Volume[];
  /** With `compute.on: ec2`: how many instances there may be at a time. Default: 1. */
  readonly mostInstances?: number;
}

/** The cluster, what its tasks run on, and the task definition. No service: a task is there when somebody, or a service beside it, starts one. */
export class LeafCompute extends Construct {
  readonly cluster: ecs.CfnCluster;
  /** With its two roles, which nothing but `rolePath` distinguishes from others. */
  readonly taskDefinition: ecs.TaskDefinition;
  /** For RunTask and for services. */
  readonly capacity: Engine["capacity"];

  constructor(stack: Stack, id: string, props: LeafComputeProps) {
    super(stack, id);
    const { leaf, application } = props;
    const cluster = new ecs.CfnCluster(this, "Cluster", {
      clusterName: clusterName(application, leaf.name),
      clusterSettings: clusterSettings(props.project),
    });
    acknowledgeInsights(cluster, props.project);
    this.cluster = cluster;
    const { compute } = leaf;
    const providers = compute.on === "ec2" ? [this.instances(stack, cluster, { ...props, leaf: { ...leaf, compute } })] : ["FARGATE", "FARGATE_SPOT"];
    new ecs.CfnClusterCapacityProviderAssociations(this, "Capacity", {
      cluster: cluster.ref,
      capacityProviders: providers,
      defaultCapacityProviderStrategy: [],
    });
    this.capacity =
      compute.on === "fargate"
        ? { launchType: "FARGATE" }
        : { providers: [{ name: compute.on === "ec2" ? providers[0]! : "FARGATE_SPOT", weight: 1, base: 0 }] };
    this.taskDefinition = this.task(props);
  }

  /** Instances that are there while there are tasks: who starts the tasks is all that starts them. */
  private instances(stack: Stack, cluster: ecs.CfnCluster, props: LeafComputeProps & { leaf: { compute: Ec2Compute } }): string {
    const most = props.mostInstances ?? 1;
    const group = new autoscaling.CfnAutoScalingGroup(this, "Group", {
      autoScalingGroupName: groupName(props.application, props.leaf.name),
      minSize: "0",
      maxSize: String(most),
      // No desired capacity: ECS writes it, and a deploy would reset it.
      launchTemplate: launchTemplate(stack, cluster, props),
      vpcZoneIdentifier: props.vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC }).subnetIds,
      healthCheckType: "EC2",
      cooldown: "0",
    });
    acknowledge(
      group,
      "AwsSolutions-AS3",
      "People are told by the reconcile function, once per occasion; notifications of the group would be a second mail.",
    );
    acknowledge(group, "AwsSolutions-AS1", "ECS scales it with a policy of its own, which does not look at the cooldown.");
    const provider = new ecs.CfnCapacityProvider(this, "Instances", {
      autoScalingGroupProvider: {
        autoScalingGroupArn: group.attrAutoScalingGroupArn,
        // One instance for one task, none for none.
        managedScaling: { status: "ENABLED", targetCapacity: 100, minimumScalingStepSize: 1, maximumScalingStepSize: most },
        // With one instance and one task the reservation is 100 %, and nothing is scaled in; of several, one is drained first.
        managedTerminationProtection: "DISABLED",
        managedDraining: "ENABLED",
      },
    });
    return provider.ref;
  }

  private task(props: LeafComputeProps): ecs.TaskDefinition {
    const { leaf, application, project, volumes } = props;
    const role = (id: string): iam.Role =>
      new iam.Role(this, id, { path: rolePath(leafId(project, leaf)), assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com") });
    const common = { family: taskFamily(application, leaf.name), taskRole: role("TaskRole"), executionRole: role("ExecutionRole") };
    const { compute } = leaf;
    if (compute.on === "ec2") {
      const definition = new ecs.Ec2TaskDefinition(this, "Task", { ...common, networkMode: ecs.NetworkMode.BRIDGE });
      // A port of the instance that ECS chooses: the next task need not wait for the last one's.
      const portMappings = leaf.ports.map(({ port }) => ({ containerPort: port, hostPort: 0, protocol: ecs.Protocol.TCP }));
      addContainer(this, definition, props, volumes, { portMappings, memoryReservationMiB: reservedMemory({ name: leaf.name, compute }) });
      return definition;
    }
    const definition = fargateTask(this, common, compute);
    const portMappings = leaf.ports.map(({ port }) => ({ containerPort: port, protocol: ecs.Protocol.TCP }));
    addContainer(this, definition, props, volumes, { portMappings });
    return definition;
  }
}

function fargateTask(
  scope: Construct,
  common: Pick<ecs.TaskDefinitionProps, "family" | "taskRole" | "executionRole">,
  compute: FargateCompute,
): ecs.TaskDefinition {
  return new ecs.FargateTaskDefinition(scope, "Task", {
    ...common,
    cpu: compute.cpu,
    memoryLimitMiB: compute.memory,
    runtimePlatform: {
      cpuArchitecture: compute.architecture === "arm64" ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
}
