import type { TaskOverride } from "@aws-sdk/client-ecs";
import type { TaskDefinitionRow } from "../state.ts";

/** A task definition with what RunTask overrides for the whole task. */
export function overridden(row: TaskDefinitionRow, overrides: TaskOverride | undefined): TaskDefinitionRow {
  const { cpu, memory, taskRoleArn, executionRoleArn, ephemeralStorage } = overrides ?? {};
  const change = {
    ...(cpu ? { cpu } : {}),
    ...(memory ? { memory } : {}),
    ...(taskRoleArn ? { taskRoleArn } : {}),
    ...(executionRoleArn ? { executionRoleArn } : {}),
    ...(ephemeralStorage ? { ephemeralStorage } : {}),
  };
  return Object.keys(change).length === 0 ? row : { ...row, definition: { ...row.definition, ...change } };
}
