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

/** An instance that Auto Scaling holds in a lifecycle hook. */
export interface LifecycleWait {
  autoScalingGroupName: string;
  lifecycleHookName: string;
  lifecycleActionToken: string;
  instanceId: string;
  /** Such as `autoscaling:EC2_INSTANCE_TERMINATING`. */
  transition: string;
}

/** Auto Scaling: instances that wait in a lifecycle hook, told after the wait is in the store, and again after a restart. */
export interface LifecyclePort {
  onLifecycle(listener: (scope: Scope, wait: LifecycleWait) => void | Promise<void>): () => void;
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
