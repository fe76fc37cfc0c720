import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createEfs } from "./index.ts";

const scope = { account: "000000000000", region: "us-west-2" };
const call: Call = { ...scope, principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: scope.account }, requestId: "r" };
const SUBNETS: Record<string, object> = {
  "subnet-a": { SubnetId: "subnet-a", VpcId: "vpc-1", AvailabilityZone: "us-west-2a", AvailabilityZoneId: "usw2-az1", CidrBlock: "10.0.0.0/24" },
  "subnet-a2": { SubnetId: "subnet-a2", VpcId: "vpc-1", AvailabilityZone: "us-west-2a", CidrBlock: "10.0.2.0/24" },
  "subnet-b": { SubnetId: "subnet-b", VpcId: "vpc-1", AvailabilityZone: "us-west-2b", CidrBlock: "10.0.1.0/28" },
};

function create() {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-efs-"));
  const efs = createEfs({
    store: new Store(),
    clock: new VirtualClock(),
    ids: seededIds(),
    dataDir,
    api: {
      call: async (_service, operation, input) => {
        if (operation === "DescribeSecurityGroups") return { SecurityGroups: [{ GroupId: "sg-default" }] } as never;
        const subnet = SUBNETS[(input as { SubnetIds: string[] }).SubnetIds[0]!];
        if (!subnet) throw new AwsError("InvalidSubnetID.NotFound", "no");
        return { Subnets: [subnet] } as never;
      },
    },
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  const run = async (operation: string, input: object = {}): Promise<any> => efs.operations[operation]!(input, call);
  return { efs, run, dataDir };
}

test("a file system is a folder; it is deleted with its files, but not while it has mount targets", async () => {
  const { efs, run } = create();
  const { FileSystemId } = await run("CreateFileSystem", { CreationToken: "t", Encrypted: true, Tags: [{ Key: "Name", Value: "data" }] });
  writeFileSync(join(efs.folderOf(FileSystemId), "save"), "x");
  const { MountTargetId, IpAddress } = await run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-b" });
  expect(IpAddress).toMatch(/^10\.0\.1\.([4-9]|1[0-4])$/);
  expect((await run("DescribeFileSystems", { FileSystemId })).FileSystems).toMatchObject([
    { Name: "data", NumberOfMountTargets: 1, Encrypted: true, LifeCycleState: "available" },
  ]);
  await expect(run("DeleteFileSystem", { FileSystemId })).rejects.toMatchObject({ code: "FileSystemInUse", status: 409 });
  await run("DeleteMountTarget", { MountTargetId });
  await run("DeleteFileSystem", { FileSystemId });
  expect(existsSync(efs.folderOf(FileSystemId))).toBe(false);
  await expect(run("DescribeFileSystems", { FileSystemId })).rejects.toMatchObject({ code: "FileSystemNotFound", status: 404 });
});

test("there is one mount target in each zone, in subnets that exist", async () => {
  const { run } = create();
  const { FileSystemId } = await run("CreateFileSystem", { CreationToken: "t" });
  await run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-a" });
  await expect(run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-a2" })).rejects.toMatchObject({ code: "MountTargetConflict" });
  await expect(run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-x" })).rejects.toMatchObject({ code: "SubnetNotFound" });
  await run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-b" });
  expect((await run("DescribeMountTargets", { FileSystemId })).MountTargets).toHaveLength(2);
});

test("an access point has its own root, made with its permissions, and does not lead out of the file system", async () => {
  const { efs, run } = create();
  const { FileSystemId } = await run("CreateFileSystem", { CreationToken: "t" });
  await run("CreateMountTarget", { FileSystemId, SubnetId: "subnet-a" });
  const RootDirectory = { Path: "/data", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0750" } };
  const { AccessPointId } = await run("CreateAccessPoint", { ClientToken: "c", FileSystemId, RootDirectory });
  const place = { fileSystemId: FileSystemId, availabilityZone: "us-west-2a", vpcId: "vpc-1" };
  const mounted = efs.mount(scope, { ...place, accessPointId: AccessPointId });
  expect(mounted.hostPath).toBe(join(efs.folderOf(FileSystemId), "data"));
  if (process.getuid?.() === 0) expect([statSync(mounted.hostPath).uid, statSync(mounted.hostPath).mode & 0o777]).toEqual([1000, 0o750]);
  expect(efs.mount(scope, { ...place, path: "/../../etc" }).hostPath).toBe(join(efs.folderOf(FileSystemId), "etc"));
  await expect(run("CreateAccessPoint", { ClientToken: "c", FileSystemId })).rejects.toMatchObject({
    code: "AccessPointAlreadyExists",
    fields: { AccessPointId },
  });
});

test("it cannot be mounted where it has no mount target", async () => {
  const { efs, run } = create();
  const { FileSystemId: fileSystemId } = await run("CreateFileSystem", { CreationToken: "t" });
  const mount =
    (availabilityZone: string, vpcId = "vpc-1") =>
    (): object =>
      efs.mount(scope, { fileSystemId, availabilityZone, vpcId });
  expect(mount("us-west-2a")).toThrow(/ResourceInitializationError: .*ensure that the VPC has an EFS mount target/);
  await run("CreateMountTarget", { FileSystemId: fileSystemId, SubnetId: "subnet-a" });
  expect(mount("us-west-2a")).not.toThrow();
  expect(mount("us-west-2b")).toThrow(/no mount target in us-west-2b/);
  expect(mount("us-west-2a", "vpc-2")).toThrow(/ResourceInitializationError/);
});

test("policy, backup policy, lifecycle and tags are kept", async () => {
  const { run } = create();
  const { FileSystemId } = await run("CreateFileSystem", { CreationToken: "t" });
  await expect(run("DescribeFileSystemPolicy", { FileSystemId })).rejects.toMatchObject({ code: "PolicyNotFound" });
  await expect(run("PutFileSystemPolicy", { FileSystemId, Policy: "{}" })).rejects.toMatchObject({ code: "InvalidPolicyException" });
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  await run("PutFileSystemPolicy", { FileSystemId, Policy });
  await run("PutBackupPolicy", { FileSystemId, BackupPolicy: { Status: "ENABLED" } });
  await run("TagResource", { ResourceId: FileSystemId, Tags: [{ Key: "a", Value: "1" }] });
  expect(await run("DescribeFileSystemPolicy", { FileSystemId })).toEqual({ FileSystemId, Policy });
  expect(await run("DescribeBackupPolicy", { FileSystemId })).toEqual({ BackupPolicy: { Status: "ENABLED" } });
  expect(await run("ListTagsForResource", { ResourceId: FileSystemId })).toEqual({ Tags: [{ Key: "a", Value: "1" }] });
  await expect(run("CreateFileSystem", { CreationToken: "t" })).rejects.toMatchObject({ code: "FileSystemAlreadyExists", fields: { FileSystemId } });
});
