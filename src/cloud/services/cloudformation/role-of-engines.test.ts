import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeTagsCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect, onTestFinished, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

/** One stack with each type that the stacks of engines have, made with a role: its policies count, and AWS's own tags are set. */

const att = (name: string, attribute: string) => ({ "Fn::GetAtt": [name, attribute] });
const ref = (name: string) => ({ Ref: name });
const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string, Resource: unknown = "*") => ({ Effect: "Allow", Action, Resource });
const trusting = (...Service: string[]) => policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service } });
const resource = (type: string, Properties: object) => ({ Type: `AWS::${type}`, Properties });

const template = (change: "first" | "second"): string =>
  JSON.stringify({
    Resources: {
      Vpc: resource("EC2::VPC", { CidrBlock: "10.0.0.0/16" }),
      SubnetA: resource("EC2::Subnet", { VpcId: ref("Vpc"), CidrBlock: "10.0.0.0/24", AvailabilityZone: "us-west-2a" }),
      SubnetB: resource("EC2::Subnet", { VpcId: ref("Vpc"), CidrBlock: "10.0.1.0/24", AvailabilityZone: "us-west-2b" }),
      Certificate: resource("CertificateManager::Certificate", {
        DomainName: "api.example.com",
        ValidationMethod: "DNS",
        DomainValidationOptions: [{ DomainName: "api.example.com", HostedZoneId: "Z123" }],
      }),
      Balancer: resource("ElasticLoadBalancingV2::LoadBalancer", { Scheme: "internal", Subnets: [ref("SubnetA"), ref("SubnetB")] }),
      Listener: resource("ElasticLoadBalancingV2::Listener", {
        LoadBalancerArn: ref("Balancer"),
        Port: 443,
        Protocol: "HTTPS",
        Certificates: [{ CertificateArn: ref("Certificate") }],
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
      }),
      Group: resource("ElasticLoadBalancingV2::TargetGroup", { VpcId: ref("Vpc"), Port: 8080, Protocol: "HTTP", TargetType: "ip" }),
      Rule: resource("ElasticLoadBalancingV2::ListenerRule", {
        ListenerArn: ref("Listener"),
        Priority: change === "first" ? 1 : 2,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/a/*"] } }],
        Actions: [{ Type: "forward", TargetGroupArn: ref("Group") }],
      }),
      Queue: resource("SQS::Queue", { VisibilityTimeout: change === "first" ? 30 : 60 }),
      QueuePolicy: resource("SQS::QueuePolicy", {
        Queues: [ref("Queue")],
        PolicyDocument: policy({ ...allow("sqs:SendMessage", att("Queue", "Arn")), Principal: { Service: "events.amazonaws.com" } }),
      }),
      Role: resource("IAM::Role", {
        AssumeRolePolicyDocument: trusting("scheduler.amazonaws.com", "states.amazonaws.com"),
        Policies: [{ PolicyName: "p", PolicyDocument: policy(allow("sqs:SendMessage", att("Queue", "Arn"))) }],
      }),
      Schedules: resource("Scheduler::ScheduleGroup", {}),
      Schedule: resource("Scheduler::Schedule", {
        GroupName: ref("Schedules"),
        FlexibleTimeWindow: { Mode: "OFF" },
        ScheduleExpression: "rate(1 day)",
        Description: change,
        Target: { Arn: att("Queue", "Arn"), RoleArn: att("Role", "Arn"), Input: "{}" },
      }),
      Machine: resource("StepFunctions::StateMachine", {
        RoleArn: att("Role", "Arn"),
        DefinitionString: JSON.stringify({ Comment: change, StartAt: "End", States: { End: { Type: "Succeed" } } }),
      }),
      Api: resource("ApiGatewayV2::Api", { Name: change, ProtocolType: "HTTP" }),
      Stage: resource("ApiGatewayV2::Stage", { ApiId: ref("Api"), StageName: "$default", AutoDeploy: true }),
      Bus: resource("Events::Rule", { EventPattern: { source: ["custom.app"] }, Targets: [{ Id: "q", Arn: att("Queue", "Arn") }] }),
    },
    Outputs: { Balancer: { Value: ref("Balancer") } },
  });

async function role(cloud: TestCloud, ...Statement: object[]): Promise<string> {
  const iam = cloud.client(IAMClient);
  const trust = JSON.stringify(trusting("cloudformation.amazonaws.com"));
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "maker", AssumeRolePolicyDocument: trust }));
  await iam.send(new PutRolePolicyCommand({ RoleName: "maker", PolicyName: "p", PolicyDocument: JSON.stringify(policy(...Statement)) }));
  return Role!.Arn!;
}

async function started(): Promise<{ cloud: TestCloud; cfn: CloudFormationClient; settled: (id: string) => Promise<unknown> }> {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  cloud.seedHostedZone("example.com", "Z123");
  const cfn = cloud.client(CloudFormationClient);
  /** The stack's status at the end, and why resources failed. */
  const settled = async (StackName: string): Promise<unknown> => {
    const status = async () => (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus;
    await cloud.clock.advanceUntil(async () => !(await status())?.endsWith("_IN_PROGRESS"), 3_600_000, "the end of the stack operation");
    const { StackEvents = [] } = await cfn.send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents.filter((event) => event.ResourceStatus?.endsWith("_FAILED"));
    return [await status(), ...failed.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`)];
  };
  return { cloud, cfn, settled };
}

test("a stack's role makes, changes and deletes them", async () => {
  const { cloud, cfn, settled } = await started();
  const RoleARN = await role(cloud, allow("*"));
  const made = new CreateStackCommand({ StackName: "s", TemplateBody: template("first"), RoleARN, Capabilities: ["CAPABILITY_IAM"] });
  const { StackId } = await cfn.send(made);
  expect(await settled(StackId!)).toEqual(["CREATE_COMPLETE"]);
  const { Outputs } = (await cfn.send(new DescribeStacksCommand({ StackName: "s" }))).Stacks![0]!;
  const tags = new DescribeTagsCommand({ ResourceArns: [Outputs![0]!.OutputValue!] });
  const { TagDescriptions } = await cloud.client(ElasticLoadBalancingV2Client).send(tags);
  expect(TagDescriptions![0]!.Tags).toContainEqual({ Key: "aws:cloudformation:stack-name", Value: "s" });
  const Tags = [{ Key: "build", Value: "2" }];
  await cfn.send(new UpdateStackCommand({ StackName: "s", TemplateBody: template("second"), Tags, Capabilities: ["CAPABILITY_IAM"] }));
  expect(await settled(StackId!)).toEqual(["UPDATE_COMPLETE"]);
  await cfn.send(new DeleteStackCommand({ StackName: "s" }));
  expect(await settled(StackId!)).toEqual(["DELETE_COMPLETE"]);
});

test.each([
  ["elasticloadbalancing:CreateLoadBalancer", "Balancer"],
  ["sqs:CreateQueue", "Queue"],
  ["scheduler:CreateScheduleGroup", "Schedules"],
  ["states:CreateStateMachine", "Machine"],
  ["apigateway:POST", "Api"],
  ["acm:RequestCertificate", "Certificate"],
])("without %s it does not", async (action, logicalId) => {
  const { cloud, cfn, settled } = await started();
  const RoleARN = await role(cloud, allow("*"), { Effect: "Deny", Action: action, Resource: "*" });
  const { StackId } = await cfn.send(
    new CreateStackCommand({ StackName: "s", TemplateBody: template("first"), RoleARN, Capabilities: ["CAPABILITY_IAM"] }),
  );
  const said = expect.stringMatching(new RegExp(`^${logicalId}: .*maker.*is not authorized to perform: ${action}`)) as string;
  expect(await settled(StackId!)).toEqual(expect.arrayContaining(["ROLLBACK_COMPLETE", said]));
});
