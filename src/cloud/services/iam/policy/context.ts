import { LITERAL_QUESTION, LITERAL_STAR, literal } from "./match.ts";

/** The condition keys of a request. Names are read without regard to case, values with (IAM User Guide, "Condition"). */
export class RequestContext {
  private readonly values = new Map<string, readonly string[]>();

  constructor(...layers: Readonly<Record<string, string | readonly string[] | undefined>>[]) {
    for (const layer of layers) {
      for (const [key, value] of Object.entries(layer)) {
        if (value !== undefined) this.values.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
      }
    }
  }

  /** The values of a key, or undefined where the request does not have it. */
  get(key: string): readonly string[] | undefined {
    return this.values.get(key.toLowerCase());
  }
}

const VARIABLE = /\$\{([^}]*)\}/g;

/**
 * Replaces the variables of a pattern: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}`
 * for the characters themselves (IAM User Guide, "IAM policy elements: Variables and tags"). Wildcards inside a value
 * match only themselves.
 * @returns undefined where the request has no such key and no default is given: then nothing matches.
 */
export function substitute(pattern: string, context: RequestContext): string | undefined {
  if (!pattern.includes("${")) return pattern;
  let missing = false;
  const text = pattern.replace(VARIABLE, (_whole, body: string) => {
    if (body === "*") return LITERAL_STAR;
    if (body === "?") return LITERAL_QUESTION;
    if (body === "$") return "$";
    const [key, fallback] = split(body);
    const values = context.get(key);
    // A key with several values cannot be a variable (same page: "multivalued").
    if (values?.length === 1) return literal(values[0]!);
    if (fallback !== undefined) return literal(fallback);
    missing = true;
    return "";
  });
  return missing ? undefined : text;
}

function split(body: string): [string, string | undefined] {
  const match = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(body);
  return match ? [match[1]!, match[2]] : [body.trim(), undefined];
}
