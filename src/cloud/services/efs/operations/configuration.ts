import type {
  BackupPolicyDescription,
  DeleteFileSystemPolicyRequest,
  DescribeBackupPolicyRequest,
  DescribeFileSystemPolicyRequest,
  DescribeLifecycleConfigurationRequest,
  DescribeReplicationConfigurationsRequest,
  FileSystemPolicyDescription,
  LifecycleConfigurationDescription,
  PutBackupPolicyRequest,
  PutFileSystemPolicyRequest,
  PutLifecycleConfigurationRequest,
} from "@aws-sdk/client-efs";
import type { Call } from "../../../core/service.ts";
import type { EfsDeps } from "../index.ts";
import { badRequest, efsError, fileSystemOf } from "../lookup.ts";
import { fileSystems } from "../state.ts";

/** Nothing is moved to another storage class here: files are files of this machine. The rules are remembered. */
export function PutLifecycleConfiguration(deps: EfsDeps, input: PutLifecycleConfigurationRequest, call: Call): LifecycleConfigurationDescription {
  const { id } = fileSystemOf(deps.store, call, input.FileSystemId!);
  const policies = input.LifecyclePolicies ?? [];
  if (policies.some((policy) => Object.values(policy).filter((value) => value !== undefined).length > 1))
    throw badRequest("Each lifecycle policy must have exactly one transition.");
  return { LifecyclePolicies: fileSystems(deps.store, call).update(id, { lifecyclePolicies: policies }).lifecyclePolicies };
}

export function DescribeLifecycleConfiguration(
  deps: EfsDeps,
  input: DescribeLifecycleConfigurationRequest,
  call: Call,
): LifecycleConfigurationDescription {
  return { LifecyclePolicies: fileSystemOf(deps.store, call, input.FileSystemId!).lifecyclePolicies };
}

/** Remembered; AWS Backup makes the backups, and there is none on this machine. */
export function PutBackupPolicy(deps: EfsDeps, input: PutBackupPolicyRequest, call: Call): BackupPolicyDescription {
  const { id } = fileSystemOf(deps.store, call, input.FileSystemId!);
  const status = input.BackupPolicy?.Status;
  if (status !== "ENABLED" && status !== "DISABLED") throw badRequest("The backup policy's status must be ENABLED or DISABLED.");
  return { BackupPolicy: { Status: fileSystems(deps.store, call).update(id, { backup: status }).backup } };
}

export function DescribeBackupPolicy(deps: EfsDeps, input: DescribeBackupPolicyRequest, call: Call): BackupPolicyDescription {
  return { BackupPolicy: { Status: fileSystemOf(deps.store, call, input.FileSystemId!).backup } };
}

export function PutFileSystemPolicy(deps: EfsDeps, input: PutFileSystemPolicyRequest, call: Call): FileSystemPolicyDescription {
  const { id } = fileSystemOf(deps.store, call, input.FileSystemId!);
  const policy = input.Policy!;
  try {
    const document = JSON.parse(policy) as { Statement?: unknown };
    if (!document.Statement) throw new Error("no statement");
  } catch {
    throw efsError("InvalidPolicyException", "Policy provided is either invalid or not supported by EFS", 400);
  }
  fileSystems(deps.store, call).update(id, { policy });
  return { FileSystemId: id, Policy: policy };
}

export function DescribeFileSystemPolicy(deps: EfsDeps, input: DescribeFileSystemPolicyRequest, call: Call): FileSystemPolicyDescription {
  const { id, policy } = fileSystemOf(deps.store, call, input.FileSystemId!);
  if (!policy) throw efsError("PolicyNotFound", `File system '${id}' does not have a policy.`, 404);
  return { FileSystemId: id, Policy: policy };
}

export function DeleteFileSystemPolicy(deps: EfsDeps, input: DeleteFileSystemPolicyRequest, call: Call): void {
  fileSystems(deps.store, call).update(fileSystemOf(deps.store, call, input.FileSystemId!).id, { policy: undefined });
}

/** There is no replication here; asked of a file system, EFS answers that it has none. */
export function DescribeReplicationConfigurations(deps: EfsDeps, input: DescribeReplicationConfigurationsRequest, call: Call): { Replications: [] } {
  if (!input.FileSystemId) return { Replications: [] };
  const { id } = fileSystemOf(deps.store, call, input.FileSystemId);
  throw efsError("ReplicationNotFound", `No replication found for file system '${id}'.`, 404);
}
