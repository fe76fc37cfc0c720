import { gone, listChanges, omit, pick, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { ExistingResource, Properties, ResourceContext, ResourceProvider } from "./provider.ts";

/*
 * Which properties replace: the types' resource schemas (CloudFormation registry; those of cfn-lint 1.51, November 2026;
 * Tags of listeners and rules are newer: aws-cdk-lib 2.276 and cloudformation-coverage-roadmap#1526 have them).
 * AWS's handlers for these types are not public. What is said below of calls that they make is said of this cloud.
 */

const SERVICE = "elasticloadbalancing";
const TAGS = { property: "Tags", form: "list" } as const;

const list = <T = Properties>(value: unknown): T[] => (value as T[] | undefined) ?? [];

/** Attributes in the words of the template; one that is taken out of it keeps its value. */
interface AttributePlan {
  property: string;
  operation: "ModifyLoadBalancerAttributes" | "ModifyTargetGroupAttributes" | "ModifyListenerAttributes";
  arn: "LoadBalancerArn" | "TargetGroupArn" | "ListenerArn";
}

async function setAttributes(context: ResourceContext, plan: AttributePlan, arn: string, before: Properties, after: Properties): Promise<void> {
  const { added } = listChanges(list(before[plan.property]), list(after[plan.property]));
  if (added.length === 0) return;
  const Attributes = added.map((one) => ({ Key: String(one["Key"]), Value: String(one["Value"] ?? "") }));
  await context.call(SERVICE, plan.operation, { [plan.arn]: arn, Attributes });
}

async function setTags(context: ResourceContext, arn: string, before: Properties, after: Properties): Promise<void> {
  const { set, remove } = tagChanges(before["Tags"], after["Tags"]);
  if (remove.length > 0) await context.call(SERVICE, "RemoveTags", { ResourceArns: [arn], TagKeys: remove });
  if (set.length > 0) await context.call(SERVICE, "AddTags", { ResourceArns: [arn], Tags: set });
}

const tagsOf = (props: Properties): Properties => (list(props["Tags"]).length > 0 ? pick(props, ["Tags"]) : {});

/** `app/<name>/<id>` or `targetgroup/<name>/<id>`. */
const fullName = (arn: string): string => arn.slice(arn.lastIndexOf(":") + 1).replace(/^loadbalancer\//, "");

const LB_ATTRIBUTES: AttributePlan = {
  property: "LoadBalancerAttributes",
  operation: "ModifyLoadBalancerAttributes",
  arn: "LoadBalancerArn",
};

const loadBalancer: ResourceProvider = {
  type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
  properties: properties({
    replace: "Name Scheme Type",
    update: "IpAddressType LoadBalancerAttributes SecurityGroups SubnetMappings Subnets Tags",
  }),
  attributes: ["CanonicalHostedZoneID", "DNSName", "LoadBalancerArn", "LoadBalancerFullName", "LoadBalancerName", "SecurityGroups"],
  schema: { service: SERVICE, operation: "CreateLoadBalancer", own: ["LoadBalancerAttributes"] },
  tags: TAGS,
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(32));
    const input = context.input(SERVICE, "CreateLoadBalancer", { ...omit(props, "LoadBalancerAttributes", "Tags"), ...tagsOf(props), Name });
    const { LoadBalancers } = await context.call(SERVICE, "CreateLoadBalancer", input);
    const made = LoadBalancers[0] as Properties;
    const arn = String(made["LoadBalancerArn"]);
    const attributes = {
      LoadBalancerArn: arn,
      LoadBalancerName: Name,
      LoadBalancerFullName: fullName(arn),
      DNSName: String(made["DNSName"]),
      CanonicalHostedZoneID: String(made["CanonicalHostedZoneId"]),
      SecurityGroups: list<string>(made["SecurityGroups"]),
    };
    return finishing({ physicalId: arn, attributes }, () => setAttributes(context, LB_ATTRIBUTES, arn, {}, props));
  },
  async update(context, props, existing, changed) {
    const LoadBalancerArn = existing.physicalId;
    if (changed.includes("SecurityGroups"))
      await context.call(SERVICE, "SetSecurityGroups", { LoadBalancerArn, SecurityGroups: list<string>(props["SecurityGroups"]) });
    if (changed.includes("Subnets") || changed.includes("SubnetMappings"))
      await context.call(SERVICE, "SetSubnets", { LoadBalancerArn, ...pick(props, ["Subnets", "SubnetMappings"]) });
    if (changed.includes("IpAddressType"))
      await context.call(SERVICE, "SetIpAddressType", { LoadBalancerArn, IpAddressType: (props["IpAddressType"] as unknown) ?? "ipv4" });
    await setAttributes(context, LB_ATTRIBUTES, LoadBalancerArn, existing.properties, props);
    await setTags(context, LoadBalancerArn, existing.properties, props);
    return { attributes: { ...existing.attributes, SecurityGroups: list<string>(props["SecurityGroups"] ?? existing.attributes["SecurityGroups"]) } };
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteLoadBalancer", { LoadBalancerArn: existing.physicalId })),
};

const LISTENER_ATTRIBUTES: AttributePlan = { property: "ListenerAttributes", operation: "ModifyListenerAttributes", arn: "ListenerArn" };

const listener: ResourceProvider = {
  type: "AWS::ElasticLoadBalancingV2::Listener",
  properties: properties({
    replace: "LoadBalancerArn",
    update: "AlpnPolicy Certificates DefaultActions ListenerAttributes MutualAuthentication Port Protocol SslPolicy Tags",
  }),
  required: ["LoadBalancerArn", "DefaultActions"],
  attributes: ["ListenerArn"],
  schema: { service: SERVICE, operation: "CreateListener", own: ["ListenerAttributes"] },
  tags: TAGS,
  async create(context, props) {
    const input = context.input(SERVICE, "CreateListener", { ...omit(props, "ListenerAttributes", "Tags"), ...tagsOf(props) });
    const { Listeners } = await context.call(SERVICE, "CreateListener", input);
    const arn = String(Listeners[0].ListenerArn);
    return finishing({ physicalId: arn, attributes: { ListenerArn: arn } }, () => setAttributes(context, LISTENER_ATTRIBUTES, arn, {}, props));
  },
  async update(context, props, existing, changed) {
    const ListenerArn = existing.physicalId;
    const own = changed.filter((name) => name !== "ListenerAttributes" && name !== "Tags");
    if (own.length > 0) {
      const input = context.input(SERVICE, "ModifyListener", { ...pick(props, own), ListenerArn });
      await context.call(SERVICE, "ModifyListener", input);
    }
    await setAttributes(context, LISTENER_ATTRIBUTES, ListenerArn, existing.properties, props);
    await setTags(context, ListenerArn, existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteListener", { ListenerArn: existing.physicalId })),
};

/**
 * An update says to ModifyRule only what has changed in the template, and sets a priority with SetRulePriorities: what somebody
 * else has done to the rule's actions since stays unless the template's actions change, too.
 */
const listenerRule: ResourceProvider = {
  type: "AWS::ElasticLoadBalancingV2::ListenerRule",
  properties: properties({ replace: "ListenerArn", update: "Actions Conditions Priority Tags Transforms" }),
  required: ["Actions", "Conditions", "Priority"],
  attributes: ["RuleArn", "IsDefault"],
  schema: { service: SERVICE, operation: "CreateRule" },
  tags: TAGS,
  async create(context, props) {
    const input = context.input(SERVICE, "CreateRule", { ...omit(props, "Tags"), ...tagsOf(props) });
    const { Rules } = await context.call(SERVICE, "CreateRule", input);
    const arn = String(Rules[0].RuleArn);
    return { physicalId: arn, attributes: { RuleArn: arn, IsDefault: false } };
  },
  async update(context, props, existing, changed) {
    const RuleArn = existing.physicalId;
    const own = changed.filter((name) => name !== "Priority" && name !== "Tags");
    if (own.length > 0) await context.call(SERVICE, "ModifyRule", context.input(SERVICE, "ModifyRule", { ...pick(props, own), RuleArn }));
    if (changed.includes("Priority"))
      await context.call(SERVICE, "SetRulePriorities", { RulePriorities: [{ RuleArn, Priority: Number(props["Priority"]) }] });
    await setTags(context, RuleArn, existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteRule", { RuleArn: existing.physicalId })),
};

const GROUP_ATTRIBUTES: AttributePlan = { property: "TargetGroupAttributes", operation: "ModifyTargetGroupAttributes", arn: "TargetGroupArn" };

/** Only what the template itself names: targets that others have registered are theirs. */
async function setTargets(context: ResourceContext, TargetGroupArn: string, before: Properties, after: Properties): Promise<void> {
  const { added, removed } = listChanges(list(before["Targets"]), list(after["Targets"]));
  const targets = (all: Properties[]): unknown => context.input(SERVICE, "RegisterTargets", { TargetGroupArn, Targets: all })["Targets"];
  if (removed.length > 0) await context.call(SERVICE, "DeregisterTargets", { TargetGroupArn, Targets: targets(removed) });
  if (added.length > 0) await context.call(SERVICE, "RegisterTargets", { TargetGroupArn, Targets: targets(added) });
}

async function loadBalancersOf(context: ResourceContext, arn: string): Promise<string[]> {
  const { TargetGroups } = await context.call(SERVICE, "DescribeTargetGroups", { TargetGroupArns: [arn] });
  return list<string>(TargetGroups[0].LoadBalancerArns);
}

const HEALTH_CHECK =
  "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol HealthCheckTimeoutSeconds HealthyThresholdCount Matcher UnhealthyThresholdCount";

const targetGroup: ResourceProvider = {
  type: "AWS::ElasticLoadBalancingV2::TargetGroup",
  properties: properties({
    replace: "IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId",
    update: `${HEALTH_CHECK} Tags TargetGroupAttributes Targets`,
  }),
  attributes: ["LoadBalancerArns", "TargetGroupArn", "TargetGroupFullName", "TargetGroupName"],
  schema: { service: SERVICE, operation: "CreateTargetGroup", own: ["TargetGroupAttributes", "Targets"] },
  tags: TAGS,
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(32));
    const plain = omit(props, "TargetGroupAttributes", "Targets", "Tags");
    const input = context.input(SERVICE, "CreateTargetGroup", { ...plain, ...tagsOf(props), Name });
    const { TargetGroups } = await context.call(SERVICE, "CreateTargetGroup", input);
    const arn = String(TargetGroups[0].TargetGroupArn);
    const attributes = { TargetGroupArn: arn, TargetGroupName: Name, TargetGroupFullName: fullName(arn), LoadBalancerArns: [] };
    return finishing({ physicalId: arn, attributes }, async () => {
      await setAttributes(context, GROUP_ATTRIBUTES, arn, {}, props);
      await setTargets(context, arn, {}, props);
    });
  },
  async update(context, props, existing, changed) {
    const TargetGroupArn = existing.physicalId;
    const checks = changed.filter((name) => HEALTH_CHECK.split(" ").includes(name));
    if (checks.length > 0)
      await context.call(SERVICE, "ModifyTargetGroup", context.input(SERVICE, "ModifyTargetGroup", { ...pick(props, checks), TargetGroupArn }));
    await setAttributes(context, GROUP_ATTRIBUTES, TargetGroupArn, existing.properties, props);
    await setTargets(context, TargetGroupArn, existing.properties, props);
    await setTags(context, TargetGroupArn, existing.properties, props);
    return { attributes: { ...existing.attributes, LoadBalancerArns: await loadBalancersOf(context, TargetGroupArn) } };
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteTargetGroup", { TargetGroupArn: existing.physicalId })),
};

/** One certificate for each call, as the operations take them. */
async function eachCertificate(context: ResourceContext, operation: string, ListenerArn: unknown, certificates: Properties[]): Promise<void> {
  for (const { CertificateArn } of certificates)
    await context.call(SERVICE, operation, { ListenerArn, Certificates: [{ CertificateArn: CertificateArn as string }] });
}

const listenerCertificate: ResourceProvider = {
  type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
  properties: properties({ replace: "ListenerArn", update: "Certificates" }),
  required: ["Certificates", "ListenerArn"],
  attributes: ["Id"],
  schema: { service: SERVICE, operation: "AddListenerCertificates" },
  async create(context, props) {
    const Id = context.physicalName(255);
    return finishing({ physicalId: Id, attributes: { Id } }, () =>
      eachCertificate(context, "AddListenerCertificates", props["ListenerArn"], list(props["Certificates"])),
    );
  },
  async update(context, props, existing) {
    const { added, removed } = listChanges(list(existing.properties["Certificates"]), list(props["Certificates"]));
    await eachCertificate(context, "AddListenerCertificates", props["ListenerArn"], added);
    await eachCertificate(context, "RemoveListenerCertificates", props["ListenerArn"], removed);
  },
  delete: (context, existing: ExistingResource) =>
    gone(eachCertificate(context, "RemoveListenerCertificates", existing.properties["ListenerArn"], list(existing.properties["Certificates"]))),
};

export const elbProviders: ResourceProvider[] = [loadBalancer, listener, listenerRule, targetGroup, listenerCertificate];
