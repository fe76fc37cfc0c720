import { arn } from "../../core/scope.ts";
import { properties } from "./helpers.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

/**
 * AWS Backup is recorded, not run: this cloud has no Backup service, so that vaults, plans and selections can be deployed
 * and deleted, and no backups are taken. README.md says so; on AWS the same resources do take them.
 */
const record = (context: ResourceContext, kind: string, id: string, props: Properties): void =>
  void context.store.table<Properties>(`backup.${kind}`, context.scope).set(id, props);

const forget =
  (kind: string) =>
  (context: ResourceContext, existing: Resource): Promise<void> => {
    context.store.table<Properties>(`backup.${kind}`, context.scope).delete(existing.physicalId);
    return Promise.resolve();
  };

const vault: ResourceProvider = {
  type: "AWS::Backup::BackupVault",
  properties: properties({ replace: "BackupVaultName EncryptionKeyArn", update: "AccessPolicy BackupVaultTags LockConfiguration Notifications" }),
  required: ["BackupVaultName"],
  attributes: ["BackupVaultName", "BackupVaultArn"],
  tags: { property: "BackupVaultTags", form: "map" },
  nameProperty: "BackupVaultName",
  create(context, props) {
    const BackupVaultName = String(props["BackupVaultName"]);
    record(context, "vaults", BackupVaultName, props);
    const BackupVaultArn = arn("backup", context.scope, `backup-vault:${BackupVaultName}`);
    return Promise.resolve({ physicalId: BackupVaultName, attributes: { BackupVaultName, BackupVaultArn } });
  },
  update: (context, props, existing) => Promise.resolve(record(context, "vaults", existing.physicalId, props)),
  delete: forget("vaults"),
};

const plan: ResourceProvider = {
  type: "AWS::Backup::BackupPlan",
  properties: properties({ update: "BackupPlan BackupPlanTags" }),
  required: ["BackupPlan"],
  attributes: ["BackupPlanId", "BackupPlanArn", "VersionId"],
  tags: { property: "BackupPlanTags", form: "map" },
  create(context, props) {
    const BackupPlanId = context.ids.uuid();
    record(context, "plans", BackupPlanId, props);
    const BackupPlanArn = arn("backup", context.scope, `backup-plan:${BackupPlanId}`);
    return Promise.resolve({ physicalId: BackupPlanId, attributes: { BackupPlanId, BackupPlanArn, VersionId: context.ids.hex(32) } });
  },
  update(context, props, existing) {
    record(context, "plans", existing.physicalId, props);
    return Promise.resolve({ attributes: { ...existing.attributes, VersionId: context.ids.hex(32) } });
  },
  delete: forget("plans"),
};

const selection: ResourceProvider = {
  type: "AWS::Backup::BackupSelection",
  properties: properties({ replace: "BackupPlanId BackupSelection" }),
  required: ["BackupPlanId", "BackupSelection"],
  attributes: ["Id", "SelectionId", "BackupPlanId"],
  create(context, props) {
    const SelectionId = context.ids.uuid();
    const Id = `${SelectionId}_${String(props["BackupPlanId"])}`;
    record(context, "selections", Id, props);
    return Promise.resolve({ physicalId: Id, attributes: { Id, SelectionId, BackupPlanId: props["BackupPlanId"] as unknown } });
  },
  delete: forget("selections"),
};

export const backupProviders: ResourceProvider[] = [vault, plan, selection];
