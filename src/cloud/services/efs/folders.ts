import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { join, normalize } from "node:path";
import type { CreationInfo } from "@aws-sdk/client-efs";

/** Where the files of a file system are on this machine. */
export const fileSystemFolder = (dataDir: string, id: string): string => join(dataDir, "volumes", id);

/** A folder of a file system; `..` does not lead out of it. Made when it is not there. */
export function folderIn(dataDir: string, fileSystemId: string, path: string): string {
  const folder = join(fileSystemFolder(dataDir, fileSystemId), normalize(join("/", path)));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * The root of an access point, with the owner and the permissions that it is to be created with. A host that does not let
 * us give it away leaves it ours, and opens it to everyone: containers run as many users.
 */
export function accessPointFolder(dataDir: string, fileSystemId: string, path: string, creation?: CreationInfo): string {
  const folder = folderIn(dataDir, fileSystemId, path);
  if (!creation) return folder;
  try {
    chownSync(folder, creation.OwnerUid!, creation.OwnerGid!);
    chmodSync(folder, Number.parseInt(creation.Permissions!, 8));
  } catch {
    chmodSync(folder, 0o777);
  }
  return folder;
}

export function removeFileSystem(dataDir: string, id: string): void {
  rmSync(fileSystemFolder(dataDir, id), { recursive: true, force: true });
}

/** The files of every file system. */
export function removeAll(dataDir: string): void {
  rmSync(join(dataDir, "volumes"), { recursive: true, force: true });
}
