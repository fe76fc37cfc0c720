import { aws_autoscaling as autoscaling, aws_ec2 as ec2, aws_ecs as ecs, aws_iam as iam, Fn, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { clusterName, groupName, serviceName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledge, acknowledgeWildcards } from "../rouse-stack.ts";
import type { Volume } from "./volumes.ts";

export interface EcsAsgProps extends LeafContext {
  readonly vpc: ec2.IVpc;
  readonly keyPair: ec2.IKeyPair;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly volumes: readonly Volume[];
  readonly taskDefinition: ecs.TaskDefinition;
}

const SESSION_MANAGER = "AmazonSSMManagedInstanceCore";

/** The cluster, the group of at most one instance, and the service that runs one task on whatever instance there is. */
export class EcsAsg extends NestedStack {
  constructor(scope: Construct, id: string, props: EcsAsgProps) {
    super(scope, id);
    const { leaf, application, vpc } = props;
    const cluster = new ecs.CfnCluster(this, "Cluster", {
      clusterName: clusterName(application, leaf.name),
      clusterSettings: [{ name: "containerInsights", value: "disabled" }],
    });
    acknowledge(cluster, "AwsSolutions-ECS4", "Container Insights costs more than a leaf that sleeps; the watchdog's metrics are free.");

    const group = new autoscaling.CfnAutoScalingGroup(this, "Group", {
      autoScalingGroupName: groupName(application, leaf.name),
      minSize: "0",
      maxSize: "1",
      // No desired capacity: a deploy would reset it, and evict the users or start what sleeps.
      launchTemplate: this.launchTemplate(cluster, props),
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

  private launchTemplate(cluster: ecs.CfnCluster, props: EcsAsgProps): autoscaling.CfnAutoScalingGroup.LaunchTemplateSpecificationProperty {
    const { leaf, keyPair, securityGroup, volumes } = props;
    const hardware = leaf.compute.architecture === "arm64" ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD;
    const profile = new iam.CfnInstanceProfile(this, "Profile", { roles: [this.instanceRole(cluster, volumes).roleName] });
    const template = new ec2.CfnLaunchTemplate(this, "Template", {
      launchTemplateData: {
        imageId: ecs.EcsOptimizedImage.amazonLinux2023(hardware).getImage(this).imageId,
        instanceType: leaf.compute.instanceType,
        keyName: keyPair.keyPairName,
        iamInstanceProfile: { arn: profile.attrArn },
        // A public address even where the subnet gives none by itself: there is no NAT, and it is what the users connect to.
        networkInterfaces: [{ deviceIndex: 0, associatePublicIpAddress: true, groups: [securityGroup.securityGroupId], deleteOnTermination: true }],
        // IMDSv2 only, and no further than the host itself: a container on the bridge is one hop too far.
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        // The watchdog's metrics, each minute.
        monitoring: { enabled: true },
        blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 30, volumeType: "gp3", encrypted: true, deleteOnTermination: true } }],
        userData: Fn.base64(userData(cluster.ref, volumes)),
      },
    });
    return { launchTemplateId: template.ref, version: template.attrLatestVersionNumber };
  }

  /** What the host may: be an ECS instance of this cluster, be reached by Session Manager, mount the volumes. */
  private instanceRole(cluster: ecs.CfnCluster, volumes: readonly Volume[]): iam.Role {
    const ofCluster = { ArnEquals: { "ecs:cluster": cluster.attrArn } };
    const instances = this.formatArn({ service: "ecs", resource: "container-instance", resourceName: `${cluster.ref}/*` });
    const statements = [
      new iam.PolicyStatement({
        sid: "Join",
        actions: [
          "ecs:RegisterContainerInstance",
          "ecs:DeregisterContainerInstance",
          "ecs:SubmitAttachmentStateChanges",
          "ecs:SubmitContainerStateChange",
          "ecs:SubmitTaskStateChange",
        ],
        resources: [cluster.attrArn],
      }),
      new iam.PolicyStatement({
        sid: "Report",
        actions: ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", "ecs:PutSystemLogEvents", "ecs:TagResource"],
        resources: [instances],
        conditions: ofCluster,
      }),
      // Asks where to poll; it has no resource types (Service Authorization Reference).
      new iam.PolicyStatement({ sid: "FindEndpoint", actions: ["ecs:DiscoverPollEndpoint"], resources: ["*"] }),
    ];
    if (volumes.length > 0) {
      const actions = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"];
      statements.push(new iam.PolicyStatement({ sid: "MountVolumes", actions, resources: volumes.map(({ fileSystemArn }) => fileSystemArn) }));
    }
    const role = new iam.Role(this, "InstanceRole", {
      assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(SESSION_MANAGER)],
      inlinePolicies: { Instance: new iam.PolicyDocument({ statements }) },
    });
    acknowledge(
      role,
      `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${SESSION_MANAGER}]`,
      "AmazonSSMManagedInstanceCore is what AWS keeps up to date for Session Manager; a copy would grow stale.",
    );
    acknowledgeWildcards(
      role,
      ["*", instances],
      "ECS makes up the names of container instances: any of this cluster. DiscoverPollEndpoint has no resource types.",
    );
    return role;
  }
}

/**
 * Joins the cluster, then mounts the volumes on the host too, so that files can be reached over SSH and SFTP. The ECS agent
 * starts when this has ended, so the mounts do not hold it up: the container has its own.
 */
function userData(cluster: string, volumes: readonly Volume[]): string {
  const lines = ["#!/bin/bash", `echo 'ECS_CLUSTER=${cluster}' >> /etc/ecs/ecs.config`];
  if (volumes.length > 0) {
    lines.push("mount_volumes() {", "  command -v mount.efs > /dev/null || dnf install --assumeyes amazon-efs-utils");
    for (const { name, fileSystemId } of volumes) {
      lines.push(
        `  mkdir --parents '/mnt/volumes/${name}'`,
        `  echo '${fileSystemId}:/ /mnt/volumes/${name} efs _netdev,noresvport,nofail,tls,iam 0 0' >> /etc/fstab`,
      );
    }
    lines.push("  mount --all --types efs", "}", "mount_volumes > /var/log/rouse-volumes.log 2>&1 &");
  }
  return `${lines.join("\n")}\n`;
}
