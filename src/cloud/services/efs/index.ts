import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import { type Service, bind } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { fileSystemFolder, removeAll } from "./folders.ts";
import { type MountRequest, type Mounted, mount } from "./mount.ts";
import { CreateAccessPoint, DeleteAccessPoint, DescribeAccessPoints } from "./operations/access-points.ts";
import {
  DeleteFileSystemPolicy,
  DescribeBackupPolicy,
  DescribeFileSystemPolicy,
  DescribeLifecycleConfiguration,
  DescribeReplicationConfigurations,
  PutBackupPolicy,
  PutFileSystemPolicy,
  PutLifecycleConfiguration,
} from "./operations/configuration.ts";
import { CreateFileSystem, DeleteFileSystem, DescribeFileSystems, UpdateFileSystem, UpdateFileSystemProtection } from "./operations/file-systems.ts";
import {
  CreateMountTarget,
  DeleteMountTarget,
  DescribeMountTargetSecurityGroups,
  DescribeMountTargets,
  ModifyMountTargetSecurityGroups,
} from "./operations/mount-targets.ts";
import { DescribeTags, ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";

/** What the EFS service is built of. */
export interface EfsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  api: Api;
  /** Files are in `<dataDir>/volumes/<file system>/`. */
  dataDir: string;
}

const OPERATIONS = {
  CreateFileSystem,
  DeleteFileSystem,
  DescribeFileSystems,
  UpdateFileSystem,
  UpdateFileSystemProtection,
  CreateMountTarget,
  DeleteMountTarget,
  DescribeMountTargets,
  DescribeMountTargetSecurityGroups,
  ModifyMountTargetSecurityGroups,
  CreateAccessPoint,
  DeleteAccessPoint,
  DescribeAccessPoints,
  PutLifecycleConfiguration,
  DescribeLifecycleConfiguration,
  PutBackupPolicy,
  DescribeBackupPolicy,
  PutFileSystemPolicy,
  DescribeFileSystemPolicy,
  DeleteFileSystemPolicy,
  DescribeReplicationConfigurations,
  TagResource,
  UntagResource,
  ListTagsForResource,
  DescribeTags,
};

/** Amazon EFS: file systems that are folders of this machine. */
export function createEfs(deps: EfsDeps): Service & { mount(scope: Scope, request: MountRequest): Mounted; folderOf(fileSystemId: string): string } {
  return {
    name: "elasticfilesystem",
    signingNames: ["elasticfilesystem"],
    sdk: () => import("@aws-sdk/client-efs"),
    protocols: ["restJson1"],
    apiVersion: "2015-02-01",
    operations: bind(deps, OPERATIONS),
    access,
    mount: (scope, request) => mount(deps, scope, request),
    /** For people: where the files of a file system are. */
    folderOf: (fileSystemId) => fileSystemFolder(deps.dataDir, fileSystemId),
    reset: () => removeAll(deps.dataDir),
  };
}
