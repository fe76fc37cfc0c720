import type { TestEventPatternRequest, TestEventPatternResponse } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import { compilePattern } from "../pattern/compile.ts";
import { isObject, type Json } from "../pattern/json.ts";

/** The members that a whole event has (API Reference, TestEventPattern). */
const REQUIRED = ["id", "account", "source", "time", "region", "resources", "detail-type"];

export function TestEventPattern(_deps: object, input: TestEventPatternRequest): TestEventPatternResponse {
  const matches = compilePattern(input.EventPattern!);
  let event: unknown;
  try {
    event = JSON.parse(input.Event!);
  } catch {
    throw new AwsError("ValidationException", "Parameter Event is not valid.");
  }
  const missing = isObject(event) ? REQUIRED.filter((name) => !(name in (event as object))) : REQUIRED;
  if (missing.length > 0) throw new AwsError("ValidationException", `Parameter Event is not valid. Reason: ${missing.join(", ")} must be in an event.`);
  return { Result: matches(event as Json) };
}
