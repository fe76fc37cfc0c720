import type { TestEventPatternRequest, TestEventPatternResponse } from "@aws-sdk/client-eventbridge";
import type { EventsParts } from "../index.ts";
import { compilePattern } from "../pattern/compile.ts";
import { flatten, matches } from "../pattern/match.ts";
import { invalid } from "./input.ts";

/** The members that an event must have: "Event" of TestEventPattern; without `resources` it is taken all the same. */
const NEEDED = ["id", "account", "source", "time", "region", "detail-type"];

export function TestEventPattern(_deps: Pick<EventsParts, "store">, input: TestEventPatternRequest): TestEventPatternResponse {
  const pattern = compilePattern(input.EventPattern ?? "");
  let event: unknown;
  try {
    event = JSON.parse(input.Event ?? "");
  } catch {
    event = undefined;
  }
  if (event === null || typeof event !== "object" || Array.isArray(event) || NEEDED.some((name) => !(name in event))) {
    throw invalid("Parameter Event is not valid.");
  }
  return { Result: matches(pattern, flatten(event)) };
}
