import type { AccessPointDescription, FileSystemDescription, LifecyclePolicy, MountTargetDescription, Status, Tag } from "@aws-sdk/client-efs";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** Key: its id. */
export interface FileSystemRow {
  id: string;
  arn: string;
  creationToken: string;
  creationTime: Date;
  encrypted: boolean;
  kmsKeyId?: string;
  performanceMode: NonNullable<FileSystemDescription["PerformanceMode"]>;
  throughputMode: NonNullable<FileSystemDescription["ThroughputMode"]>;
  provisionedThroughput?: number;
  availabilityZoneName?: string;
  tags: Tag[];
  lifecyclePolicies: LifecyclePolicy[];
  backup: Status;
  /** JSON. */
  policy?: string;
  protection: "ENABLED" | "DISABLED";
}

/** Key: its id. */
export interface MountTargetRow {
  id: string;
  fileSystemId: string;
  securityGroups: string[];
  view: MountTargetDescription & { VpcId: string; AvailabilityZoneName: string };
}

/** Key: its id. */
export interface AccessPointRow {
  id: string;
  fileSystemId: string;
  view: AccessPointDescription & { AccessPointArn: string; RootDirectory: { Path: string } };
}

export const fileSystems = (store: Store, scope: Scope): Table<FileSystemRow> => store.table("efs.file-systems", scope);
export const mountTargets = (store: Store, scope: Scope): Table<MountTargetRow> => store.table("efs.mount-targets", scope);
export const accessPoints = (store: Store, scope: Scope): Table<AccessPointRow> => store.table("efs.access-points", scope);
