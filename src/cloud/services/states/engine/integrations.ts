import { StatesError } from "../asl/errors.ts";
import { isObject, type Json, type JsonObject } from "../asl/types.ts";
import { ask, operationOf, sdkService, withMetadata, type CallDeps } from "./calls.ts";
import { ecsRunTask } from "./ecs-run-task.ts";
import type { Resource } from "./resource.ts";
import { startExecution, type Nested } from "./start-execution.ts";
import type { Integration, Job } from "./task.ts";

/** The integration that does a resource's work. */
export function integrationFor(deps: CallDeps, nested: Nested): (resource: Resource) => Integration {
  const table: Record<string, Integration> = {
    "lambda:invoke": { submit: async (job) => withMetadata(await invoke(deps, job, job.parameters), deps.ids) },
    "events:putEvents": { submit: (job) => putEvents(deps, job) },
    "sns:publish": simple(deps, "sns", "Publish", "SNS"),
    "sqs:sendMessage": simple(deps, "sqs", "SendMessage", "SQS"),
    "ecs:runTask": ecsRunTask(deps),
    "states:startExecution": startExecution(deps, nested),
  };
  return (resource) => {
    if (resource.kind === "function") return { submit: async (job) => payloadOf(await invokeDirectly(deps, job)) };
    return resource.kind === "optimized" ? table[`${resource.service}:${resource.action}`]! : { submit: (job) => anything(deps, job) };
  };
}

/** `aws-sdk:<service>:<operation>`: the answer is the API's own, without what the optimized integrations add. */
async function anything(deps: CallDeps, job: Job): Promise<Json> {
  const { service, prefix } = sdkService(job.resource.service.slice("aws-sdk:".length))!;
  return ask(deps, job, { service, operation: operationOf(job.resource.action), prefix, parameters: job.parameters });
}

const simple = (deps: CallDeps, service: string, operation: string, prefix: string): Integration => ({
  submit: async (job) => withMetadata(await ask(deps, job, { service, operation, prefix, parameters: job.parameters }), deps.ids),
});

/** "You can use a function's ARN directly": the state's input is the payload. */
const invokeDirectly = (deps: CallDeps, job: Job): Promise<JsonObject> =>
  invoke(deps, job, { FunctionName: job.resource.text, Payload: job.parameters["Payload"]! });

const payloadOf = (answer: JsonObject): Json => answer["Payload"] ?? null;

/** Invokes a function; its error is the task's, under its own type. */
async function invoke(deps: CallDeps, job: Job, parameters: JsonObject): Promise<JsonObject> {
  const answer = await ask(deps, job, { service: "lambda", operation: "Invoke", prefix: "Lambda", parameters }).catch((error: unknown) => {
    // The SDK of Lambda knows no AccessDeniedException: it comes as the client's general error.
    if (error instanceof StatesError && error.error === "Lambda.AccessDeniedException")
      throw new StatesError("Lambda.AWSLambdaException", error.cause_);
    throw error;
  });
  const text = typeof answer["Payload"] === "string" ? answer["Payload"] : "";
  const payload = text === "" ? {} : (JSON.parse(text) as Json);
  if (answer["FunctionError"] !== undefined) throw functionError(payload, text);
  return { ...answer, Payload: payload };
}

function functionError(payload: Json, text: string): StatesError {
  const error = isObject(payload) && typeof payload["errorType"] === "string" ? payload["errorType"] : "Lambda.Unknown";
  return new StatesError(error, text);
}

/** Each entry's resources are those of the execution, too; one that EventBridge did not take fails the task. */
async function putEvents(deps: CallDeps, job: Job): Promise<Json> {
  const entries = (job.parameters["Entries"] as JsonObject[] | undefined) ?? [];
  const Entries = entries.map((entry) => ({
    ...entry,
    Resources: [...((entry["Resources"] as string[] | undefined) ?? []), job.executionArn, job.machineArn],
  }));
  const parameters = { ...job.parameters, Entries };
  const answer = await ask(deps, job, { service: "events", operation: "PutEvents", prefix: "EventBridge", parameters });
  if (answer["FailedEntryCount"] !== 0) throw new StatesError("EventBridge.FailedEntry", JSON.stringify(answer));
  return withMetadata(answer, deps.ids);
}
