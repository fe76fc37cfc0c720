import type { Access } from "../../core/service.ts";
import { type Scope, arn, parseArn } from "../../core/scope.ts";
import { idOf } from "./lookup.ts";

/* https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html */

function resourceArn(scope: Scope, idOrArn: string): string {
  if (parseArn(idOrArn)) return idOrArn;
  return arn("elasticfilesystem", scope, `${idOf(idOrArn).startsWith("fsap-") ? "access-point" : "file-system"}/${idOrArn}`);
}

type Input = Partial<Record<"FileSystemId" | "AccessPointId" | "ResourceId", string>>;

/** Needs the action on the resource that the input names; on all where it names none. */
const on =
  (operation: string, member: keyof Input): Access =>
  (input: Input, call) => [{ action: `elasticfilesystem:${operation}`, resources: [input[member] ? resourceArn(call, input[member]) : "*"] }];

const FILE_SYSTEM_OPERATIONS = [
  "CreateAccessPoint",
  "CreateMountTarget",
  "DeleteFileSystem",
  "DeleteFileSystemPolicy",
  "DescribeBackupPolicy",
  "DescribeFileSystemPolicy",
  "DescribeFileSystems",
  "DescribeLifecycleConfiguration",
  "DescribeMountTargets",
  "DescribeReplicationConfigurations",
  "DescribeTags",
  "PutBackupPolicy",
  "PutFileSystemPolicy",
  "PutLifecycleConfiguration",
  "UpdateFileSystem",
  "UpdateFileSystemProtection",
];

export const access: Record<string, Access> = {
  ...Object.fromEntries(FILE_SYSTEM_OPERATIONS.map((operation) => [operation, on(operation, "FileSystemId")])),
  ...Object.fromEntries(["TagResource", "UntagResource", "ListTagsForResource"].map((operation) => [operation, on(operation, "ResourceId")])),
  DeleteAccessPoint: on("DeleteAccessPoint", "AccessPointId"),
  DescribeAccessPoints: (input: Input, call) => {
    const named = input.AccessPointId ?? input.FileSystemId;
    return [{ action: "elasticfilesystem:DescribeAccessPoints", resources: [named ? resourceArn(call, named) : "*"] }];
  },
  CreateFileSystem: () => [{ action: "elasticfilesystem:CreateFileSystem", resources: ["*"] }],
  // The operations on mount targets have the file system as their resource; it is not in their input.
  ...Object.fromEntries(
    ["DeleteMountTarget", "DescribeMountTargetSecurityGroups", "ModifyMountTargetSecurityGroups"].map((operation): [string, Access] => [
      operation,
      () => [{ action: `elasticfilesystem:${operation}`, resources: ["*"] }],
    ]),
  ),
};
