import { callIntrinsic, isIntrinsic } from "./intrinsics.ts";
import { lookUp, type Scope } from "./scope.ts";
import type { Json, JsonObject } from "./types.ts";

/** A path or an intrinsic function, as the value of a field whose name ends in `.$`. */
export function evaluatePath(text: string, scope: Scope, field: string, error = "States.ParameterPathFailure"): Json {
  return isIntrinsic(text) ? callIntrinsic(text, scope, field) : lookUp(text, scope, field, error);
}

/** Fills a payload template: fields whose names end in `.$` get what their path or intrinsic function gives. */
export function fill(template: Json, scope: Scope): Json {
  if (Array.isArray(template)) return template.map((item) => fill(item, scope));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]): [string, Json] =>
      name.endsWith(".$") && typeof value === "string" ? [name.slice(0, -2), evaluatePath(value, scope, name)] : [name, fill(value, scope)],
    ),
  );
}

export const fillObject = (template: JsonObject, scope: Scope): JsonObject => fill(template, scope) as JsonObject;
