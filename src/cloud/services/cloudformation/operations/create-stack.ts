import type { CreateStackInput, CreateStackOutput } from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { parseTemplate } from "../../../deploy/template/parse.ts";
import type { CloudFormationDeps } from "../index.ts";
import { checkCapabilities, refuse, refuseDeploymentConfig, refuseTriggers, stackRequest, templateText } from "../requests.ts";

const onFailure = (input: CreateStackInput): "ROLLBACK" | "DELETE" | "DO_NOTHING" => {
  if (input.OnFailure !== undefined && input.DisableRollback !== undefined)
    throw new AwsError("ValidationError", "You can specify either DisableRollback or OnFailure, but not both.");
  return input.OnFailure ?? (input.DisableRollback ? "DO_NOTHING" : "ROLLBACK");
};

/** Accepts the stack and creates it in the background. */
export async function CreateStack({ deployer }: CloudFormationDeps, input: CreateStackInput, call: Call): Promise<CreateStackOutput> {
  refuse("CreateStack", input, ["ResourceTypes", "StackPolicyBody", "StackPolicyURL", "RetainExceptOnCreate"]);
  refuseDeploymentConfig("CreateStack", input);
  refuseTriggers("CreateStack", input);
  const templateBody = templateText(deployer, input);
  checkCapabilities(parseTemplate(templateBody), input.Capabilities);
  const accepted = await deployer.createStack(
    call,
    { ...stackRequest(input, templateBody), stackName: input.StackName ?? "" },
    {
      onFailure: onFailure(input),
      terminationProtection: input.EnableTerminationProtection ?? false,
      ...(input.TimeoutInMinutes === undefined ? {} : { timeoutInMinutes: input.TimeoutInMinutes }),
      ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
    },
  );
  return { StackId: accepted.stackId };
}
