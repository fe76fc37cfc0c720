import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Scope } from "../../core/scope.ts";
import { Store } from "../../core/store.ts";
import { createDeployer, type Deployer } from "../index.ts";

export const WEST: Scope = { account: "000000000000", region: "us-west-2" };
export const EAST: Scope = { account: "000000000000", region: "us-east-1" };

export interface RecordedCall {
  service: string;
  operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at any member
  input: any;
  region: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- as above
type Answer = (input: any, scope: Scope) => unknown;

export interface FakeCloud {
  deployer: Deployer;
  clock: VirtualClock;
  store: Store;
  calls: RecordedCall[];
  /** Answers by `service:Operation`; what is not there is answered with `{}`. */
  answers: Record<string, Answer>;
  files: Map<string, string>;
  /** What custom resources' functions do: gets the event, may answer through `deployer.completeCustomResource`. */
  functions: Record<string, (event: Record<string, unknown>, respond: (answer: object) => void) => void>;
  /** Messages to topics. */
  published: { topic: string; body: string }[];
  /** Events for EventBridge. */
  emitted: { detailType: string; detail: object }[];
  /** Operations that were called, as `service:Operation`. */
  operations(): string[];
}

/** A deployer over services that only record what they are asked. */
export function fakeCloud(): FakeCloud {
  const clock = new VirtualClock();
  const ids = seededIds();
  const store = new Store();
  const calls: RecordedCall[] = [];
  const files = new Map<string, string>();
  const parameters = new Map<string, string>();
  const answers: Record<string, Answer> = defaultAnswers(() => ids.hex(8), parameters);
  const functions: FakeCloud["functions"] = {};
  const published: FakeCloud["published"] = [];
  const emitted: FakeCloud["emitted"] = [];
  const deployer = createDeployer({
    store,
    clock,
    ids,
    api: {
      call: async <O>(service: string, operation: string, input: object, scope: Scope): Promise<O> => {
        calls.push({ service, operation, input, region: scope.region });
        return (answers[`${service}:${operation}`]?.(input, scope) ?? {}) as O;
      },
    },
    assets: { put: (bucket, key, path) => void files.set(`${bucket}/${key}`, path), get: (bucket, key) => files.get(`${bucket}/${key}`) },
    lambda: {
      invokeAsync: async () => {},
      invokeSync: async (arn, payload) => {
        const event = payload as Record<string, unknown>;
        const token = String(event["ResponseURL"]).split("/").at(-1)!;
        const respond = (answer: object): void => void deployer.completeCustomResource(token, JSON.stringify(answer));
        const found = functions[arn] ?? functions["*"];
        if (found) found(event, respond);
        else respond({ Status: "SUCCESS", PhysicalResourceId: event["PhysicalResourceId"] ?? event["RequestId"] });
        return { payload: null };
      },
    },
    events: { emit: (_scope, event) => void emitted.push(event) },
    sns: { publish: async (topicArn, { body }) => void published.push({ topic: topicArn, body }) },
    responseUrl: (token) => `http://127.0.0.1:4590/_cloud/cfn-response/${token}`,
  });
  return {
    deployer,
    clock,
    store,
    calls,
    answers,
    files,
    functions,
    published,
    emitted,
    operations: () => calls.map((call) => `${call.service}:${call.operation}`),
  };
}

const ecsState = () => ({ status: "ACTIVE", runningCount: 0, desiredCount: 0, deployments: [{ status: "PRIMARY" }] });

function defaultAnswers(hex: () => string, parameters: Map<string, string>): Record<string, Answer> {
  const groups = new Map<string, object>();
  const notFound = (code: string): never => {
    throw new AwsError(code, "not found");
  };
  return {
    "ssm:GetParameter": (input) => {
      if (String(input.Name).startsWith("/aws/service/")) return { Parameter: { Value: "ami-12345678" } };
      const Value = parameters.get(input.Name) ?? notFound("ParameterNotFound");
      return { Parameter: { Value } };
    },
    "ssm:PutParameter": (input) => (parameters.set(input.Name, input.Value), {}),
    "ssm:DeleteParameter": (input) => (parameters.delete(input.Name) ? {} : notFound("ParameterNotFound")),
    "ec2:CreateVpc": () => ({ Vpc: { VpcId: `vpc-${hex()}` } }),
    "ec2:DescribeVpcs": () => ({ Vpcs: [{ CidrBlock: "10.0.0.0/16" }] }),
    "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [{ GroupId: "sg-default" }] }),
    "ec2:CreateSubnet": () => ({ Subnet: { SubnetId: `subnet-${hex()}`, AvailabilityZone: "us-west-2a" } }),
    "ec2:CreateRouteTable": () => ({ RouteTable: { RouteTableId: `rtb-${hex()}` } }),
    "ec2:CreateInternetGateway": () => ({ InternetGateway: { InternetGatewayId: `igw-${hex()}` } }),
    "ec2:AssociateRouteTable": () => ({ AssociationId: `rtbassoc-${hex()}` }),
    "ec2:CreateFlowLogs": () => ({ FlowLogIds: [`fl-${hex()}`] }),
    "ec2:CreateKeyPair": () => ({ KeyPairId: `key-${hex()}`, KeyFingerprint: "aa", KeyMaterial: "secret" }),
    "ec2:CreateSecurityGroup": () => ({ GroupId: `sg-${hex()}` }),
    "ec2:CreateLaunchTemplate": () => ({ LaunchTemplate: { LaunchTemplateId: `lt-${hex()}`, LatestVersionNumber: 1, DefaultVersionNumber: 1 } }),
    "ec2:DescribeLaunchTemplates": (input) => ({
      LaunchTemplates: [{ LaunchTemplateId: input.LaunchTemplateIds[0], LatestVersionNumber: 2, DefaultVersionNumber: 1 }],
    }),
    "ec2:DescribeAvailabilityZones": (_, scope) => ({ AvailabilityZones: [{ ZoneName: `${scope.region}b` }, { ZoneName: `${scope.region}a` }] }),
    "autoscaling:CreateAutoScalingGroup": (input) => (
      groups.set(input.AutoScalingGroupName, { AutoScalingGroupARN: "arn:asg", DesiredCapacity: 0, Instances: [] }),
      {}
    ),
    "autoscaling:DescribeAutoScalingGroups": (input) => ({ AutoScalingGroups: [groups.get(input.AutoScalingGroupNames[0])].filter(Boolean) }),
    "autoscaling:DeleteAutoScalingGroup": (input) => (groups.delete(input.AutoScalingGroupName), {}),
    "autoscaling:PutScalingPolicy": (input) => ({ PolicyARN: `arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:${input.PolicyName}` }),
    "ecs:CreateCluster": (input) => ({ cluster: { clusterArn: `arn:aws:ecs:us-west-2:000000000000:cluster/${input.clusterName}` } }),
    "ecs:CreateCapacityProvider": (input) => ({ capacityProvider: { capacityProviderArn: `arn:cp/${input.name}` } }),
    "ecs:RegisterTaskDefinition": (input) => ({
      taskDefinition: { taskDefinitionArn: `arn:aws:ecs:us-west-2:000000000000:task-definition/${input.family}:1` },
    }),
    "ecs:CreateService": (input) => ({ service: { serviceArn: `arn:svc/${input.serviceName}` } }),
    "ecs:DescribeServices": () => ({ services: [ecsState()] }),
    "ecs:DeleteService": () => ({}),
    "elasticfilesystem:CreateFileSystem": () => ({ FileSystemId: "fs-1", FileSystemArn: "arn:fs-1" }),
    "elasticfilesystem:DescribeFileSystems": () => ({ FileSystems: [{ LifeCycleState: "available" }] }),
    "elasticfilesystem:CreateMountTarget": () => ({ MountTargetId: "fsmt-1", IpAddress: "10.0.0.9" }),
    "elasticfilesystem:DescribeMountTargets": () => ({ MountTargets: [{ LifeCycleState: "available" }] }),
    "elasticfilesystem:CreateAccessPoint": () => ({ AccessPointId: "fsap-1", AccessPointArn: "arn:fsap-1" }),
    "iam:CreateRole": (input) => ({ Role: { Arn: `arn:aws:iam::000000000000:role/${input.RoleName}`, RoleId: "AROA" } }),
    "iam:CreatePolicy": (input) => ({ Policy: { Arn: `arn:aws:iam::000000000000:policy/${input.PolicyName}`, PolicyId: "ANPA" } }),
    "iam:CreateInstanceProfile": (input) => ({ InstanceProfile: { Arn: `arn:aws:iam::000000000000:instance-profile/${input.InstanceProfileName}` } }),
    "lambda:CreateFunction": (input, scope) => ({ FunctionArn: `arn:aws:lambda:${scope.region}:000000000000:function:${input.FunctionName}` }),
    "events:PutRule": (input) => ({ RuleArn: `arn:aws:events:us-west-2:000000000000:rule/${input.Name}` }),
    "sns:CreateTopic": (input, scope) => ({ TopicArn: `arn:aws:sns:${scope.region}:000000000000:${input.Name}` }),
    "sns:Subscribe": (input) => ({ SubscriptionArn: `${input.TopicArn}:${hex()}` }),
    "route53:CreateHostedZone": () => ({
      HostedZone: { Id: "/hostedzone/Z123" },
      DelegationSet: { NameServers: ["ns-1.example.", "ns-2.example."] },
    }),
    "route53:ListResourceRecordSets": () => ({ ResourceRecordSets: [] }),
  };
}
