import { AwsError } from "../../../core/errors.ts";
import { isObject, type Json } from "../pattern/json.ts";
import type { RuleRow, TargetRow } from "../state.ts";
import type { Event } from "./event.ts";

const invalid = (reason: string): AwsError => new AwsError("ValidationException", reason);

type Step = string | number | "*";

/**
 * A JSON path in dot or bracket notation: `$.detail.state`, `$.resources[0]`, `$['detail-type']`.
 * @throws AwsError ValidationException for anything else, such as filters.
 */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const pattern = /\.([^.[\]'"\s]+)|\[(\d+)\]|\[['"]([^'"]+)['"]\]/y;
  if (!path.startsWith("$")) throw invalid(`Invalid JSON path ${path}: it must start with $`);
  pattern.lastIndex = 1;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (!match) throw invalid(`Invalid JSON path ${path}`);
    steps.push(match[2] === undefined ? (match[1] ?? match[3]!) : Number(match[2]));
  }
  return steps;
}

/** The value at a path, or undefined. */
export function valueAt(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const step of parsePath(path)) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/**
 * What a target gets, as text (User Guide, "Amazon EventBridge input transformation"): the whole event, a constant, a part
 * of the event, or a template filled from it. A path to nothing gives `null` for InputPath and nothing in a template.
 */
export function targetInput(rule: Pick<RuleRow, "arn" | "name">, target: TargetRow, event: Event, now: number): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(event as unknown as Json, target.InputPath) ?? null);
  const transformer = target.InputTransformer;
  if (!transformer) return JSON.stringify(event);
  const values = new Map<string, Json | undefined>(
    Object.entries(transformer.InputPathsMap ?? {}).map(([name, path]) => [name, valueAt(event as unknown as Json, path)]),
  );
  // User Guide, "Predefined variables". `event` is the event as PutTargets would show it: without the detail's type and source.
  values.set("aws.events.rule-arn", rule.arn);
  values.set("aws.events.rule-name", rule.name);
  values.set("aws.events.event.ingestion-time", new Date(now).toISOString());
  values.set("aws.events.event", event.detail);
  values.set("aws.events.event.json", event as unknown as Json);
  return fill(transformer.InputTemplate!, values);
}

/** Within quotes a value is text, elsewhere it is JSON. */
function fill(template: string, values: Map<string, Json | undefined>): string {
  let result = "";
  let inText = false;
  for (let i = 0; i < template.length; i++) {
    const char = template[i]!;
    const placeholder = char === "<" ? /^<([\w.-]+)>/.exec(template.slice(i)) : null;
    if (placeholder && values.has(placeholder[1]!)) {
      result += insert(values.get(placeholder[1]!), inText);
      i += placeholder[0].length - 1;
      continue;
    }
    if (char === "\\" && inText) {
      result += char + (template[++i] ?? "");
      continue;
    }
    if (char === '"') inText = !inText;
    result += char;
  }
  return result;
}

function insert(value: Json | undefined, inText: boolean): string {
  if (value === undefined) return inText ? "" : '""';
  if (!inText) return JSON.stringify(value);
  return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)).slice(1, -1);
}
