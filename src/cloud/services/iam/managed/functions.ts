import type { AwsManagedPolicy } from "./types.ts";

/**
 * Documents of the AWS Managed Policy Reference (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/), as the copy
 * of that data in moto 5 has them; not compared with each page. Versions and dates are each policy's own.
 */
export const functions: Record<string, AwsManagedPolicy> = {
  AWSLambdaBasicExecutionRole: {
    path: "/service-role/",
    version: "v1",
    created: "2015-04-09T15:03:43+00:00",
    updated: "2015-04-09T15:03:43+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*" }],
    },
  },
  AWSLambdaVPCAccessExecutionRole: {
    path: "/service-role/",
    version: "v3",
    created: "2016-02-11T23:15:26+00:00",
    updated: "2024-01-05T22:38:26+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AWSLambdaVPCAccessExecutionPermissions",
          Effect: "Allow",
          Action: [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AWSLambdaSQSQueueExecutionRole: {
    path: "/service-role/",
    version: "v1",
    created: "2018-06-14T21:50:45+00:00",
    updated: "2018-06-14T21:50:45+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AWSXRayDaemonWriteAccess: {
    path: "/",
    version: "v2",
    created: "2018-08-28T23:00:33+00:00",
    updated: "2024-02-13T21:58:30+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AWSXRayDaemonWriteAccess",
          Effect: "Allow",
          Action: [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
          ],
          Resource: ["*"],
        },
      ],
    },
  },
  CloudWatchLambdaInsightsExecutionRolePolicy: {
    path: "/",
    version: "v1",
    created: "2020-10-07T19:27:06+00:00",
    updated: "2020-10-07T19:27:06+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "logs:CreateLogGroup", Resource: "*" },
        { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "arn:aws:logs:*:*:log-group:/aws/lambda-insights:*" },
      ],
    },
  },
  CloudWatchAgentServerPolicy: {
    path: "/",
    version: "v3",
    created: "2018-03-07T01:06:44+00:00",
    updated: "2024-02-06T16:37:37+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CWACloudWatchServerPermissions",
          Effect: "Allow",
          Action: [
            "cloudwatch:PutMetricData",
            "ec2:DescribeVolumes",
            "ec2:DescribeTags",
            "logs:PutLogEvents",
            "logs:PutRetentionPolicy",
            "logs:DescribeLogStreams",
            "logs:DescribeLogGroups",
            "logs:CreateLogStream",
            "logs:CreateLogGroup",
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
          ],
          Resource: "*",
        },
        { Sid: "CWASSMServerPermissions", Effect: "Allow", Action: ["ssm:GetParameter"], Resource: "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*" },
      ],
    },
  },
  AmazonSSMReadOnlyAccess: {
    path: "/",
    version: "v1",
    created: "2015-05-29T17:44:19+00:00",
    updated: "2015-05-29T17:44:19+00:00",
    document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ssm:Describe*", "ssm:Get*", "ssm:List*"], Resource: "*" }] },
  },
  AmazonAPIGatewayPushToCloudWatchLogs: {
    path: "/service-role/",
    version: "v1",
    created: "2015-11-11T23:41:46+00:00",
    updated: "2015-11-11T23:41:46+00:00",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:FilterLogEvents",
          ],
          Resource: "*",
        },
      ],
    },
  },
  AdministratorAccess: {
    path: "/",
    version: "v1",
    created: "2015-02-06T18:39:46+00:00",
    updated: "2015-02-06T18:39:46+00:00",
    document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  },
};
