import { expect } from "vitest";

/** The command lines of aws-cli.test.ts, and what each must answer about the deployed and woken leaf `hello`. */

export const CLUSTER = "arn:aws:ecs:us-west-2:000000000000:cluster/arcade-hello";
export const QUERY_LOG = "/aws/route53/arcade.example.com";

/** Words of a command line, and what its JSON must hold. `{task}` and the like stand for what is known once the leaf is awake. */
type Row = [line: string, holds: unknown];

const one = (...members: unknown[]): unknown => expect.arrayContaining(members);
const has = (members: object): unknown => expect.objectContaining(members);
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

export const ROWS: Row[] = [
  ["sts get-caller-identity", { Account: "000000000000", Arn: "arn:aws:iam::000000000000:root" }],

  ["cloudformation describe-stacks --stack-name Arcade-Hello", { Stacks: [has({ StackName: "Arcade-Hello", StackStatus: "CREATE_COMPLETE" })] }],
  [
    "cloudformation list-stacks --stack-status-filter CREATE_COMPLETE --region us-east-1",
    { StackSummaries: one(has({ StackName: "Arcade-Hello-Domain" })) },
  ],
  [
    "cloudformation describe-stack-events --stack-name Arcade-Hello",
    { StackEvents: one(has({ LogicalResourceId: "Arcade-Hello", ResourceStatus: "CREATE_COMPLETE" })) },
  ],
  [
    "cloudformation describe-stack-resources --stack-name Arcade-Hello",
    { StackResources: one(has({ ResourceType: "AWS::SNS::Topic", PhysicalResourceId: "{topic}", ResourceStatus: "CREATE_COMPLETE" })) },
  ],
  [
    "cloudformation list-stack-resources --stack-name Arcade-Hello",
    { StackResourceSummaries: one(has({ ResourceType: "AWS::CloudFormation::Stack" })) },
  ],
  [
    "cloudformation get-template --stack-name Arcade-Base",
    { TemplateBody: has({ Resources: has({ Vpc8378EB38: has({ Type: "AWS::EC2::VPC" }) }) }) },
  ],
  ["cloudformation list-exports", { Exports: one(has({ Name: like(/^Arcade-Base:/), Value: like(/^vpc-/) })) }],

  ["ecs list-clusters", { clusterArns: [CLUSTER] }],
  [
    "ecs describe-clusters --clusters arcade-hello --include TAGS SETTINGS",
    {
      clusters: [
        has({ status: "ACTIVE", runningTasksCount: 1, registeredContainerInstancesCount: 1, tags: one({ key: "rouse:leaf", value: "hello" }) }),
      ],
    },
  ],
  ["ecs list-services --cluster arcade-hello", { serviceArns: [like(/service\/arcade-hello\/arcade-hello$/)] }],
  [
    "ecs describe-services --cluster arcade-hello --services arcade-hello",
    {
      services: [has({ schedulingStrategy: "DAEMON", runningCount: 1, desiredCount: 1, events: one(has({ message: like(/has started 1 tasks/) })) })],
    },
  ],
  ["ecs list-tasks --cluster arcade-hello --service-name arcade-hello", { taskArns: ["{task}"] }],
  [
    "ecs describe-tasks --cluster arcade-hello --tasks {task}",
    { failures: [], tasks: [has({ lastStatus: "RUNNING", containerInstanceArn: "{containerInstance}", containers: [has({ name: "hello" })] })] },
  ],
  ["ecs list-container-instances --cluster arcade-hello", { containerInstanceArns: ["{containerInstance}"] }],
  [
    "ecs describe-container-instances --cluster arcade-hello --container-instances {containerInstance}",
    { containerInstances: [has({ ec2InstanceId: "{instance}", agentConnected: true, status: "ACTIVE", runningTasksCount: 1 })] },
  ],
  ["ecs list-task-definitions --family-prefix arcade-hello", { taskDefinitionArns: [like(/task-definition\/arcade-hello:1$/)] }],
  [
    "ecs describe-task-definition --task-definition arcade-hello --include TAGS",
    { taskDefinition: has({ revision: 1, containerDefinitions: [has({ portMappings: [has({ containerPort: 8080 })] })] }) },
  ],
  ["ecs describe-capacity-providers", { capacityProviders: one(has({ autoScalingGroupProvider: has({ managedDraining: "ENABLED" }) })) }],

  [
    "autoscaling describe-auto-scaling-groups --auto-scaling-group-names arcade-hello",
    {
      AutoScalingGroups: [
        has({ MinSize: 0, MaxSize: 1, DesiredCapacity: 1, Instances: [has({ InstanceId: "{instance}", LifecycleState: "InService" })] }),
      ],
    },
  ],
  ["autoscaling describe-auto-scaling-instances", { AutoScalingInstances: [has({ InstanceId: "{instance}" })] }],
  [
    "autoscaling describe-scaling-activities --auto-scaling-group-name arcade-hello",
    { Activities: [has({ StatusCode: "Successful", Description: "Launching a new EC2 instance: {instance}" })] },
  ],
  [
    "autoscaling describe-policies --auto-scaling-group-name arcade-hello",
    { ScalingPolicies: [has({ PolicyType: "StepScaling", Alarms: [has({ AlarmName: "arcade-hello/idle" })] })] },
  ],
  [
    "autoscaling describe-lifecycle-hooks --auto-scaling-group-name arcade-hello",
    { LifecycleHooks: [has({ LifecycleHookName: "ecs-managed-draining-termination-hook" })] },
  ],
  [
    "autoscaling describe-tags --filters Name=auto-scaling-group,Values=arcade-hello Name=key,Values=rouse:wake",
    { Tags: [has({ ResourceId: "arcade-hello", Value: like(/dns/) })] },
  ],
  ["autoscaling describe-notification-configurations", { NotificationConfigurations: [] }],

  ["ec2 describe-vpcs --filters Name=tag:Name,Values=Arcade-Base/Vpc", { Vpcs: [has({ State: "available", CidrBlock: "10.0.0.0/16" })] }],
  ["ec2 describe-subnets --filters Name=tag:rouse:application,Values=arcade", { Subnets: [has({ MapPublicIpOnLaunch: true })] }],
  [
    "ec2 describe-security-groups --filters Name=tag:rouse:leaf,Values=hello",
    { SecurityGroups: one(has({ IpPermissions: one(has({ FromPort: 8080, IpRanges: one(has({ CidrIp: "0.0.0.0/0" })) })) })) },
  ],
  [
    "ec2 describe-instances --instance-ids {instance}",
    { Reservations: [has({ Instances: [has({ InstanceType: "t4g.nano", State: { Code: 16, Name: "running" }, PublicIpAddress: "{address}" })] })] },
  ],
  ["ec2 describe-instance-status", { InstanceStatuses: [has({ InstanceId: "{instance}" })] }],
  ["ec2 describe-launch-templates", { LaunchTemplates: [has({ LatestVersionNumber: 1 })] }],
  ["ec2 describe-key-pairs --key-names arcade-us-west-2", { KeyPairs: [has({ KeyName: "arcade-us-west-2", KeyPairId: like(/^key-/) })] }],
  [
    "ec2 describe-images --owners amazon --filters Name=architecture,Values=arm64",
    { Images: one(has({ Architecture: "arm64", Name: like(/ecs/) })) },
  ],
  ["ec2 describe-network-interfaces", { NetworkInterfaces: [has({ Attachment: has({ InstanceId: "{instance}" }) })] }],
  ["ec2 describe-availability-zones", { AvailabilityZones: one(has({ ZoneName: "us-west-2a" })) }],

  ["efs describe-file-systems", { FileSystems: [has({ Encrypted: true, LifeCycleState: "available" })] }],

  [
    "route53 list-hosted-zones",
    { HostedZones: one(has({ Name: "example.com.", Id: "/hostedzone/Z1234567890" }), has({ Name: "arcade.example.com.", Id: "{zone}" })) },
  ],
  ["route53 list-hosted-zones-by-name --dns-name arcade.example.com --max-items 1", { HostedZones: [has({ Id: "{zone}" })] }],
  [
    "route53 list-resource-record-sets --hosted-zone-id {zone}",
    { ResourceRecordSets: one({ Name: "hello.arcade.example.com.", Type: "A", TTL: 1, ResourceRecords: [{ Value: "{address}" }] }) },
  ],
  [
    "route53 list-query-logging-configs",
    { QueryLoggingConfigs: [has({ CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:000000000000:log-group:${QUERY_LOG}` })] },
  ],

  [
    "logs describe-log-groups --log-group-name-prefix /rouse/arcade",
    {
      logGroups: [
        has({ logGroupName: "/rouse/arcade/hello", retentionInDays: 7 }),
        has({ logGroupName: "/rouse/arcade/hello/history", retentionInDays: 90 }),
      ],
    },
  ],
  [`logs describe-log-streams --log-group-name ${QUERY_LOG} --region us-east-1`, { logStreams: one(has({ logStreamName: like(/^Z/) })) }],
  [
    `logs filter-log-events --log-group-name ${QUERY_LOG} --region us-east-1 --filter-pattern NOERROR`,
    { events: one(has({ message: like(/hello\.arcade\.example\.com A NOERROR UDP/) })) },
  ],
  [
    `logs describe-subscription-filters --log-group-name ${QUERY_LOG} --region us-east-1`,
    { subscriptionFilters: [has({ destinationArn: "{startFunctionArn}" })] },
  ],
  ["logs describe-resource-policies --region us-east-1", { resourcePolicies: [has({ policyDocument: like(/route53\.amazonaws\.com/) })] }],

  ["lambda list-functions --region us-east-1", { Functions: one(has({ FunctionArn: "{startFunctionArn}", Architectures: ["arm64"] })) }],
  ["lambda get-function-configuration --function-name {startFunctionArn} --region us-east-1", { State: "Active", Handler: like(/handler$/) }],
  ["lambda get-policy --function-name {startFunctionArn} --region us-east-1", { Policy: like(/logs\.amazonaws\.com/) }],

  ["events list-rules", { Rules: one(has({ State: "ENABLED", EventPattern: like(/aws\.ecs/) })) }],
  ["events list-rule-names-by-target --target-arn {reconcileArn}", { RuleNames: one(like(/Arcade-Hello/)) }],
  ["events put-events --entries file://{folder}/entries.json", { FailedEntryCount: 0, Entries: [{ EventId: like(/-/) }] }],

  [
    "cloudwatch describe-alarms --alarm-names arcade-hello/idle",
    { MetricAlarms: [has({ StateValue: "OK", AlarmActions: [like(/scalingPolicy/)], Metrics: one(has({ Expression: expect.any(String) })) })] },
  ],
  ["cloudwatch list-metrics --namespace Rouse", { Metrics: [has({ MetricName: "DnsHits" })] }],
  [
    "cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name NetworkIn --dimensions Name=AutoScalingGroupName,Value=arcade-hello " +
      "--start-time {start} --end-time {end} --period 60 --statistics Sum",
    { Label: "NetworkIn", Datapoints: one(has({ Unit: "Bytes", Sum: expect.any(Number) })) },
  ],
  [
    "cloudwatch get-metric-data --start-time {start} --end-time {end} --metric-data-queries file://{folder}/queries.json",
    { MetricDataResults: [has({ Id: "twice", StatusCode: "Complete", Values: one(2) })] },
  ],
  ["cloudwatch list-dashboards", { DashboardEntries: [has({ DashboardName: like(/hello/i) })] }],

  ["sns list-topics", { Topics: one({ TopicArn: "{topic}" }) }],
  ["sns list-subscriptions-by-topic --topic-arn {topic}", { Subscriptions: [has({ Protocol: "email", Endpoint: "friend@example.com" })] }],
  ["sns get-topic-attributes --topic-arn {topic}", { Attributes: has({ TopicArn: "{topic}" }) }],

  [
    "ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
    { Parameter: has({ Value: like(/^ami-/), DataType: "aws:ec2:image" }) },
  ],
  ["ssm get-parameters --names /no/such", { Parameters: [], InvalidParameters: ["/no/such"] }],

  ["iam list-roles", { Roles: one(has({ RoleName: like(/^Arcade-Hello/), AssumeRolePolicyDocument: has({ Version: "2012-10-17" }) })) }],
  ["iam list-instance-profiles", { InstanceProfiles: one(has({ Roles: [has({ RoleName: like(/^Arcade-Hello/) })] })) }],
];

/** What AWS refuses, by the code that the CLI prints. */
export const ERRORS: [line: string, code: string][] = [
  ["ecs describe-tasks --cluster nope --tasks x", "ClusterNotFoundException"],
  ["ecs describe-task-definition --task-definition nope", "ClientException"],
  ["cloudformation describe-stacks --stack-name nope", "ValidationError"],
  ["ec2 describe-instances --instance-ids i-00000000000000000", "InvalidInstanceID.NotFound"],
  ["autoscaling set-desired-capacity --auto-scaling-group-name arcade-hello --desired-capacity 2", "ValidationError"],
  ["route53 list-resource-record-sets --hosted-zone-id ZNOPE", "NoSuchHostedZone"],
  ["logs describe-log-streams --log-group-name /nope", "ResourceNotFoundException"],
  ["lambda get-function --function-name nope", "ResourceNotFoundException"],
  ["events list-targets-by-rule --rule nope", "ResourceNotFoundException"],
  ["sns publish --topic-arn arn:aws:sns:us-west-2:000000000000:nope --message x", "NotFound"],
  ["ssm get-parameter --name /no/such", "ParameterNotFound"],
  ["iam get-role --role-name nope", "NoSuchEntity"],
  ["efs describe-mount-targets --file-system-id fs-00000000000000000", "FileSystemNotFound"],
];

/** What this cloud does not have says so, in each protocol: the operation, or the whole service. */
export const ABSENT: [line: string, names: string][] = [
  ["ecs list-attributes --cluster arcade-hello --target-type container-instance", "ecs:ListAttributes"],
  ["ec2 describe-volumes", "ec2:DescribeVolumes"],
  ["iam list-account-aliases", "iam:ListAccountAliases"],
  ["lambda list-event-source-mappings", "lambda:ListEventSourceMappings"],
  ["route53 list-health-checks", "route53:ListHealthChecks"],
  ["ecr describe-image-scan-findings --repository-name xx --image-id imageTag=x", "ecr:DescribeImageScanFindings"],
  ["elbv2 describe-trust-stores", "elasticloadbalancing:DescribeTrustStores"],
  ["kms list-keys", "kms"],
  ["s3api get-bucket-website --bucket x", "s3:GetBucketWebsite"],
];
