import type { AwsManagedPolicy } from "./types.ts";

/**
 * Documents of the AWS Managed Policy Reference (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/), as the copy
 * of that data in moto 5 has them; not compared with each page. Versions and dates are each policy's own.
 */
export const compute: Record<string, AwsManagedPolicy> = {
  AmazonSSMManagedInstanceCore: {
    path: "/",
    version: "v2",
    created: "2019-03-15T17:22:12+00:00",
    updated: "2019-05-23T16:54:21+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "ssm:DescribeAssociation",
            "ssm:GetDeployablePatchSnapshotForInstance",
            "ssm:GetDocument",
            "ssm:DescribeDocument",
            "ssm:GetManifest",
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:ListAssociations",
            "ssm:ListInstanceAssociations",
            "ssm:PutInventory",
            "ssm:PutComplianceItems",
            "ssm:PutConfigurePackageResult",
            "ssm:UpdateAssociationStatus",
            "ssm:UpdateInstanceAssociationStatus",
            "ssm:UpdateInstanceInformation",
          ],
          Resource: "*",
        },
        {
          Effect: "Allow",
          Action: [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
          ],
          Resource: "*",
        },
        {
          Effect: "Allow",
          Action: [
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AmazonEC2ContainerServiceforEC2Role: {
    path: "/service-role/",
    version: "v10",
    created: "2015-03-19T18:45:18+00:00",
    updated: "2026-02-12T17:59:52+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "ec2:DescribeTags",
            "ecs:CreateCluster",
            "ecs:DeregisterContainerInstance",
            "ecs:DiscoverPollEndpoint",
            "ecs:Poll",
            "ecs:RegisterContainerInstance",
            "ecs:StartTelemetrySession",
            "ecs:UpdateContainerInstancesState",
            "ecs:Submit*",
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
          ],
          Resource: "*",
        },
        {
          Effect: "Allow",
          Action: "ecs:TagResource",
          Resource: "*",
          Condition: { StringEquals: { "ecs:CreateAction": ["CreateCluster", "RegisterContainerInstance"] } },
        },
        { Effect: "Allow", Action: ["ecs:ListTagsForResource"], Resource: ["arn:aws:ecs:*:*:task/*/*", "arn:aws:ecs:*:*:container-instance/*/*"] },
      ],
    },
  },
  AmazonECSTaskExecutionRolePolicy: {
    path: "/service-role/",
    version: "v1",
    created: "2017-11-16T18:48:22+00:00",
    updated: "2017-11-16T18:48:22+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AmazonEC2ContainerServiceEventsRole: {
    path: "/service-role/",
    version: "v3",
    created: "2017-05-30T16:51:35+00:00",
    updated: "2023-03-06T22:25:12+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["ecs:RunTask"], Resource: ["*"] },
        { Effect: "Allow", Action: "iam:PassRole", Resource: ["*"], Condition: { StringLike: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } } },
        { Effect: "Allow", Action: "ecs:TagResource", Resource: "*", Condition: { StringEquals: { "ecs:CreateAction": ["RunTask"] } } },
      ],
    },
  },
  AmazonECSInfrastructureRolePolicyForVolumes: {
    path: "/service-role/",
    version: "v5",
    created: "2024-01-10T22:56:41+00:00",
    updated: "2026-02-12T18:02:34+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CreateEBSManagedVolume",
          Effect: "Allow",
          Action: "ec2:CreateVolume",
          Resource: "arn:aws:ec2:*:*:volume/*",
          Condition: {
            ArnLike: { "aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
            StringEquals: { "aws:RequestTag/AmazonECSManaged": "true" },
          },
        },
        { Sid: "CreateEBSManagedVolumeFromSnapshot", Effect: "Allow", Action: "ec2:CreateVolume", Resource: "arn:aws:ec2:*:*:snapshot/*" },
        {
          Sid: "TagOnCreateVolume",
          Effect: "Allow",
          Action: "ec2:CreateTags",
          Resource: "arn:aws:ec2:*:*:volume/*",
          Condition: {
            ArnLike: { "aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
            StringEquals: { "aws:RequestTag/AmazonECSManaged": "true", "ec2:CreateAction": "CreateVolume" },
          },
        },
        { Sid: "DescribeVolumesForLifecycle", Effect: "Allow", Action: ["ec2:DescribeVolumes", "ec2:DescribeAvailabilityZones"], Resource: "*" },
        { Sid: "DescribeInstancesForAttachingVolume", Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: "*" },
        {
          Sid: "ManageEBSVolumeLifecycle",
          Effect: "Allow",
          Action: ["ec2:AttachVolume", "ec2:DetachVolume"],
          Resource: "arn:aws:ec2:*:*:volume/*",
          Condition: { StringEquals: { "aws:ResourceTag/AmazonECSManaged": "true" } },
        },
        {
          Sid: "ManageVolumeAttachmentsForEC2",
          Effect: "Allow",
          Action: ["ec2:AttachVolume", "ec2:DetachVolume"],
          Resource: "arn:aws:ec2:*:*:instance/*",
        },
        {
          Sid: "DeleteEBSManagedVolume",
          Effect: "Allow",
          Action: "ec2:DeleteVolume",
          Resource: "arn:aws:ec2:*:*:volume/*",
          Condition: {
            ArnLike: { "aws:ResourceTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
            StringEquals: { "aws:ResourceTag/AmazonECSManaged": "true" },
          },
        },
      ],
    },
  },
  AmazonElasticFileSystemClientReadWriteAccess: {
    path: "/",
    version: "v1",
    created: "2020-01-13T16:21:55+00:00",
    updated: "2020-01-13T16:21:55+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:DescribeMountTargets"],
          Resource: "*",
        },
      ],
    },
  },
  AmazonElasticFileSystemClientFullAccess: {
    path: "/",
    version: "v1",
    created: "2020-01-13T16:27:00+00:00",
    updated: "2020-01-13T16:27:00+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "elasticfilesystem:ClientMount",
            "elasticfilesystem:ClientRootAccess",
            "elasticfilesystem:ClientWrite",
            "elasticfilesystem:DescribeMountTargets",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AmazonElasticFileSystemClientReadOnlyAccess: {
    path: "/",
    version: "v1",
    created: "2020-01-13T16:24:36+00:00",
    updated: "2020-01-13T16:24:36+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:DescribeMountTargets"], Resource: "*" }],
    },
  },
  AmazonEC2ContainerRegistryReadOnly: {
    path: "/",
    version: "v3",
    created: "2015-12-21T17:04:15+00:00",
    updated: "2019-12-10T20:56:32+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy",
            "ecr:DescribeRepositories",
            "ecr:ListImages",
            "ecr:DescribeImages",
            "ecr:BatchGetImage",
            "ecr:GetLifecyclePolicy",
            "ecr:GetLifecyclePolicyPreview",
            "ecr:ListTagsForResource",
            "ecr:DescribeImageScanFindings",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AutoScalingNotificationAccessRole: {
    path: "/service-role/",
    version: "v1",
    created: "2015-02-06T18:41:22+00:00",
    updated: "2015-02-06T18:41:22+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["sqs:SendMessage", "sqs:GetQueueUrl", "sns:Publish"], Resource: "*" }],
    },
  },
};
