import { StatesError } from "../asl/errors.ts";
import { isObject, textOf, type Json, type JsonObject } from "../asl/types.ts";
import { ask, withMetadata, type CallDeps } from "./calls.ts";
import type { Integration } from "./task.ts";

/** Other executions, for those who wait for their end. */
export interface Nested {
  /** Resolves when the execution has ended; at once where there is none. */
  ended(executionArn: string): Promise<void>;
}

/** Starts another machine; `.sync` waits for its end and gives its output as text, `.sync:2` as JSON. */
export function startExecution(deps: CallDeps, nested: Nested): Integration {
  const call = (job: Parameters<Integration["submit"]>[0], operation: string, parameters: JsonObject): Promise<JsonObject> =>
    ask(deps, job, { service: "states", operation, prefix: "StepFunctions", parameters });
  const arnOf = (submitted: Json): string => textOf((submitted as JsonObject)["ExecutionArn"]);
  return {
    async submit(job) {
      return withMetadata(await call(job, "StartExecution", job.parameters), deps.ids);
    },
    async settle(job, submitted) {
      await nested.ended(arnOf(submitted));
      const { InputDetails: _, OutputDetails: __, ...described } = await call(job, "DescribeExecution", { ExecutionArn: arnOf(submitted) });
      if (described["Status"] !== "SUCCEEDED") throw new StatesError("States.TaskFailed", JSON.stringify(described));
      return job.resource.pattern === "sync" ? described : readable(described);
    },
    async cancel(job, submitted) {
      await call(job, "StopExecution", { ExecutionArn: arnOf(submitted), Cause: "The parent workflow was stopped." });
    },
  };
}

function readable(described: JsonObject): JsonObject {
  const parsed = Object.fromEntries(
    ["Input", "Output"].filter((name) => typeof described[name] === "string").map((name) => [name, JSON.parse(textOf(described[name])) as Json]),
  );
  return isObject(parsed) ? { ...described, ...parsed } : described;
}
