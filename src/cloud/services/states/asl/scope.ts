import { runtimeError, StatesError } from "./errors.ts";
import { parsePath, select } from "./json-path.ts";
import type { Json, JsonObject } from "./types.ts";

/** What expressions of a state can see. */
export interface Scope {
  /** `$` in JSONPath, `$states.input` in JSONata. */
  input: Json;
  /** `$$`, `$states.context`. */
  context: JsonObject;
  variables: JsonObject;
  /** `$states.result`, where there is one. */
  result?: Json;
  /** `$states.errorOutput`, in catchers. */
  errorOutput?: Json;
  /** Where what cannot be foreseen comes from, so that it is the same when a state is run again after a restart. */
  chance: Chance;
}

export interface Chance {
  uuid(): string;
  fraction(): number;
  /** Milliseconds since the epoch. */
  now(): number;
}

function rootOf(root: string, path: string, scope: Scope): Json {
  if (root === "$") return scope.input;
  if (root === "$$") return scope.context;
  const value = scope.variables[root];
  if (value === undefined) throw runtimeError(`The variable '$${root}' of the path '${path}' has no value.`);
  return value;
}

/** What a path leads to; a list where it may lead to several places; undefined where it leads nowhere. */
export function look(text: string, scope: Scope): Json | undefined {
  const path = parsePath(text);
  const found = select(path, rootOf(path.root, text, scope));
  return path.definite ? found[0] : found;
}

/** @throws StatesError `error` where the path leads nowhere */
export function lookUp(text: string, scope: Scope, field: string, error = "States.Runtime"): Json {
  const found = look(text, scope);
  if (found !== undefined) return found;
  throw new StatesError(
    error,
    `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${JSON.stringify(scope.input)}'`,
  );
}
