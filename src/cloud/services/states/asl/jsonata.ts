import jsonata from "jsonata";
import { StatesError } from "./errors.ts";
import { hash, partition, range } from "./intrinsic-functions.ts";
import type { Scope } from "./scope.ts";
import type { Json, JsonObject } from "./types.ts";

/** "{% … %}": the delimiters must be the string's first and last characters (Developer Guide, "Transforming data with JSONata"). */
const EXPRESSION = /^\{%([\s\S]*)%\}$/;

export const isExpression = (text: string): boolean => EXPRESSION.test(text);

/** @throws SyntaxError in JSONata's words */
export function parseExpression(text: string): void {
  try {
    jsonata(EXPRESSION.exec(text)![1]!);
  } catch (error) {
    throw new SyntaxError((error as { message?: string }).message ?? String(error));
  }
}

const failure = (cause: string): StatesError => new StatesError("States.QueryEvaluationError", cause);

/** @throws StatesError States.QueryEvaluationError, with the place `field` in its cause */
async function evaluate(text: string, scope: Scope, field: string): Promise<Json> {
  const where = `The JSONata expression '${EXPRESSION.exec(text)![1]!.trim()}' specified for the field '${field}'`;
  let found: unknown;
  try {
    found = await jsonata(EXPRESSION.exec(text)![1]!).evaluate(undefined, bindings(scope));
  } catch (error) {
    if (error instanceof StatesError) throw error;
    throw failure(`${where} threw an error during evaluation. ${(error as { message?: string }).message ?? String(error)}`);
  }
  if (found === undefined) throw failure(`${where} returned nothing (undefined).`);
  if (typeof found === "function") throw failure(`${where} returned a function, which JSON cannot hold.`);
  // JSONata's own lists and functions do not leave it.
  return JSON.parse(JSON.stringify(found)) as Json;
}

/** Variables, `$states`, and the functions that Step Functions has beside JSONata's own; `$eval` is not there. */
function bindings(scope: Scope): Record<string, unknown> {
  const { chance } = scope;
  const states = {
    input: scope.input,
    context: scope.context,
    ...(scope.result === undefined ? {} : { result: scope.result }),
    ...(scope.errorOutput === undefined ? {} : { errorOutput: scope.errorOutput }),
  };
  return {
    ...scope.variables,
    states,
    partition,
    range,
    hash,
    random: (seed?: number) => (seed === undefined ? chance.fraction() : seeded(seed)),
    uuid: () => chance.uuid(),
    parse: (text: string) => JSON.parse(text) as Json,
    eval: () => {
      throw new Error("$eval is not supported in Step Functions; use $parse.");
    },
    millis: () => chance.now(),
    now: (picture?: string, timezone?: string) => jsonata("$fromMillis(ms, p, z)").evaluate({ ms: chance.now(), p: picture, z: timezone }),
  };
}

/** The same number for the same seed. */
const seeded = (seed: number): number => Number.parseInt(hash(String(seed), "SHA-256").slice(0, 12), 16) / 2 ** 48;

/** Replaces every `{% … %}` string inside a value by what it gives. */
export async function transform(value: Json, scope: Scope, field: string): Promise<Json> {
  if (typeof value === "string") return isExpression(value) ? evaluate(value, scope, field) : value;
  if (Array.isArray(value)) {
    const out: Json[] = [];
    for (const [index, item] of value.entries()) out.push(await transform(item, scope, `${field}[${index}]`));
    return out;
  }
  if (typeof value !== "object" || value === null) return value;
  const out: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) out[name] = await transform(inner, scope, `${field}/${name}`);
  return out;
}
