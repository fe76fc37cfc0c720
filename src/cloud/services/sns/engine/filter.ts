import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import { NotSupported } from "../../../core/errors.ts";
import { invalid } from "../shared.ts";

/** What an attribute has to be: any of the conditions of each name (Amazon SNS developer guide, "Amazon SNS subscription filter policies"). */
export type FilterPolicy = Record<string, Condition[]>;

type Scalar = string | number | boolean | null;
/** "String value matching" and "Numeric value matching" in the same guide. */
type Condition =
  | Scalar
  | { prefix: string }
  | { suffix: string }
  | { "equals-ignore-case": string }
  | { exists: boolean }
  | { "anything-but": Scalar | Scalar[] | { prefix: string } }
  | { numeric: (string | number)[] };

const OPERATORS = ["prefix", "suffix", "equals-ignore-case", "exists", "anything-but", "numeric"];

/** @throws AwsError InvalidParameter where it is none; NotSupported for what this cloud does not apply */
export function readFilterPolicy(operation: string, text: string): FilterPolicy | undefined {
  if (text === "") return undefined;
  const bad = (why: string) => invalid(`Attributes Reason: FilterPolicy: ${why}`);
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw bad("failed to parse JSON.");
  }
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) throw bad("Filter is not an object");
  for (const [name, conditions] of Object.entries(policy)) {
    if (name === "$or") throw new NotSupported("sns", operation, "$or in a filter policy");
    if (!Array.isArray(conditions)) throw bad(`"${name}" must be an object or an array`);
    if (conditions.length === 0) throw bad("Empty arrays are not allowed");
    for (const condition of conditions as unknown[]) {
      if (typeof condition !== "object" || condition === null) continue;
      const [operator, ...more] = Object.keys(condition);
      if (more.length > 0 || operator === undefined) throw bad("Only one key allowed in match expression");
      if (!OPERATORS.includes(operator)) throw new NotSupported("sns", operation, `${operator} in a filter policy; it has ${OPERATORS.join(", ")}`);
    }
  }
  return policy as FilterPolicy;
}

/** Does the subscription get a message with these attributes? */
export function accepts(policy: FilterPolicy | undefined, attributes: Record<string, MessageAttributeValue>): boolean {
  return Object.entries(policy ?? {}).every(([name, conditions]) => {
    const values = valuesOf(attributes[name]);
    return conditions.some((condition) => meets(condition, values));
  });
}

/** An attribute's values: several of a `String.Array`, none where it is not there. Binary ones are ignored ("Key matching"). */
function valuesOf(attribute: MessageAttributeValue | undefined): Scalar[] {
  const { DataType = "", StringValue } = attribute ?? {};
  if (StringValue === undefined) return [];
  const type = DataType.split(".")[0];
  if (DataType.startsWith("String.Array")) {
    try {
      const list: unknown = JSON.parse(StringValue);
      return Array.isArray(list) ? (list as Scalar[]) : [];
    } catch {
      return [];
    }
  }
  return type === "Number" ? [Number(StringValue)] : type === "String" ? [StringValue] : [];
}

function meets(condition: Condition, values: readonly Scalar[]): boolean {
  if (typeof condition !== "object" || condition === null) return values.includes(condition);
  if ("exists" in condition) return condition.exists === values.length > 0;
  const texts = values.filter((value) => typeof value === "string");
  if ("prefix" in condition) return texts.some((text) => text.startsWith(condition.prefix));
  if ("suffix" in condition) return texts.some((text) => text.endsWith(condition.suffix));
  if ("equals-ignore-case" in condition) return texts.some((text) => text.toLowerCase() === condition["equals-ignore-case"].toLowerCase());
  if ("numeric" in condition) return values.some((value) => typeof value === "number" && isInRange(value, condition.numeric));
  const not = condition["anything-but"];
  if (typeof not === "object" && not !== null && !Array.isArray(not)) return texts.some((text) => !text.startsWith(not.prefix));
  const none = Array.isArray(not) ? not : [not];
  return values.some((value) => !none.includes(value));
}

/** `[">", 0, "<=", 150]`: all of them. */
function isInRange(value: number, range: readonly (string | number)[]): boolean {
  for (let index = 0; index < range.length; index += 2) {
    const [operator, bound] = [range[index], Number(range[index + 1])];
    const holds =
      operator === "="
        ? value === bound
        : operator === ">"
          ? value > bound
          : operator === ">="
            ? value >= bound
            : operator === "<"
              ? value < bound
              : value <= bound;
    if (!holds) return false;
  }
  return true;
}
