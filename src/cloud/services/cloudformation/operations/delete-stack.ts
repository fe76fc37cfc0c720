import type { DeleteStackInput } from "@aws-sdk/client-cloudformation";
import type { Call } from "../../../core/service.ts";
import type { CloudFormationDeps } from "../index.ts";
import { refuse, refuseDeploymentConfig, roleOptions } from "../requests.ts";

/** Deletes in the background; a stack that is not there is no error ("Deletes a specified stack"). */
export function DeleteStack({ deployer }: CloudFormationDeps, input: DeleteStackInput, call: Call): object {
  refuse("DeleteStack", input, input.DeletionMode === "FORCE_DELETE_STACK" ? ["DeletionMode"] : []);
  refuseDeploymentConfig("DeleteStack", input);
  deployer.deleteStack(call, input.StackName ?? "", input.RetainResources ?? [], roleOptions(input));
  return {};
}
