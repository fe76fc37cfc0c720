import { CloudFormationClient, DescribeStackResourcesCommand, type StackResource } from "@aws-sdk/client-cloudformation";
import type { Leaf, Project } from "../config/index.ts";
import { DNS_REGION, stackNames } from "../stacks/names.ts";
import { clientOf, type Connection } from "./environment.ts";
import type { ResourceView } from "./resource-types.ts";

/** A stack of a leaf: its name, and the region that it is in. */
export interface LeafStackName {
  readonly name: string;
  readonly region: string;
}

/** The stacks that a leaf may have. */
export function stacksOf(project: Project, leaf: Leaf): LeafStackName[] {
  const own = { name: stackNames.leaf(project, leaf), region: project.base.region };
  if (leaf.kind !== "dns") return [own];
  const names = [stackNames.domain(project, leaf), stackNames.startSystem(project, leaf)];
  // The zone, its log and the function that wakes, where leaves share them.
  if (leaf.zone === "shared") names.push(stackNames.baseDns(project));
  return [own, ...names.map((name) => ({ name, region: DNS_REGION }))];
}

/**
 * What a leaf is made of, nested stacks too, as CloudFormation has it. What people look for comes first.
 * @param stacks those that it may have; one that is not there has nothing
 * @throws the SDK's errors
 */
export async function readResources(stacks: readonly LeafStackName[], connection: Connection): Promise<ResourceView[]> {
  const found = await Promise.all(stacks.map(({ name, region }) => ofStack(name, region, connection)));
  return found.flat().sort((a, b) => rank(a) - rank(b) || a.what.localeCompare(b.what) || a.name.localeCompare(b.name));
}

async function ofStack(stack: string, region: string, connection: Connection): Promise<ResourceView[]> {
  const resources = await describe(stack, region, connection);
  const views = await Promise.all(
    resources.map(async (resource) => {
      const nested = resource.ResourceType === "AWS::CloudFormation::Stack" && resource.PhysicalResourceId;
      return [...view(resource, region, connection), ...(nested ? await ofStack(nested, region, connection) : [])];
    }),
  );
  return views.flat();
}

/** DescribeStackResources gives the first hundred of a stack (its API reference); no stack of Rouse's has as many. */
async function describe(StackName: string, region: string, connection: Connection): Promise<StackResource[]> {
  const there = region === connection.region ? connection : regional(connection, region);
  try {
    const { StackResources } = await clientOf(CloudFormationClient, there).send(new DescribeStackResourcesCommand({ StackName }));
    return (StackResources ?? []).filter(({ ResourceStatus }) => ResourceStatus !== "DELETE_COMPLETE");
  } catch (error) {
    // CloudFormation has no error type of its own for it: ValidationError, "Stack with id … does not exist".
    if (error instanceof Error && error.name === "ValidationError") return [];
    throw error;
  }
}

const elsewhere = new WeakMap<Connection, Map<string, Connection>>();

/** The same account in another region; the same object each time, for its clients are kept with it. */
function regional(connection: Connection, region: string): Connection {
  const known = elsewhere.get(connection) ?? new Map<string, Connection>();
  elsewhere.set(connection, known);
  const made = known.get(region) ?? { ...connection, region };
  known.set(region, made);
  return made;
}

/** What there is to see of a resource; nothing of those that only hold others together. */
function view({ ResourceType, PhysicalResourceId, StackName }: StackResource, region: string, { endpoint }: Connection): ResourceView[] {
  const type = ResourceType ?? "";
  const known = KNOWN[type];
  if (!PhysicalResourceId || !known) return [];
  const shown = known.show?.(PhysicalResourceId);
  const where = `${endpoint ? ` --endpoint-url ${endpoint}` : ""} --region ${region}`;
  return [
    {
      what: known.what,
      stack: StackName ?? "",
      region,
      type,
      name: PhysicalResourceId,
      command: shown ? `aws ${shown}${where}` : null,
    },
  ];
}

interface Known {
  readonly what: string;
  /** Service, command and arguments of the AWS CLI. */
  readonly show?: (id: string) => string;
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
const last = (arn: string): string => arn.split("/").at(-1)!;

/** By type; the order is the one in which they are shown. Physical ids as CloudFormation's template reference has them under `Ref`. */
const KNOWN: Record<string, Known> = {
  "AWS::AutoScaling::AutoScalingGroup": {
    what: "Auto Scaling group",
    show: (id) => `autoscaling describe-auto-scaling-groups --auto-scaling-group-names ${quoted(id)}`,
  },
  "AWS::ECS::Cluster": { what: "ECS cluster", show: (id) => `ecs describe-clusters --clusters ${quoted(id)}` },
  "AWS::ECS::Service": {
    what: "ECS service",
    show: (id) => `ecs describe-services --cluster ${quoted(id.split("/").at(-2) ?? "default")} --services ${quoted(last(id))}`,
  },
  "AWS::ECS::TaskDefinition": { what: "Task definition", show: (id) => `ecs describe-task-definition --task-definition ${quoted(last(id))}` },
  "AWS::Route53::HostedZone": { what: "Hosted zone", show: (id) => `route53 list-resource-record-sets --hosted-zone-id ${quoted(id)}` },
  "AWS::Route53::RecordSet": { what: "DNS record" },
  "AWS::ElasticLoadBalancingV2::TargetGroup": {
    what: "Target group",
    show: (id) => `elbv2 describe-target-health --target-group-arn ${quoted(id)}`,
  },
  "AWS::ElasticLoadBalancingV2::ListenerRule": { what: "Listener rule", show: (id) => `elbv2 describe-rules --rule-arns ${quoted(id)}` },
  "AWS::Scheduler::Schedule": { what: "Schedule" },
  "AWS::Lambda::Function": { what: "Function", show: (id) => `lambda get-function-configuration --function-name ${quoted(id)}` },
  "AWS::Logs::LogGroup": { what: "Log", show: (id) => `logs tail ${quoted(id)} --follow` },
  "AWS::CloudWatch::Alarm": { what: "Alarm", show: (id) => `cloudwatch describe-alarms --alarm-names ${quoted(id)}` },
  "AWS::EFS::FileSystem": { what: "File system", show: (id) => `efs describe-file-systems --file-system-id ${quoted(id)}` },
  "AWS::SNS::Topic": { what: "Topic", show: (id) => `sns list-subscriptions-by-topic --topic-arn ${quoted(id)}` },
  "AWS::SQS::Queue": { what: "Queue", show: (id) => `sqs get-queue-attributes --attribute-names All --queue-url ${quoted(id)}` },
  "AWS::SSM::Parameter": { what: "Parameter", show: (id) => `ssm get-parameter --name ${quoted(id)}` },
  "AWS::Events::Rule": { what: "Event rule", show: (id) => `events describe-rule --name ${quoted(last(id))}` },
  "AWS::EC2::SecurityGroup": { what: "Security group", show: (id) => `ec2 describe-security-groups --group-ids ${quoted(id)}` },
  "AWS::EC2::LaunchTemplate": { what: "Launch template", show: (id) => `ec2 describe-launch-template-versions --launch-template-id ${quoted(id)}` },
  "AWS::IAM::Role": { what: "Role", show: (id) => `iam get-role --role-name ${quoted(id)}` },
};

const ORDER = Object.keys(KNOWN);
const rank = ({ type }: ResourceView): number => ORDER.indexOf(type);
