import type { Scope } from "../../core/scope.ts";
import { accessPointFolder, folderIn } from "./folders.ts";
import type { EfsDeps } from "./index.ts";
import { accessPoints, fileSystems, mountTargets } from "./state.ts";

export interface MountRequest {
  fileSystemId: string;
  accessPointId?: string;
  /** Root directory; an access point has its own. */
  path?: string;
  availabilityZone: string;
  vpcId: string;
}

/** What stands for a mount on this machine, and what decides whether it is allowed. */
export interface Mounted {
  hostPath: string;
  fileSystemArn: string;
  accessPointArn?: string;
  /** The file system's policy, JSON. */
  policy?: string;
}

/** The mount helper's failures, in the words in which ECS hands them on. */
class MountError extends Error {
  constructor(message: string) {
    super(`ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: ${message}`);
    this.name = "MountError";
  }
}

/**
 * The folder that a client in this VPC and zone sees when it mounts a file system.
 * @throws MountError when there is no such file system, access point, or mount target where the client is.
 */
export function mount(deps: Pick<EfsDeps, "store" | "dataDir">, scope: Scope, request: MountRequest): Mounted {
  const { fileSystemId, accessPointId } = request;
  const row = fileSystems(deps.store, scope).get(fileSystemId);
  const targets = mountTargets(deps.store, scope).filter((target) => target.fileSystemId === fileSystemId && target.view.VpcId === request.vpcId);
  if (!row || targets.length === 0) {
    throw new MountError(
      `stderr: Failed to resolve "${fileSystemId}.efs.${scope.region}.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID.`,
    );
  }
  if (!targets.some(({ view }) => view.AvailabilityZoneName === request.availabilityZone)) {
    throw new MountError(
      `stderr: Failed to resolve "${fileSystemId}.efs.${scope.region}.amazonaws.com": there is no mount target in ${request.availabilityZone}.`,
    );
  }
  const base = { fileSystemArn: row.arn, policy: row.policy };
  if (!accessPointId) return { ...base, hostPath: folderIn(deps.dataDir, fileSystemId, request.path ?? "/") };
  const point = accessPoints(deps.store, scope).get(accessPointId);
  if (point?.fileSystemId !== fileSystemId)
    throw new MountError(`stderr: mount.nfs4: access denied by server while mounting 127.0.0.1:/: the access point ${accessPointId} does not exist`);
  const { Path, CreationInfo } = point.view.RootDirectory;
  return { ...base, accessPointArn: point.view.AccessPointArn, hostPath: accessPointFolder(deps.dataDir, fileSystemId, Path, CreationInfo) };
}
