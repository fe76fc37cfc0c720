import { gone, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "elasticfilesystem";

async function updateTags(context: ResourceContext, ResourceId: string, before: unknown, after: unknown): Promise<void> {
  const { set, remove } = tagChanges(before, after);
  if (remove.length > 0) await context.call(SERVICE, "UntagResource", { ResourceId, TagKeys: remove });
  if (set.length > 0) await context.call(SERVICE, "TagResource", { ResourceId, Tags: set });
}

async function available(context: ResourceContext, operation: string, list: string, input: object, what: string): Promise<void> {
  await context.until(what, async () => {
    const described = await context.call(SERVICE, operation, input);
    const state = (described[list] as Properties[] | undefined)?.[0]?.["LifeCycleState"] as string | undefined;
    if (state === "error") throw new Error(`${what} is in state error`);
    return state === "available" ? true : undefined;
  });
}

async function deleted(context: ResourceContext, operation: string, list: string, input: object, what: string): Promise<void> {
  await context.until(what, async () => {
    const described = await context.call(SERVICE, operation, input).catch(() => ({}));
    const [first] = (described[list] as Properties[] | undefined) ?? [];
    return first === undefined || first["LifeCycleState"] === "deleted" ? true : undefined;
  });
}

async function setPolicies(context: ResourceContext, FileSystemId: string, props: Properties, changed: readonly string[]): Promise<void> {
  if (changed.includes("LifecyclePolicies")) {
    const LifecyclePolicies = (props["LifecyclePolicies"] as object[] | undefined) ?? [];
    await context.call(SERVICE, "PutLifecycleConfiguration", { FileSystemId, LifecyclePolicies });
  }
  if (changed.includes("BackupPolicy")) {
    const BackupPolicy = (props["BackupPolicy"] as object | undefined) ?? { Status: "DISABLED" };
    await context.call(SERVICE, "PutBackupPolicy", { FileSystemId, BackupPolicy });
  }
  if (!changed.includes("FileSystemPolicy")) return;
  if (props["FileSystemPolicy"] === undefined) await context.call(SERVICE, "DeleteFileSystemPolicy", { FileSystemId });
  else await context.call(SERVICE, "PutFileSystemPolicy", { FileSystemId, Policy: JSON.stringify(props["FileSystemPolicy"]) });
}

const fileSystem: ResourceProvider = {
  type: "AWS::EFS::FileSystem",
  properties: properties({
    replace: "AvailabilityZoneName Encrypted KmsKeyId PerformanceMode",
    update:
      "BackupPolicy BypassPolicyLockoutSafetyCheck FileSystemPolicy FileSystemTags LifecyclePolicies ProvisionedThroughputInMibps ThroughputMode",
  }),
  attributes: ["FileSystemId", "Arn"],
  tags: { property: "FileSystemTags", form: "list" },
  async create(context, props) {
    const { AvailabilityZoneName, Encrypted, KmsKeyId, PerformanceMode, ProvisionedThroughputInMibps, ThroughputMode } = props;
    const input = context.input(SERVICE, "CreateFileSystem", {
      AvailabilityZoneName,
      Encrypted,
      KmsKeyId,
      PerformanceMode,
      ProvisionedThroughputInMibps,
      ThroughputMode,
    });
    const made = await context.call(SERVICE, "CreateFileSystem", {
      ...input,
      CreationToken: context.ids.uuid(),
      Tags: props["FileSystemTags"] as object[],
    });
    const { FileSystemId, FileSystemArn } = made;
    return finishing({ physicalId: FileSystemId, attributes: { FileSystemId, Arn: FileSystemArn } }, async () => {
      await available(context, "DescribeFileSystems", "FileSystems", { FileSystemId }, `File system ${FileSystemId}`);
      await setPolicies(context, FileSystemId, props, Object.keys(props));
    });
  },
  async update(context, props, existing, changed) {
    const FileSystemId = existing.physicalId;
    const { ThroughputMode, ProvisionedThroughputInMibps } = props;
    if (changed.includes("ThroughputMode") || changed.includes("ProvisionedThroughputInMibps"))
      await context.call(
        SERVICE,
        "UpdateFileSystem",
        context.input(SERVICE, "UpdateFileSystem", { FileSystemId, ThroughputMode, ProvisionedThroughputInMibps }),
      );
    await setPolicies(context, FileSystemId, props, changed);
    await updateTags(context, FileSystemId, existing.properties["FileSystemTags"], props["FileSystemTags"]);
  },
  async delete(context, existing) {
    const FileSystemId = existing.physicalId;
    await gone(context.call(SERVICE, "DeleteFileSystem", { FileSystemId }));
    await deleted(context, "DescribeFileSystems", "FileSystems", { FileSystemId }, `Deletion of file system ${FileSystemId}`);
  },
};

const mountTarget: ResourceProvider = {
  type: "AWS::EFS::MountTarget",
  properties: properties({ replace: "FileSystemId SubnetId IpAddress", update: "SecurityGroups" }),
  required: ["FileSystemId", "SubnetId", "SecurityGroups"],
  attributes: ["Id", "IpAddress"],
  async create(context, props) {
    const made = await context.call(SERVICE, "CreateMountTarget", props);
    const { MountTargetId, IpAddress } = made;
    return finishing({ physicalId: MountTargetId, attributes: { Id: MountTargetId, IpAddress } }, () =>
      available(context, "DescribeMountTargets", "MountTargets", { MountTargetId }, `Mount target ${MountTargetId}`),
    );
  },
  async update(context, props, existing) {
    await context.call(SERVICE, "ModifyMountTargetSecurityGroups", {
      MountTargetId: existing.physicalId,
      SecurityGroups: props["SecurityGroups"] as string[],
    });
  },
  async delete(context, existing) {
    const MountTargetId = existing.physicalId;
    await gone(context.call(SERVICE, "DeleteMountTarget", { MountTargetId }));
    await deleted(context, "DescribeMountTargets", "MountTargets", { MountTargetId }, `Deletion of mount target ${MountTargetId}`);
  },
};

const accessPoint: ResourceProvider = {
  type: "AWS::EFS::AccessPoint",
  properties: properties({ replace: "FileSystemId ClientToken PosixUser RootDirectory", update: "AccessPointTags" }),
  required: ["FileSystemId"],
  attributes: ["AccessPointId", "Arn"],
  schema: { service: SERVICE, operation: "CreateAccessPoint" },
  tags: { property: "AccessPointTags", form: "list" },
  async create(context, props) {
    const { FileSystemId, PosixUser, RootDirectory, ClientToken } = props;
    const input = context.input(SERVICE, "CreateAccessPoint", {
      FileSystemId,
      PosixUser,
      RootDirectory,
      ClientToken: (ClientToken as unknown) ?? context.ids.uuid(),
    });
    const { AccessPointId, AccessPointArn } = await context.call(SERVICE, "CreateAccessPoint", {
      ...input,
      Tags: props["AccessPointTags"] as object[],
    });
    return { physicalId: AccessPointId, attributes: { AccessPointId, Arn: AccessPointArn } };
  },
  update: (context, props, existing) => updateTags(context, existing.physicalId, existing.properties["AccessPointTags"], props["AccessPointTags"]),
  async delete(context, existing) {
    const AccessPointId = existing.physicalId;
    await gone(context.call(SERVICE, "DeleteAccessPoint", { AccessPointId }));
    await deleted(context, "DescribeAccessPoints", "AccessPoints", { AccessPointId }, `Deletion of access point ${AccessPointId}`);
  },
};

export const efsProviders: ResourceProvider[] = [fileSystem, mountTarget, accessPoint];
