import { aws_autoscaling as autoscaling, aws_ec2 as ec2, aws_ecs as ecs, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { clusterName, groupName, serviceName } from "../../functions/shared/names.ts";
import { acknowledgeInsights, clusterSettings } from "../cluster-settings.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledge } from "../rouse-stack.ts";
import { launchTemplate } from "./launch-template.ts";
import type { Volume } from "./volumes.ts";

export interface EcsAsgProps extends LeafContext {
  readonly vpc: ec2.IVpc;
  readonly keyPair: ec2.IKeyPair;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly volumes: readonly Volume[];
  readonly taskDefinition: ecs.TaskDefinition;
}

/** The cluster, the group of at most one instance, and the service that runs one task on whatever instance there is. */
export class EcsAsg extends NestedStack {
  constructor(scope: Construct, id: string, props: EcsAsgProps) {
    super(scope, id);
    const { leaf, application, vpc } = props;
    const cluster = new ecs.CfnCluster(this, "Cluster", {
      clusterName: clusterName(application, leaf.name),
      clusterSettings: clusterSettings(props.project),
    });
    acknowledgeInsights(cluster, props.project);

    const group = new autoscaling.CfnAutoScalingGroup(this, "Group", {
      autoScalingGroupName: groupName(application, leaf.name),
      minSize: "0",
      maxSize: "1",
      // No desired capacity: a deploy would reset it, and evict the users or start what sleeps.
      launchTemplate: launchTemplate(this, cluster, props),
      vpcZoneIdentifier: vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC }).subnetIds,
      healthCheckType: "EC2",
      cooldown: "0",
    });
    acknowledge(
      group,
      "AwsSolutions-AS3",
      "People are told by the reconcile function, once per occasion; notifications of the group would be a second mail.",
    );
    acknowledge(
      group,
      "AwsSolutions-AS1",
      "No scaling policy here looks at the cooldown: they are step policies. A wake during shutdown must not wait.",
    );

    const capacity = new ecs.CfnCapacityProvider(this, "Capacity", {
      autoScalingGroupProvider: {
        autoScalingGroupArn: group.attrAutoScalingGroupArn,
        // Who starts it is start-system, who stops it is the watchdog: nobody else writes the desired count.
        managedScaling: { status: "DISABLED" },
        // Would keep the watchdog from ending the instance.
        managedTerminationProtection: "DISABLED",
        // The task gets its stop signal and its stop timeout before the instance goes.
        managedDraining: "ENABLED",
      },
    });
    const association = new ecs.CfnClusterCapacityProviderAssociations(this, "CapacityOfCluster", {
      cluster: cluster.ref,
      capacityProviders: [capacity.ref],
      defaultCapacityProviderStrategy: [],
    });
    const service = new ecs.CfnService(this, "Service", {
      serviceName: serviceName(application, leaf.name),
      cluster: cluster.ref,
      taskDefinition: props.taskDefinition.taskDefinitionArn,
      launchType: "EC2",
      // One task per instance, and so without a desired count that a deploy could reset.
      schedulingStrategy: "DAEMON",
      // The ports of the one instance can be had by one task only: the old one has to go first.
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    });
    service.addResourceDependency(association);
  }
}
