export type { LifecyclePort, LifecycleWait } from "../../core/ports.ts";
import type { AccessNeed } from "../../core/service.ts";
import type { Scope } from "../../core/scope.ts";

/** EFS, for tasks whose definition mounts a file system. Implemented by the EFS service. */
export interface VolumesPort {
  /**
   * The folder of this machine that stands for a mount.
   * @param path `rootDirectory` of the volume; an access point has its own.
   * @throws Error whose message ends "ResourceInitializationError: …" when the file system cannot be mounted from there.
   */
  mount(
    scope: Scope,
    request: { fileSystemId: string; accessPointId?: string; path?: string; availabilityZone: string; vpcId: string },
  ): { hostPath: string; fileSystemArn: string; accessPointArn?: string; policy?: string };
}

/**
 * IAM: may a role do this? `resourcePolicy` is a policy of the resource (JSON) that may allow it too.
 * `reason` says, for people, which statement is missing.
 */
export type Authorize = (
  roleArn: string,
  needs: AccessNeed[],
  options?: { scope: Scope; resourcePolicy?: string },
) => { allowed: boolean; reason?: string } | Promise<{ allowed: boolean; reason?: string }>;
