import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { functionArn, parseName, resolveFunction } from "../names.ts";
import type { LambdaParts } from "../parts.ts";

/** 6 MB, and 1 MB for asynchronous ones (API Reference, Invoke). */
const LARGEST = { RequestResponse: 6_291_456, Event: 1_048_576, DryRun: 6_291_456 };

export async function Invoke(
  deps: Pick<LambdaParts, "store" | "invoker" | "queue">,
  input: InvocationRequest,
  call: Call,
): Promise<InvocationResponse> {
  if (input.DurableExecutionName || input.TenantId) throw new NotSupported("lambda", "Invoke", "durable executions and tenants");
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  const row = resolveFunction(deps.store, named);
  const type = input.InvocationType ?? "RequestResponse";
  const payload = readPayload(input.Payload, LARGEST[type]);
  if (type === "DryRun") return { StatusCode: 204 };
  if (type === "Event") {
    deps.queue.add(named, payload, call.requestId);
    return { StatusCode: 202 };
  }
  const tail = input.LogType === "Tail";
  const clientContext = input.ClientContext ? Buffer.from(input.ClientContext, "base64").toString("utf8") : undefined;
  const request = { id: call.requestId, arn: functionArn(named), payload, tail, ...(clientContext ? { clientContext } : {}) };
  const running = deps.invoker.invoke(row, request);
  const answer = await (call.letTimePass?.(running) ?? running);
  return {
    StatusCode: 200,
    Payload: Buffer.from(answer.json),
    ExecutedVersion: row.version,
    ...(answer.failed ? { FunctionError: "Unhandled" } : {}),
    ...(tail ? { LogResult: answer.tail.toString("base64") } : {}),
  };
}

/** The event as JSON text; nothing at all is an empty object. */
export function readPayload(payload: Uint8Array | undefined, limit: number): string {
  const text = Buffer.from(payload ?? []).toString("utf8");
  if (Buffer.byteLength(text) > limit) {
    throw new AwsError("RequestTooLargeException", `Request must be smaller than ${limit} bytes for the InvokeFunction operation`, {
      status: 413,
      fields: { Type: "User" },
    });
  }
  if (text.trim() === "") return "{}";
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${String(error)}`, {
      fields: { Type: "User" },
    });
  }
  return text;
}
