import type { ValidateStateMachineDefinitionInput, ValidateStateMachineDefinitionOutput } from "@aws-sdk/client-sfn";
import { readDefinition } from "../asl/validate.ts";

/** Errors only: there are no warnings here. */
export function ValidateStateMachineDefinition(_: object, input: ValidateStateMachineDefinitionInput): ValidateStateMachineDefinitionOutput {
  const { problems } = readDefinition(input.definition ?? "");
  const limit = input.maxResults || 100;
  return {
    result: problems.length > 0 ? "FAIL" : "OK",
    diagnostics: problems.slice(0, limit).map(({ code, message, location }) => ({
      severity: "ERROR",
      code,
      message,
      ...(location === undefined ? {} : { location }),
    })),
    truncated: problems.length > limit,
  };
}
