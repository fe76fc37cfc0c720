import { gone, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "iam";
const document = (policy: unknown): string => (typeof policy === "string" ? policy : JSON.stringify(policy));
const list = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

async function updateInline(context: ResourceContext, RoleName: string, before: Properties, after: Properties): Promise<void> {
  const named = (props: Properties): Map<string, string> =>
    new Map(
      ((props["Policies"] as Properties[] | undefined) ?? []).map((policy) => [String(policy["PolicyName"]), document(policy["PolicyDocument"])]),
    );
  const [old, now] = [named(before), named(after)];
  for (const [PolicyName] of old) if (!now.has(PolicyName)) await context.call(SERVICE, "DeleteRolePolicy", { RoleName, PolicyName });
  for (const [PolicyName, PolicyDocument] of now)
    if (old.get(PolicyName) !== PolicyDocument) await context.call(SERVICE, "PutRolePolicy", { RoleName, PolicyName, PolicyDocument });
}

async function updateAttached(context: ResourceContext, RoleName: string, before: string[], after: string[]): Promise<void> {
  for (const PolicyArn of before) if (!after.includes(PolicyArn)) await gone(context.call(SERVICE, "DetachRolePolicy", { RoleName, PolicyArn }));
  for (const PolicyArn of after) if (!before.includes(PolicyArn)) await context.call(SERVICE, "AttachRolePolicy", { RoleName, PolicyArn });
}

const role: ResourceProvider = {
  type: "AWS::IAM::Role",
  properties: properties({
    replace: "Path RoleName",
    update: "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration PermissionsBoundary Policies Tags",
  }),
  required: ["AssumeRolePolicyDocument"],
  attributes: ["Arn", "RoleId"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "RoleName",
  async create(context, props) {
    const RoleName = String(props["RoleName"] ?? context.physicalName(64));
    const { AssumeRolePolicyDocument, Description, MaxSessionDuration, Path, PermissionsBoundary, Tags } = props;
    const input = context.input(SERVICE, "CreateRole", {
      AssumeRolePolicyDocument,
      Description,
      MaxSessionDuration,
      Path,
      PermissionsBoundary,
      Tags,
      RoleName,
    });
    const { Role } = await context.call(SERVICE, "CreateRole", input);
    return finishing({ physicalId: RoleName, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } }, async () => {
      await updateInline(context, RoleName, {}, props);
      await updateAttached(context, RoleName, [], list(props["ManagedPolicyArns"]));
    });
  },
  async update(context, props, existing, changed) {
    const RoleName = existing.physicalId;
    if (changed.includes("AssumeRolePolicyDocument"))
      await context.call(SERVICE, "UpdateAssumeRolePolicy", { RoleName, PolicyDocument: document(props["AssumeRolePolicyDocument"]) });
    if (changed.includes("Description") || changed.includes("MaxSessionDuration"))
      await context.call(
        SERVICE,
        "UpdateRole",
        context.input(SERVICE, "UpdateRole", { RoleName, Description: props["Description"], MaxSessionDuration: props["MaxSessionDuration"] }),
      );
    if (changed.includes("PermissionsBoundary")) {
      const PermissionsBoundary = props["PermissionsBoundary"] as unknown;
      if (PermissionsBoundary === undefined) await context.call(SERVICE, "DeleteRolePermissionsBoundary", { RoleName });
      else await context.call(SERVICE, "PutRolePermissionsBoundary", { RoleName, PermissionsBoundary });
    }
    await updateInline(context, RoleName, existing.properties, props);
    await updateAttached(context, RoleName, list(existing.properties["ManagedPolicyArns"]), list(props["ManagedPolicyArns"]));
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SERVICE, "UntagRole", { RoleName, TagKeys: remove });
    if (set.length > 0) await context.call(SERVICE, "TagRole", { RoleName, Tags: set });
  },
  async delete(context, existing) {
    const RoleName = existing.physicalId;
    await gone(
      (async () => {
        const { AttachedPolicies = [] } = await context.call(SERVICE, "ListAttachedRolePolicies", { RoleName });
        for (const { PolicyArn } of AttachedPolicies) await gone(context.call(SERVICE, "DetachRolePolicy", { RoleName, PolicyArn }));
        const { PolicyNames = [] } = await context.call(SERVICE, "ListRolePolicies", { RoleName });
        for (const PolicyName of PolicyNames) await gone(context.call(SERVICE, "DeleteRolePolicy", { RoleName, PolicyName }));
        await context.call(SERVICE, "DeleteRole", { RoleName });
      })(),
    );
  },
};

/** The principals that an inline policy is put on; AWS::IAM::Policy may name several. */
const HOLDERS = [
  ["Roles", "Role"],
  ["Users", "User"],
  ["Groups", "Group"],
] as const;

async function putInline(context: ResourceContext, props: Properties, before?: Properties): Promise<void> {
  const PolicyName = String(props["PolicyName"]);
  const PolicyDocument = document(props["PolicyDocument"]);
  for (const [property, kind] of HOLDERS) {
    const now = list(props[property]);
    const old = before ? list(before[property]) : [];
    const renamed = before !== undefined && String(before["PolicyName"]) !== PolicyName;
    for (const name of now) await context.call(SERVICE, `Put${kind}Policy`, { [`${kind}Name`]: name, PolicyName, PolicyDocument });
    for (const name of old) {
      if (renamed || !now.includes(name))
        await gone(context.call(SERVICE, `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: before!["PolicyName"] as string }));
    }
  }
}

const policy: ResourceProvider = {
  type: "AWS::IAM::Policy",
  properties: properties({ update: "Groups PolicyDocument PolicyName Roles Users" }),
  required: ["PolicyDocument", "PolicyName"],
  attributes: ["Id"],
  async create(context, props) {
    const id = context.physicalName();
    return finishing({ physicalId: id, attributes: { Id: id } }, () => putInline(context, props));
  },
  update: (context, props, existing) => putInline(context, props, existing.properties),
  async delete(context, { properties: props }) {
    for (const [property, kind] of HOLDERS)
      for (const name of list(props[property]))
        await gone(context.call(SERVICE, `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: props["PolicyName"] as string }));
  },
};

const rolePolicy: ResourceProvider = {
  type: "AWS::IAM::RolePolicy",
  properties: properties({ replace: "PolicyName RoleName", update: "PolicyDocument" }),
  required: ["PolicyName", "RoleName"],
  async create(context, props) {
    await putInline(context, { ...props, Roles: [props["RoleName"] as string] });
    return { physicalId: `${String(props["PolicyName"])}|${String(props["RoleName"])}`, attributes: {} };
  },
  update: (context, props) => putInline(context, { ...props, Roles: [props["RoleName"] as string] }),
  delete: (context, { properties: props }) =>
    gone(context.call(SERVICE, "DeleteRolePolicy", { RoleName: props["RoleName"] as string, PolicyName: props["PolicyName"] as string })),
};

async function attach(context: ResourceContext, PolicyArn: string, before: Properties, after: Properties): Promise<void> {
  for (const [property, kind] of HOLDERS) {
    const [old, now] = [list(before[property]), list(after[property])];
    for (const name of old) if (!now.includes(name)) await gone(context.call(SERVICE, `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn }));
    for (const name of now) if (!old.includes(name)) await context.call(SERVICE, `Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn });
  }
}

/** A managed policy holds five versions at most; CloudFormation makes room by deleting the oldest that is not the default. */
async function putVersion(context: ResourceContext, PolicyArn: string, policyDocument: unknown): Promise<void> {
  const { Versions = [] } = await context.call(SERVICE, "ListPolicyVersions", { PolicyArn });
  const spare = (Versions as Properties[]).filter((version) => version["IsDefaultVersion"] !== true);
  const oldest = spare.at(-1);
  if (Versions.length >= 5 && oldest) await context.call(SERVICE, "DeletePolicyVersion", { PolicyArn, VersionId: oldest["VersionId"] as string });
  await context.call(SERVICE, "CreatePolicyVersion", { PolicyArn, PolicyDocument: document(policyDocument), SetAsDefault: true });
}

const managedPolicy: ResourceProvider = {
  type: "AWS::IAM::ManagedPolicy",
  properties: properties({ replace: "Description ManagedPolicyName Path", update: "Groups PolicyDocument Roles Users" }),
  required: ["PolicyDocument"],
  attributes: ["PolicyArn", "PolicyId"],
  nameProperty: "ManagedPolicyName",
  async create(context, props) {
    const PolicyName = String(props["ManagedPolicyName"] ?? context.physicalName(128));
    // CDK writes an empty description; the API takes none of that.
    const Description = props["Description"] === "" ? undefined : (props["Description"] as unknown);
    const { Policy } = await context.call(SERVICE, "CreatePolicy", {
      PolicyName,
      PolicyDocument: document(props["PolicyDocument"]),
      Path: props["Path"] as unknown,
      Description,
    });
    return finishing({ physicalId: Policy.Arn, attributes: { PolicyArn: Policy.Arn, PolicyId: Policy.PolicyId } }, () =>
      attach(context, Policy.Arn, {}, props),
    );
  },
  async update(context, props, existing, changed) {
    if (changed.includes("PolicyDocument")) await putVersion(context, existing.physicalId, props["PolicyDocument"]);
    await attach(context, existing.physicalId, existing.properties, props);
  },
  async delete(context, existing) {
    await attach(context, existing.physicalId, existing.properties, {});
    const { Versions = [] } = await context.call(SERVICE, "ListPolicyVersions", { PolicyArn: existing.physicalId }).catch(() => ({}));
    for (const version of Versions as Properties[])
      if (version["IsDefaultVersion"] !== true)
        await gone(context.call(SERVICE, "DeletePolicyVersion", { PolicyArn: existing.physicalId, VersionId: version["VersionId"] as string }));
    await gone(context.call(SERVICE, "DeletePolicy", { PolicyArn: existing.physicalId }));
  },
};

async function setRoles(context: ResourceContext, InstanceProfileName: string, before: string[], after: string[]): Promise<void> {
  for (const RoleName of before)
    if (!after.includes(RoleName)) await gone(context.call(SERVICE, "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName }));
  for (const RoleName of after)
    if (!before.includes(RoleName)) await context.call(SERVICE, "AddRoleToInstanceProfile", { InstanceProfileName, RoleName });
}

const instanceProfile: ResourceProvider = {
  type: "AWS::IAM::InstanceProfile",
  properties: properties({ replace: "InstanceProfileName Path", update: "Roles" }),
  required: ["Roles"],
  attributes: ["Arn"],
  nameProperty: "InstanceProfileName",
  async create(context, props) {
    const InstanceProfileName = String(props["InstanceProfileName"] ?? context.physicalName(128));
    const { InstanceProfile } = await context.call(SERVICE, "CreateInstanceProfile", { InstanceProfileName, Path: props["Path"] as unknown });
    return finishing({ physicalId: InstanceProfileName, attributes: { Arn: InstanceProfile.Arn } }, () =>
      setRoles(context, InstanceProfileName, [], list(props["Roles"])),
    );
  },
  update: (context, props, existing) => setRoles(context, existing.physicalId, list(existing.properties["Roles"]), list(props["Roles"])),
  async delete(context, existing) {
    await setRoles(context, existing.physicalId, list(existing.properties["Roles"]), []);
    await gone(context.call(SERVICE, "DeleteInstanceProfile", { InstanceProfileName: existing.physicalId }));
  },
};

export const iamProviders: ResourceProvider[] = [role, policy, rolePolicy, managedPolicy, instanceProfile];
