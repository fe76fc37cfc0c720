import { AwsError } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";

interface Deps {
  api: Api;
}

/** Application Auto Scaling acts through its service-linked role, which is allowed all that is done here. */
export const itself = (scope: Scope): Principal => ({ kind: "service", arn: "ecs.application-autoscaling.amazonaws.com", account: scope.account });

const ROLE_SERVICE = "ecs.application-autoscaling.amazonaws.com";
const ROLE_NAME = "AWSServiceRoleForApplicationAutoScaling_ECSService";

export const roleArn = ({ account }: Scope): string => `arn:aws:iam::${account}:role/aws-service-role/${ROLE_SERVICE}/${ROLE_NAME}`;

/** Makes the service-linked role where it is not there. Who registers the first target needs iam:CreateServiceLinkedRole. */
export async function ensureRole({ api }: Deps, scope: Scope, caller: Principal): Promise<void> {
  try {
    await api.call("iam", "GetRole", { RoleName: ROLE_NAME }, scope, itself(scope));
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "NoSuchEntity") throw error;
    await api.call("iam", "CreateServiceLinkedRole", { AWSServiceName: ROLE_SERVICE }, scope, caller);
  }
}

/** A service as far as scaling goes. */
export interface Capacity {
  desired: number;
  running: number;
  active: boolean;
  /** More than one deployment: a rollout is under way. */
  deploying: boolean;
  daemon: boolean;
}

const partsOf = (resourceId: string): { cluster: string; service: string } => {
  const [, cluster, service] = resourceId.split("/");
  return { cluster: cluster!, service: service! };
};

interface Described {
  services?: { status?: string; desiredCount?: number; runningCount?: number; deployments?: unknown[]; schedulingStrategy?: string }[];
}

/** Undefined where there is no such service, or no more. */
export async function capacityOf({ api }: Deps, scope: Scope, resourceId: string): Promise<Capacity | undefined> {
  const { cluster, service } = partsOf(resourceId);
  try {
    const { services } = await api.call<Described>("ecs", "DescribeServices", { cluster, services: [service] }, scope, itself(scope));
    const found = services?.[0];
    if (!found || found.status === "INACTIVE") return undefined;
    return {
      desired: found.desiredCount ?? 0,
      running: found.runningCount ?? 0,
      active: found.status === "ACTIVE",
      deploying: (found.deployments ?? []).length > 1,
      daemon: found.schedulingStrategy === "DAEMON",
    };
  } catch (error) {
    if (error instanceof AwsError && error.code === "ClusterNotFoundException") return undefined;
    throw error;
  }
}

/** @throws AwsError as UpdateService answers */
export async function setDesired({ api }: Deps, scope: Scope, resourceId: string, desiredCount: number): Promise<void> {
  await api.call("ecs", "UpdateService", { ...partsOf(resourceId), desiredCount }, scope, itself(scope));
}
