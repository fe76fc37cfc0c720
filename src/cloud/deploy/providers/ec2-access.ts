import { updateEc2Tags, tagSpecifications } from "./ec2-network.ts";
import { gone, listChanges, omit, properties } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

type Direction = "Ingress" | "Egress";

const peer = (rule: Properties, direction: Direction): { groups: Properties[]; prefixes: Properties[] } => {
  const described = rule["Description"] === undefined ? {} : { Description: rule["Description"] as string };
  const groupId = direction === "Ingress" ? rule["SourceSecurityGroupId"] : rule["DestinationSecurityGroupId"];
  const prefix = direction === "Ingress" ? rule["SourcePrefixListId"] : rule["DestinationPrefixListId"];
  const owner = rule["SourceSecurityGroupOwnerId"] === undefined ? {} : { UserId: rule["SourceSecurityGroupOwnerId"] as string };
  return {
    groups: groupId === undefined ? [] : [{ GroupId: groupId as string, ...owner, ...described }],
    prefixes: prefix === undefined ? [] : [{ PrefixListId: prefix as string, ...described }],
  };
};

/** A rule as the security group operations take it. */
export function ipPermission(rule: Properties, direction: Direction): Properties {
  const described = rule["Description"] === undefined ? {} : { Description: rule["Description"] as string };
  const { groups, prefixes } = peer(rule, direction);
  return {
    IpProtocol: String(rule["IpProtocol"]),
    ...(rule["FromPort"] === undefined ? {} : { FromPort: Number(rule["FromPort"]) }),
    ...(rule["ToPort"] === undefined ? {} : { ToPort: Number(rule["ToPort"]) }),
    ...(rule["CidrIp"] === undefined ? {} : { IpRanges: [{ CidrIp: rule["CidrIp"] as string, ...described }] }),
    ...(rule["CidrIpv6"] === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: rule["CidrIpv6"] as string, ...described }] }),
    ...(groups.length > 0 ? { UserIdGroupPairs: groups } : {}),
    ...(prefixes.length > 0 ? { PrefixListIds: prefixes } : {}),
  };
}

async function authorize(
  context: ResourceContext,
  direction: Direction,
  groupId: string,
  rules: Properties[],
): Promise<{ SecurityGroupRuleId?: string }[]> {
  if (rules.length === 0) return [];
  const IpPermissions = rules.map((rule) => ipPermission(rule, direction));
  const made = await context.call("ec2", `AuthorizeSecurityGroup${direction}`, { GroupId: groupId, IpPermissions });
  return made?.SecurityGroupRules ?? [];
}

async function revoke(context: ResourceContext, direction: Direction, groupId: string, rules: Properties[]): Promise<void> {
  if (rules.length === 0) return;
  await context.call("ec2", `RevokeSecurityGroup${direction}`, {
    GroupId: groupId,
    IpPermissions: rules.map((rule) => ipPermission(rule, direction)),
  });
}

/** What a group has when the template gives no egress rules: everything may leave. */
const ALL_OUT: Properties = { IpProtocol: "-1", CidrIp: "0.0.0.0/0" };
const rulesOf = (props: Properties, direction: Direction): Properties[] => {
  const rules = props[`SecurityGroup${direction}`] as Properties[] | undefined;
  if (direction === "Egress" && (rules === undefined || rules.length === 0)) return [ALL_OUT];
  return rules ?? [];
};

async function setRules(context: ResourceContext, groupId: string, before: Properties | undefined, after: Properties): Promise<void> {
  for (const direction of ["Ingress", "Egress"] as const) {
    const old = before ? rulesOf(before, direction) : direction === "Egress" ? [ALL_OUT] : [];
    const { added, removed } = listChanges(old, rulesOf(after, direction));
    await revoke(context, direction, groupId, removed);
    await authorize(context, direction, groupId, added);
  }
}

const RULE_PARTS = "CidrIp CidrIpv6 FromPort IpProtocol ToPort";

const securityGroup: ResourceProvider = {
  type: "AWS::EC2::SecurityGroup",
  properties: properties({ replace: "GroupDescription GroupName VpcId", update: "SecurityGroupIngress SecurityGroupEgress Tags" }),
  required: ["GroupDescription"],
  attributes: ["GroupId", "Id", "VpcId"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "GroupName",
  async create(context, props) {
    const made = await context.call("ec2", "CreateSecurityGroup", {
      GroupName: props["GroupName"] ?? context.physicalName(255),
      Description: props["GroupDescription"],
      VpcId: props["VpcId"],
      TagSpecifications: tagSpecifications("security-group", props),
    });
    const { GroupId } = made;
    return finishing({ physicalId: GroupId, attributes: { GroupId, Id: GroupId, VpcId: props["VpcId"] } }, () =>
      setRules(context, GroupId, undefined, props),
    );
  },
  async update(context, props, existing) {
    await setRules(context, existing.physicalId, existing.properties, props);
    await updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]);
  },
  delete: (context, existing) => gone(context.call("ec2", "DeleteSecurityGroup", { GroupId: existing.physicalId })),
};

/** One rule as a resource of its own. */
const rule = (direction: Direction): ResourceProvider => ({
  type: `AWS::EC2::SecurityGroup${direction}`,
  properties: properties({
    replace: `${RULE_PARTS} GroupId ${direction === "Ingress" ? "SourceSecurityGroupId SourcePrefixListId SourceSecurityGroupOwnerId" : "DestinationSecurityGroupId DestinationPrefixListId"}`,
    update: "Description",
  }),
  required: ["GroupId", "IpProtocol"],
  attributes: ["Id"],
  async create(context, props): Promise<Resource> {
    const made = await authorize(context, direction, String(props["GroupId"]), [props]);
    const id = made[0]?.SecurityGroupRuleId ?? context.physicalName();
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(context, props, existing) {
    await context.call("ec2", `UpdateSecurityGroupRuleDescriptions${direction}`, {
      GroupId: existing.properties["GroupId"],
      IpPermissions: [ipPermission(props, direction)],
    });
  },
  delete: (context, existing) => gone(revoke(context, direction, String(existing.properties["GroupId"]), [existing.properties])),
});

const keyPair: ResourceProvider = {
  type: "AWS::EC2::KeyPair",
  properties: properties({ replace: "KeyName KeyType KeyFormat PublicKeyMaterial Tags" }),
  required: ["KeyName"],
  attributes: ["KeyPairId", "KeyFingerprint"],
  tags: { property: "Tags", form: "list" },
  async create(context, props) {
    const { KeyName, KeyType, KeyFormat, PublicKeyMaterial } = props;
    const TagSpecifications = tagSpecifications("key-pair", props);
    if (PublicKeyMaterial !== undefined) {
      const made = await context.call("ec2", "ImportKeyPair", {
        KeyName,
        PublicKeyMaterial: Buffer.from(String(PublicKeyMaterial)),
        TagSpecifications,
      });
      return { physicalId: String(KeyName), attributes: { KeyPairId: made.KeyPairId, KeyFingerprint: made.KeyFingerprint } };
    }
    const made = await context.call("ec2", "CreateKeyPair", { KeyName, KeyType, KeyFormat, TagSpecifications });
    const resource = { physicalId: String(KeyName), attributes: { KeyPairId: made.KeyPairId, KeyFingerprint: made.KeyFingerprint } };
    // "the private key is saved to an AWS Systems Manager Parameter Store parameter, using … /ec2/keypair/{key_pair_id}"
    // (AWS::EC2::KeyPair).
    return finishing(resource, async () => {
      await context.call("ssm", "PutParameter", {
        Name: `/ec2/keypair/${made.KeyPairId}`,
        Value: made.KeyMaterial,
        Type: "SecureString",
        Overwrite: true,
      });
    });
  },
  async delete(context, existing) {
    await gone(context.call("ec2", "DeleteKeyPair", { KeyName: existing.physicalId }));
    if (existing.properties["PublicKeyMaterial"] === undefined)
      await gone(context.call("ssm", "DeleteParameter", { Name: `/ec2/keypair/${String(existing.attributes["KeyPairId"])}` }));
  },
};

const launchTemplateAttributes = (template: Properties): Record<string, unknown> => ({
  LaunchTemplateId: template["LaunchTemplateId"],
  LatestVersionNumber: String(template["LatestVersionNumber"]),
  DefaultVersionNumber: String(template["DefaultVersionNumber"]),
});

const launchTemplate: ResourceProvider = {
  type: "AWS::EC2::LaunchTemplate",
  properties: properties({ replace: "LaunchTemplateName", update: "LaunchTemplateData VersionDescription TagSpecifications" }),
  required: ["LaunchTemplateData"],
  attributes: ["LaunchTemplateId", "LatestVersionNumber", "DefaultVersionNumber"],
  schema: { service: "ec2", operation: "CreateLaunchTemplate" },
  nameProperty: "LaunchTemplateName",
  async create(context, props) {
    const input = context.input("ec2", "CreateLaunchTemplate", {
      ...props,
      LaunchTemplateName: props["LaunchTemplateName"] ?? context.physicalName(),
    });
    const made = await context.call("ec2", "CreateLaunchTemplate", input);
    return { physicalId: made.LaunchTemplate.LaunchTemplateId, attributes: launchTemplateAttributes(made.LaunchTemplate) };
  },
  async update(context, props, existing, changed) {
    const LaunchTemplateId = existing.physicalId;
    if (changed.includes("LaunchTemplateData") || changed.includes("VersionDescription")) {
      const input = context.input("ec2", "CreateLaunchTemplateVersion", omit(props, "TagSpecifications", "LaunchTemplateName"));
      await context.call("ec2", "CreateLaunchTemplateVersion", { ...input, LaunchTemplateId });
    }
    await updateEc2Tags(context, LaunchTemplateId, ownTagsOf(existing.properties), ownTagsOf(props));
    const described = await context.call("ec2", "DescribeLaunchTemplates", { LaunchTemplateIds: [LaunchTemplateId] });
    return { attributes: launchTemplateAttributes(described.LaunchTemplates[0]) };
  },
  delete: (context, existing) => gone(context.call("ec2", "DeleteLaunchTemplate", { LaunchTemplateId: existing.physicalId })),
};

const ownTagsOf = (props: Properties): object[] =>
  ((props["TagSpecifications"] as { ResourceType: string; Tags?: object[] }[] | undefined) ?? [])
    .filter((one) => one.ResourceType === "launch-template")
    .flatMap((one) => one.Tags ?? []);

export const ec2AccessProviders: ResourceProvider[] = [securityGroup, rule("Ingress"), rule("Egress"), keyPair, launchTemplate];
