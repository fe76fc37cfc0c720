import { type aws_autoscaling as autoscaling, aws_ec2 as ec2, aws_ecs as ecs, aws_iam as iam, Fn, type Stack } from "aws-cdk-lib";
import type { Ec2Compute } from "../../config/schema.ts";
import { acknowledge, acknowledgeWildcards } from "../rouse-stack.ts";
import type { Volume } from "./volumes.ts";

export interface LaunchTemplateProps {
  readonly leaf: { readonly compute: Ec2Compute };
  readonly keyPair: ec2.IKeyPair;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly volumes: readonly Volume[];
}

const SESSION_MANAGER = "AmazonSSMManagedInstanceCore";

/** An instance of a leaf's own cluster, in an Auto Scaling group of at most one. Its parts are made below `stack`. */
export function launchTemplate(
  stack: Stack,
  cluster: ecs.CfnCluster,
  props: LaunchTemplateProps,
): autoscaling.CfnAutoScalingGroup.LaunchTemplateSpecificationProperty {
  const { leaf, keyPair, securityGroup, volumes } = props;
  const hardware = leaf.compute.architecture === "arm64" ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD;
  const profile = new iam.CfnInstanceProfile(stack, "Profile", { roles: [instanceRole(stack, cluster, volumes).roleName] });
  const template = new ec2.CfnLaunchTemplate(stack, "Template", {
    launchTemplateData: {
      imageId: ecs.EcsOptimizedImage.amazonLinux2023(hardware).getImage(stack).imageId,
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
function instanceRole(stack: Stack, cluster: ecs.CfnCluster, volumes: readonly Volume[]): iam.Role {
  const ofCluster = { ArnEquals: { "ecs:cluster": cluster.attrArn } };
  const instances = stack.formatArn({ service: "ecs", resource: "container-instance", resourceName: `${cluster.ref}/*` });
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
  const role = new iam.Role(stack, "InstanceRole", {
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
