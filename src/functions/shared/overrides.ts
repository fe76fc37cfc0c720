import type { TaskOverride } from "@aws-sdk/client-ecs";
import type { RunInput } from "./run-spec.ts";

/** RunTask's overrides; undefined where there are none. */
export function overridesOf(container: string, { command, environment }: RunInput): TaskOverride | undefined {
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  if (!command && variables.length === 0) return undefined;
  return {
    containerOverrides: [
      { name: container, ...(command ? { command: [...command] } : {}), ...(variables.length > 0 ? { environment: variables } : {}) },
    ],
  };
}
