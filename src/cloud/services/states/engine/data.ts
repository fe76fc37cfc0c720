import { runtimeError, StatesError } from "../asl/errors.ts";
import { parsePath, place } from "../asl/json-path.ts";
import { transform } from "../asl/jsonata.ts";
import { lookUp, type Scope } from "../asl/scope.ts";
import { evaluatePath, fill, fillObject } from "../asl/template.ts";
import type { Json, JsonObject, QueryLanguage, State } from "../asl/types.ts";

/** "Maximum input or output size for a task, state, or execution: 256 KiB of data as a UTF-8 encoded string" (Step Functions quotas). */
const MAX_BYTES = 262_144;

/** @throws StatesError States.DataLimitExceeded */
export function limited(value: Json, what: string): Json {
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES)
    throw new StatesError("States.DataLimitExceeded", `The ${what} is larger than the maximum number of bytes (${MAX_BYTES}).`);
  return value;
}

/** A state's data on its way through, in either query language (Developer Guide, "Processing input and output in Step Functions"). */
export class Data {
  readonly language: QueryLanguage;
  private readonly state: State;

  constructor(state: State, outer: QueryLanguage) {
    this.state = state;
    this.language = state.QueryLanguage ?? outer;
  }

  /** What the state works on: InputPath applied. */
  effectiveInput(scope: Scope): Json {
    const { InputPath } = this.state;
    if (this.language === "JSONata" || InputPath === undefined || InputPath === "$") return scope.input;
    return InputPath === null ? {} : evaluatePath(InputPath, scope, "InputPath", "States.Runtime");
  }

  /** What a task or processor is given: Parameters or Arguments; the input where there are none. */
  async arguments(scope: Scope): Promise<Json> {
    if (this.language === "JSONata") return this.state.Arguments === undefined ? scope.input : transform(this.state.Arguments, scope, "Arguments");
    const input = { ...scope, input: this.effectiveInput(scope) };
    return this.state.Parameters === undefined ? input.input : fill(this.state.Parameters, input);
  }

  /** The output of a state that made `result` of `scope.input` (the raw input). */
  async output(scope: Scope, result: Json): Promise<Json> {
    if (this.language === "JSONata") return this.state.Output === undefined ? result : transform(this.state.Output, { ...scope, result }, "Output");
    const { ResultSelector, ResultPath, OutputPath } = this.state;
    const selected = ResultSelector === undefined ? result : fill(ResultSelector, { ...scope, input: result });
    const combined = merge(ResultPath, scope.input, selected);
    if (OutputPath === null) return {};
    return OutputPath === undefined || OutputPath === "$" ? combined : lookUp(OutputPath, { ...scope, input: combined }, "OutputPath");
  }

  /** The variables with what `Assign` sets; all of its expressions see the old values. `$` is the result where there is one, else the input. */
  async assign(assignments: JsonObject | undefined, scope: Scope): Promise<JsonObject> {
    if (assignments === undefined) return scope.variables;
    if (this.language === "JSONata") return { ...scope.variables, ...((await transform(assignments, scope, "Assign")) as JsonObject) };
    const seen = scope.errorOutput ?? scope.result ?? this.effectiveInput(scope);
    return { ...scope.variables, ...fillObject(assignments, { ...scope, input: seen }) };
  }

  /** A value that may stand as it is, as an expression, or under `<name>Path`. */
  async value(name: string, scope: Scope): Promise<Json | undefined> {
    const members = this.state as unknown as JsonObject;
    const value = members[name];
    if (value !== undefined) return this.language === "JSONata" ? transform(value, scope, name) : value;
    const path = members[`${name}Path`];
    return typeof path === "string"
      ? evaluatePath(path, { ...scope, input: this.effectiveInput(scope) }, `${name}Path`, "States.Runtime")
      : undefined;
  }

  /** @throws StatesError where it is no whole number from 0 */
  async wholeNumber(name: string, scope: Scope): Promise<number | undefined> {
    const value = await this.value(name, scope);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw runtimeError(`The value ${JSON.stringify(value)} of '${name}' is not a whole number from 0.`);
  }
}

/** Puts a result into the input. @throws StatesError States.ResultPathMatchFailure */
export function merge(path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  if (path === undefined || path === "$") return result;
  const combined = place(parsePath(path), input, result);
  if (combined === undefined)
    throw new StatesError("States.ResultPathMatchFailure", `Unable to apply step "${path}" to input ${JSON.stringify(input)}`);
  return combined;
}
