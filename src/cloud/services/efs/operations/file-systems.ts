import type {
  CreateFileSystemRequest,
  DeleteFileSystemRequest,
  DescribeFileSystemsRequest,
  DescribeFileSystemsResponse,
  FileSystemDescription,
  FileSystemProtectionDescription,
  UpdateFileSystemProtectionRequest,
  UpdateFileSystemRequest,
} from "@aws-sdk/client-efs";
import { type Scope, arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { folderIn, removeFileSystem } from "../folders.ts";
import type { EfsDeps } from "../index.ts";
import { badRequest, efsError, fileSystemOf, idOf } from "../lookup.ts";
import { paged } from "../paging.ts";
import { type FileSystemRow, accessPoints, fileSystems, mountTargets } from "../state.ts";

export function CreateFileSystem(deps: EfsDeps, input: CreateFileSystemRequest, call: Call): FileSystemDescription {
  const table = fileSystems(deps.store, call);
  const creationToken = input.CreationToken ?? deps.ids.uuid();
  const existing = table.find((row) => row.creationToken === creationToken);
  if (existing)
    throw efsError("FileSystemAlreadyExists", `File system '${existing.id}' already exists with creation token '${creationToken}'`, 409, {
      FileSystemId: existing.id,
    });
  if (input.KmsKeyId && !input.Encrypted) throw badRequest("KmsKeyId is only valid with Encrypted.");
  if (input.ThroughputMode === "provisioned" && !input.ProvisionedThroughputInMibps)
    throw badRequest("Provisioned throughput must be given in the throughput mode 'provisioned'.");
  const id = `fs-${deps.ids.hex(17)}`;
  const row: FileSystemRow = {
    id,
    arn: arn("elasticfilesystem", call, `file-system/${id}`),
    creationToken,
    creationTime: new Date(deps.clock.now()),
    encrypted: input.Encrypted ?? false,
    kmsKeyId: input.Encrypted ? (input.KmsKeyId ?? arn("kms", call, "alias/aws/elasticfilesystem")) : undefined,
    performanceMode: input.PerformanceMode ?? "generalPurpose",
    throughputMode: input.ThroughputMode ?? "bursting",
    provisionedThroughput: input.ProvisionedThroughputInMibps,
    availabilityZoneName: input.AvailabilityZoneName,
    tags: input.Tags ?? [],
    lifecyclePolicies: [],
    // Automatic backups are on by default for One Zone file systems alone (API_CreateFileSystem).
    backup: (input.Backup ?? input.AvailabilityZoneName !== undefined) ? "ENABLED" : "DISABLED",
    protection: "ENABLED",
  };
  folderIn(deps.dataDir, id, "/");
  return viewOf(deps, call, table.set(id, row));
}

function viewOf({ store }: Pick<EfsDeps, "store">, scope: Scope & { account: string }, row: FileSystemRow): FileSystemDescription {
  return {
    OwnerId: scope.account,
    CreationToken: row.creationToken,
    FileSystemId: row.id,
    FileSystemArn: row.arn,
    CreationTime: row.creationTime,
    LifeCycleState: "available",
    Name: row.tags.find(({ Key }) => Key === "Name")?.Value,
    NumberOfMountTargets: mountTargets(store, scope).filter(({ fileSystemId }) => fileSystemId === row.id).length,
    // Metered by EFS some hours late; 6144 is what an empty file system shows.
    SizeInBytes: { Value: 6144, ValueInIA: 0, ValueInStandard: 6144, ValueInArchive: 0 },
    PerformanceMode: row.performanceMode,
    Encrypted: row.encrypted,
    KmsKeyId: row.kmsKeyId,
    ThroughputMode: row.throughputMode,
    ProvisionedThroughputInMibps: row.provisionedThroughput,
    AvailabilityZoneName: row.availabilityZoneName,
    Tags: row.tags,
    FileSystemProtection: { ReplicationOverwriteProtection: row.protection },
  };
}

export function DescribeFileSystems(deps: EfsDeps, input: DescribeFileSystemsRequest, call: Call): DescribeFileSystemsResponse {
  const rows = input.FileSystemId
    ? [fileSystemOf(deps.store, call, input.FileSystemId)]
    : fileSystems(deps.store, call).filter(({ creationToken }) => !input.CreationToken || creationToken === input.CreationToken);
  const { items, next } = paged(rows, input.Marker, input.MaxItems);
  return { Marker: input.Marker, FileSystems: items.map((row) => viewOf(deps, call, row)), NextMarker: next };
}

export function UpdateFileSystem(deps: EfsDeps, input: UpdateFileSystemRequest, call: Call): FileSystemDescription {
  const row = fileSystemOf(deps.store, call, input.FileSystemId!);
  const throughputMode = input.ThroughputMode ?? row.throughputMode;
  if (throughputMode === "provisioned" && !(input.ProvisionedThroughputInMibps ?? row.provisionedThroughput))
    throw badRequest("Provisioned throughput must be given in the throughput mode 'provisioned'.");
  const provisionedThroughput = throughputMode === "provisioned" ? (input.ProvisionedThroughputInMibps ?? row.provisionedThroughput) : undefined;
  return viewOf(deps, call, fileSystems(deps.store, call).update(row.id, { throughputMode, provisionedThroughput }));
}

export function UpdateFileSystemProtection(deps: EfsDeps, input: UpdateFileSystemProtectionRequest, call: Call): FileSystemProtectionDescription {
  const row = fileSystemOf(deps.store, call, input.FileSystemId!);
  const wanted = input.ReplicationOverwriteProtection ?? row.protection;
  if (wanted === "REPLICATING") throw badRequest("The replication overwrite protection can be set to ENABLED or DISABLED.");
  const { protection } = fileSystems(deps.store, call).update(row.id, { protection: wanted });
  return { ReplicationOverwriteProtection: protection };
}

/** Its files go with it. A stack that retains a file system does not come here. */
export function DeleteFileSystem(deps: EfsDeps, input: DeleteFileSystemRequest, call: Call): void {
  const { id } = fileSystemOf(deps.store, call, input.FileSystemId!);
  if (mountTargets(deps.store, call).find(({ fileSystemId }) => fileSystemId === id)) {
    throw efsError("FileSystemInUse", `File system '${idOf(input.FileSystemId!)}' has mount targets.`, 409);
  }
  const points = accessPoints(deps.store, call);
  for (const point of points.filter(({ fileSystemId }) => fileSystemId === id)) points.delete(point.id);
  fileSystems(deps.store, call).delete(id);
  removeFileSystem(deps.dataDir, id);
}
