import type {
  UpdateStackInput,
  UpdateStackOutput,
  UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput,
} from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { stacks } from "../../../deploy/engine/state.ts";
import { parseTemplate } from "../../../deploy/template/parse.ts";
import type { CloudFormationDeps } from "../index.ts";
import { checkCapabilities, refuse, refuseDeploymentConfig, refuseTriggers, stackRequest, templateText } from "../requests.ts";

/** Accepts an update and carries it out in the background. */
export async function UpdateStack({ deployer }: CloudFormationDeps, input: UpdateStackInput, call: Call): Promise<UpdateStackOutput> {
  refuse("UpdateStack", input, [
    "ResourceTypes",
    "StackPolicyBody",
    "StackPolicyURL",
    "StackPolicyDuringUpdateBody",
    "DisableRollback",
    "RetainExceptOnCreate",
  ]);
  refuseDeploymentConfig("UpdateStack", input);
  refuseTriggers("UpdateStack", input);
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  const templateBody = input.UsePreviousTemplate ? stack.templateBody : templateText(deployer, input);
  checkCapabilities(parseTemplate(templateBody), input.Capabilities);
  const request = stackRequest(input, templateBody);
  // Tags and topics that an update leaves out stay ("If you don't specify this parameter, CloudFormation doesn't modify the stack's tags").
  const accepted = await deployer.updateStack(
    call,
    stack.stackId,
    {
      ...request,
      tags: input.Tags === undefined ? stack.tags : (request.tags ?? []),
      notificationArns: input.NotificationARNs ?? stack.notificationArns,
      ...(input.RoleARN === undefined && stack.roleArn !== undefined ? { roleArn: stack.roleArn } : {}),
    },
    input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken },
  );
  return { StackId: accepted.stackId };
}

export function UpdateTerminationProtection(
  { deployer }: CloudFormationDeps,
  input: UpdateTerminationProtectionInput,
  call: Call,
): UpdateTerminationProtectionOutput {
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  if (stack.parentId !== undefined)
    throw new AwsError("ValidationError", "Termination protection cannot be changed on a nested stack. Change it on the root stack.");
  stacks(deployer.engine.store, call).update(stack.stackId, { terminationProtection: input.EnableTerminationProtection ?? false });
  return { StackId: stack.stackId };
}
