import { subNames } from "./sub.ts";
import { intrinsicOf, isObject } from "./types.ts";

/** One use of something by name inside a value. */
export type Reference =
  | { kind: "ref"; name: string }
  | { kind: "getAtt"; name: string; attribute?: string }
  | { kind: "condition"; name: string }
  | { kind: "import"; name: unknown };

/** Every Ref, Fn::GetAtt, Fn::Sub variable, Fn::If condition and Fn::ImportValue inside a value. */
export function referencesIn(value: unknown): Reference[] {
  const found: Reference[] = [];
  collect(value, found);
  return found;
}

function collect(value: unknown, found: Reference[]): void {
  if (Array.isArray(value)) return value.forEach((item) => collect(item, found));
  if (!isObject(value)) return;
  const intrinsic = intrinsicOf(value);
  if (!intrinsic) return Object.values(value).forEach((inner) => collect(inner, found));
  const { name, argument } = intrinsic;
  if (name === "Ref") found.push({ kind: "ref", name: String(argument) });
  else if (name === "Fn::GetAtt") collectGetAtt(argument, found);
  else if (name === "Fn::Sub") collectSub(argument, found);
  else {
    if (name === "Fn::If" && Array.isArray(argument)) found.push({ kind: "condition", name: String(argument[0]) });
    if (name === "Condition" && typeof argument === "string") found.push({ kind: "condition", name: argument });
    if (name === "Fn::ImportValue") found.push({ kind: "import", name: argument });
    collect(argument, found);
  }
}

function collectGetAtt(argument: unknown, found: Reference[]): void {
  const parts: unknown[] = Array.isArray(argument) ? argument : String(argument).split(".");
  const attribute = parts.slice(1);
  const literal = attribute.every((part) => typeof part === "string") ? { attribute: attribute.join(".") } : {};
  found.push({ kind: "getAtt", name: String(parts[0]), ...literal });
  collect(attribute, found);
}

function collectSub(argument: unknown, found: Reference[]): void {
  const [text, variables] = Array.isArray(argument) ? (argument as [unknown, unknown]) : [argument, {}];
  const own = isObject(variables) ? variables : {};
  collect(own, found);
  if (typeof text !== "string") return;
  for (const name of subNames(text)) {
    if (name in own) continue;
    if (name.includes(".") && !name.startsWith("AWS::")) collectGetAtt(name, found);
    else found.push({ kind: "ref", name });
  }
}
