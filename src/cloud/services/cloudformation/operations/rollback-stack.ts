import type { RollbackStackInput, RollbackStackOutput } from "@aws-sdk/client-cloudformation";
import type { Call } from "../../../core/service.ts";
import type { CloudFormationDeps } from "../index.ts";
import { refuse, refuseDeploymentConfig, roleOptions } from "../requests.ts";

/** Takes back a create that failed and was not rolled back. Updates always are, so none waits for it. */
export function RollbackStack({ deployer }: CloudFormationDeps, input: RollbackStackInput, call: Call): RollbackStackOutput {
  refuse("RollbackStack", input, ["RetainExceptOnCreate"]);
  refuseDeploymentConfig("RollbackStack", input);
  const { stackId } = deployer.rollbackStack(call, input.StackName ?? "", roleOptions(input));
  return { StackId: stackId };
}
