import { resources, stacks } from "../../engine/state.ts";
import type { Properties, ResourceContext } from "../../providers/provider.ts";
import { list, named, setIn, type Reader } from "./reader.ts";

/** One of EC2's describe operations, by id. */
const ec2 =
  (operation: string, ids: string, answer: string, names: string): Reader =>
  async (context, { physicalId }) => {
    const [found] = list((await context.call("ec2", operation, { [ids]: [physicalId] }))[answer]);
    return found && named(found, names);
  };

/** True for what another resource of some stack has made, such as a rule of a group that is a resource of its own. */
function isOthers(context: ResourceContext, type: string, physicalId: string): boolean {
  return stacks(context.store, context.scope)
    .values()
    .some(({ stackId }) => resources(context.store, context.scope, stackId).find((row) => row.type === type && row.physicalId === physicalId));
}

const asRule = (rule: Properties, direction: "Ingress" | "Egress"): Properties => ({
  ...named(rule, "IpProtocol FromPort ToPort Description"),
  CidrIp: rule["CidrIpv4"] as unknown,
  CidrIpv6: rule["CidrIpv6"] as unknown,
  [direction === "Ingress" ? "SourceSecurityGroupId" : "DestinationSecurityGroupId"]: (rule["ReferencedGroupInfo"] as Properties | undefined)?.[
    "GroupId"
  ] as unknown,
  GroupId: rule["GroupId"] as unknown,
});

const securityGroup: Reader = async (context, { physicalId, properties }) => {
  const [group] = list((await context.call("ec2", "DescribeSecurityGroups", { GroupIds: [physicalId] })).SecurityGroups);
  if (!group) return undefined;
  const answer = await context.call("ec2", "DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values: [physicalId] }] });
  const rules = (direction: "Ingress" | "Egress"): Properties[] =>
    list(answer.SecurityGroupRules)
      .filter((rule) => (rule["IsEgress"] === true) === (direction === "Egress"))
      .filter((rule) => !isOthers(context, `AWS::EC2::SecurityGroup${direction}`, String(rule["SecurityGroupRuleId"])))
      .map((rule) => asRule(rule, direction));
  return {
    ...named(group, "VpcId Tags"),
    GroupDescription: group["Description"] as unknown,
    ...(properties["SecurityGroupIngress"] === undefined ? {} : { SecurityGroupIngress: rules("Ingress") }),
    ...(properties["SecurityGroupEgress"] === undefined ? {} : { SecurityGroupEgress: rules("Egress") }),
  };
};

const securityGroupRule =
  (direction: "Ingress" | "Egress"): Reader =>
  async (context, { physicalId, properties }) => {
    const answer = await context.call("ec2", "DescribeSecurityGroupRules", {
      Filters: [{ Name: "group-id", Values: [String(properties["GroupId"])] }],
    });
    const found = list(answer.SecurityGroupRules).find((rule) => rule["SecurityGroupRuleId"] === physicalId);
    return found && asRule(found, direction);
  };

const route: Reader = async (context, { properties }) => {
  const [table] = list((await context.call("ec2", "DescribeRouteTables", { RouteTableIds: [properties["RouteTableId"] as string] })).RouteTables);
  const found = list(table?.["Routes"]).find((one) => one["DestinationCidrBlock"] === properties["DestinationCidrBlock"]);
  return found && named(found, "GatewayId NatGatewayId NetworkInterfaceId InstanceId");
};

const launchTemplate: Reader = async (context, { physicalId }) => {
  const answer = await context.call("ec2", "DescribeLaunchTemplateVersions", { LaunchTemplateId: physicalId, Versions: ["$Latest"] });
  const [found] = list(answer.LaunchTemplateVersions);
  return found && named(found, "LaunchTemplateData VersionDescription");
};

const ELB = "elasticloadbalancing";

const loadBalancer: Reader = async (context, { physicalId, properties }) => {
  const [found] = list((await context.call(ELB, "DescribeLoadBalancers", { LoadBalancerArns: [physicalId] })).LoadBalancers);
  const { Attributes } = await context.call(ELB, "DescribeLoadBalancerAttributes", { LoadBalancerArn: physicalId });
  return (
    found && {
      ...named(found, "Scheme Type IpAddressType SecurityGroups"),
      Subnets: list(found["AvailabilityZones"]).map((zone) => zone["SubnetId"] as string),
      LoadBalancerAttributes: setIn(properties["LoadBalancerAttributes"], list(Attributes)),
    }
  );
};

const targetGroup: Reader = async (context, { physicalId, properties }) => {
  const [found] = list((await context.call(ELB, "DescribeTargetGroups", { TargetGroupArns: [physicalId] })).TargetGroups);
  const { Attributes } = await context.call(ELB, "DescribeTargetGroupAttributes", { TargetGroupArn: physicalId });
  const CHECKS =
    "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol HealthCheckTimeoutSeconds HealthyThresholdCount Matcher UnhealthyThresholdCount";
  return (
    found && {
      ...named(found, `${CHECKS} IpAddressType Port Protocol ProtocolVersion TargetType VpcId`),
      TargetGroupAttributes: setIn(properties["TargetGroupAttributes"], list(Attributes)),
    }
  );
};

const listener: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call(ELB, "DescribeListeners", { ListenerArns: [physicalId] })).Listeners);
  return found && named(found, "Port Protocol DefaultActions LoadBalancerArn");
};

const listenerRule: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call(ELB, "DescribeRules", { RuleArns: [physicalId] })).Rules);
  return found && named(found, "Actions Conditions Priority");
};

export const networkReaders: Record<string, Reader> = {
  "AWS::EC2::VPC": ec2("DescribeVpcs", "VpcIds", "Vpcs", "CidrBlock InstanceTenancy Tags"),
  "AWS::EC2::Subnet": ec2("DescribeSubnets", "SubnetIds", "Subnets", "VpcId CidrBlock AvailabilityZone MapPublicIpOnLaunch Tags"),
  "AWS::EC2::RouteTable": ec2("DescribeRouteTables", "RouteTableIds", "RouteTables", "VpcId Tags"),
  "AWS::EC2::InternetGateway": ec2("DescribeInternetGateways", "InternetGatewayIds", "InternetGateways", "Tags"),
  "AWS::EC2::Route": route,
  "AWS::EC2::SecurityGroup": securityGroup,
  "AWS::EC2::SecurityGroupIngress": securityGroupRule("Ingress"),
  "AWS::EC2::SecurityGroupEgress": securityGroupRule("Egress"),
  "AWS::EC2::LaunchTemplate": launchTemplate,
  "AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancer,
  "AWS::ElasticLoadBalancingV2::TargetGroup": targetGroup,
  "AWS::ElasticLoadBalancingV2::Listener": listener,
  "AWS::ElasticLoadBalancingV2::ListenerRule": listenerRule,
};
