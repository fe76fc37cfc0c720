import type { Properties, ResourceContext } from "../../providers/provider.ts";
import { list, named, type Reader } from "./reader.ts";

const IAM = "iam";

/** "The returned policy is URL-encoded compliant with RFC 3986" (GetRole, GetRolePolicy, GetPolicyVersion). */
const document = (text: unknown): string => decodeURIComponent(String(text));

/** Of the role's inline policies those that the template names: AWS::IAM::Policy puts others on it. */
async function inlinePolicies(context: ResourceContext, RoleName: string, wanted: Properties[]): Promise<Properties[]> {
  const { PolicyNames } = await context.call(IAM, "ListRolePolicies", { RoleName });
  const names = list<string>(PolicyNames).filter((name) => wanted.some((policy) => policy["PolicyName"] === name));
  return Promise.all(
    names.map(async (PolicyName) => {
      const { PolicyDocument } = await context.call(IAM, "GetRolePolicy", { RoleName, PolicyName });
      return { PolicyName, PolicyDocument: document(PolicyDocument) };
    }),
  );
}

const role: Reader = async (context, { physicalId: RoleName, properties }) => {
  const { Role } = await context.call(IAM, "GetRole", { RoleName });
  const { AttachedPolicies } = await context.call(IAM, "ListAttachedRolePolicies", { RoleName });
  return {
    ...named(Role, "RoleName Path Description MaxSessionDuration Tags"),
    AssumeRolePolicyDocument: document(Role.AssumeRolePolicyDocument),
    // AWS::IAM::ManagedPolicy attaches its own, so what is attached besides is not drift of the role.
    ManagedPolicyArns: list<string>(properties["ManagedPolicyArns"]).filter((arn) => list(AttachedPolicies).some((one) => one["PolicyArn"] === arn)),
    Policies: await inlinePolicies(context, RoleName, list(properties["Policies"])),
  };
};

/** The same document is on each of the roles; it has drifted where one of them has another. */
const policy: Reader = async (context, { properties }) => {
  const PolicyName = String(properties["PolicyName"]);
  const roles = list<string>(properties["Roles"]);
  // Users and groups are not in Rouse's stacks.
  if (roles.length === 0) return {};
  const texts = await Promise.all(
    roles.map(async (RoleName) => document((await context.call(IAM, "GetRolePolicy", { RoleName, PolicyName })).PolicyDocument)),
  );
  const expected = JSON.stringify(properties["PolicyDocument"]);
  return { PolicyName, PolicyDocument: texts.find((text) => text !== expected) ?? texts[0]! };
};

const managedPolicy: Reader = async (context, { physicalId: PolicyArn }) => {
  const { Policy } = await context.call(IAM, "GetPolicy", { PolicyArn });
  const { PolicyVersion } = await context.call(IAM, "GetPolicyVersion", { PolicyArn, VersionId: Policy.DefaultVersionId });
  return { ...named(Policy, "Path"), PolicyDocument: document(PolicyVersion.Document) };
};

const instanceProfile: Reader = async (context, { physicalId }) => {
  const { InstanceProfile } = await context.call(IAM, "GetInstanceProfile", { InstanceProfileName: physicalId });
  return { ...named(InstanceProfile, "Path"), Roles: list(InstanceProfile.Roles).map((one) => one["RoleName"] as string) };
};

const withoutDot = (name: unknown): string => String(name).replace(/\.$/, "").toLowerCase();

const hostedZone: Reader = async (context, { physicalId }) => {
  const { HostedZone } = await context.call("route53", "GetHostedZone", { Id: physicalId });
  return { HostedZoneConfig: HostedZone.Config as unknown };
};

const recordSet: Reader = async (context, { properties }) => {
  const { HostedZoneId, Name, Type } = properties;
  if (HostedZoneId === undefined) return {};
  const { ResourceRecordSets } = await context.call("route53", "ListResourceRecordSets", {
    HostedZoneId,
    StartRecordName: Name,
    StartRecordType: Type,
  });
  const found = list(ResourceRecordSets).find((one) => withoutDot(one["Name"]) === withoutDot(Name) && one["Type"] === Type);
  if (!found) return undefined;
  const records = found["ResourceRecords"] === undefined ? undefined : list(found["ResourceRecords"]).map((one) => one["Value"] as string);
  return { TTL: found["TTL"] as unknown, ResourceRecords: records };
};

export const accessReaders: Record<string, Reader> = {
  "AWS::IAM::Role": role,
  "AWS::IAM::Policy": policy,
  "AWS::IAM::ManagedPolicy": managedPolicy,
  "AWS::IAM::InstanceProfile": instanceProfile,
  "AWS::Route53::HostedZone": hostedZone,
  "AWS::Route53::RecordSet": recordSet,
};
