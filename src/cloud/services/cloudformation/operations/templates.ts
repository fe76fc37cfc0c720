import type {
  GetTemplateInput,
  GetTemplateOutput,
  GetTemplateSummaryInput,
  GetTemplateSummaryOutput,
  ValidateTemplateInput,
  ValidateTemplateOutput,
} from "@aws-sdk/client-cloudformation";
import type { Call } from "../../../core/service.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { checkReferences } from "../../../deploy/template/check.ts";
import { parseTemplate } from "../../../deploy/template/parse.ts";
import { isObject, type Template } from "../../../deploy/template/types.ts";
import { AwsError } from "../../../core/errors.ts";
import { changeSets } from "../change-set-state.ts";
import type { CloudFormationDeps } from "../index.ts";
import { neededCapabilities, refuse, templateText } from "../requests.ts";

/** The template as it was handed over. */
export function GetTemplate({ deployer }: CloudFormationDeps, input: GetTemplateInput, call: Call): GetTemplateOutput {
  if (input.ChangeSetName !== undefined) {
    const found = changeSets(deployer.engine.store, call).find(
      (row) => row.id === input.ChangeSetName || (row.name === input.ChangeSetName && row.stackName === input.StackName),
    );
    if (!found) throw new AwsError("ChangeSetNotFound", `ChangeSet [${input.ChangeSetName}] does not exist`, { status: 404 });
    return { TemplateBody: found.target.templateBody, StagesAvailable: ["Original", "Processed"] };
  }
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  return { TemplateBody: stack.status === "REVIEW_IN_PROGRESS" ? "{}" : stack.templateBody, StagesAvailable: ["Original", "Processed"] };
}

const defaultText = (value: unknown): string | undefined => (value === undefined ? undefined : [value].flat().map(String).join(","));

const parametersOf = (template: Template) =>
  Object.entries(template.Parameters ?? {}).map(([name, definition]) => ({
    ParameterKey: name,
    DefaultValue: defaultText(definition.Default),
    NoEcho: String(definition.NoEcho) === "true",
    Description: definition.Description,
    ParameterType: definition.Type,
    ParameterConstraints: { AllowedValues: definition.AllowedValues?.map(String) },
  }));

function summaryOf(template: Template) {
  const needed = neededCapabilities(template);
  return {
    Description: typeof template.Description === "string" ? template.Description : undefined,
    Capabilities: needed.capabilities,
    CapabilitiesReason: needed.reason,
    DeclaredTransforms: [template.Transform ?? []].flat().map(String),
  };
}

export function GetTemplateSummary({ deployer }: CloudFormationDeps, input: GetTemplateSummaryInput, call: Call): GetTemplateSummaryOutput {
  refuse("GetTemplateSummary", input, ["StackSetName"]);
  const text = input.StackName === undefined ? templateText(deployer, input) : needStack(deployer.engine, call, input.StackName).templateBody;
  const template = parseTemplate(text);
  return {
    ...summaryOf(template),
    Parameters: parametersOf(template),
    ResourceTypes: [...new Set(Object.values(template.Resources).map((resource) => resource.Type))],
    Version: template.AWSTemplateFormatVersion,
    Metadata: isObject(template.Metadata) ? JSON.stringify(template.Metadata) : undefined,
  };
}

/** Syntax and references, no more, as on AWS: whether its types are there is found when a stack is made of it. */
export function ValidateTemplate({ deployer }: CloudFormationDeps, input: ValidateTemplateInput): ValidateTemplateOutput {
  const template = parseTemplate(templateText(deployer, input));
  checkReferences(template);
  return { ...summaryOf(template), Parameters: parametersOf(template).map(({ ParameterType: _, ParameterConstraints: __, ...rest }) => rest) };
}
