import type {
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse,
  DeleteServiceLinkedRoleRequest,
  DeleteServiceLinkedRoleResponse,
  GetServiceLinkedRoleDeletionStatusRequest,
  GetServiceLinkedRoleDeletionStatusResponse,
} from "@aws-sdk/client-iam";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { noSuchEntity } from "../faults.ts";
import type { IamDeps } from "../index.ts";
import { iamArn } from "../shared.ts";
import { roles } from "../state.ts";
import { describeRole, requireRole } from "./roles.ts";

type Deps = Pick<IamDeps, "store" | "clock" | "ids">;

/** Role names by service (IAM User Guide, "AWS services that work with IAM", and each service's own guide). */
const NAMES: Record<string, string> = {
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
  "elasticfilesystem.amazonaws.com": "AWSServiceRoleForAmazonElasticFileSystem",
  "backup.amazonaws.com": "AWSServiceRoleForBackup",
  "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
  "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
  "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
  "ssm.amazonaws.com": "AWSServiceRoleForAmazonSSM",
};

export function CreateServiceLinkedRole(deps: Deps, input: CreateServiceLinkedRoleRequest, call: Call): CreateServiceLinkedRoleResponse {
  const service = input.AWSServiceName!;
  const base = NAMES[service];
  if (!base) throw new NotSupported("iam", "CreateServiceLinkedRole", `a service-linked role for ${service}`);
  const name = input.CustomSuffix ? `${base}_${input.CustomSuffix}` : base;
  const table = roles(deps.store, call.account);
  if (table.has(name)) {
    throw new AwsError("InvalidInput", `Service role name ${name} has been taken in this account, please try a different suffix.`);
  }
  const path = `/aws-service-role/${service}/`;
  const role = table.set(name, {
    name,
    id: `AROA${deps.ids.upper(17)}`,
    arn: iamArn(call.account, "role", path, name),
    path,
    created: deps.clock.now(),
    trust: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }] }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    maxSessionDuration: 3600,
    tags: {},
    inline: {},
    attached: [],
  });
  return { Role: describeRole(role) };
}

/** Deletes at once; AWS queues it, and the task that it answers with is then found SUCCEEDED. */
export function DeleteServiceLinkedRole(deps: Deps, input: DeleteServiceLinkedRoleRequest, call: Call): DeleteServiceLinkedRoleResponse {
  const role = requireRole(deps, call.account, input.RoleName!);
  if (!role.path.startsWith("/aws-service-role/")) throw noSuchEntity(`The service-linked role with name ${role.name} cannot be found.`);
  roles(deps.store, call.account).delete(role.name);
  return { DeletionTaskId: `task${role.path}${role.name}/${deps.ids.uuid()}` };
}

export function GetServiceLinkedRoleDeletionStatus(
  _deps: Deps,
  input: GetServiceLinkedRoleDeletionStatusRequest,
): GetServiceLinkedRoleDeletionStatusResponse {
  if (!input.DeletionTaskId!.startsWith("task/aws-service-role/")) throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`);
  return { Status: "SUCCEEDED" };
}
