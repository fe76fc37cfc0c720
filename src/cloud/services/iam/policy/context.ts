import { LITERAL_QUESTION, LITERAL_STAR, literal } from "./match.ts";

type Layer = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The condition keys of a request. Names are read without regard to case, values with (IAM User Guide, "Condition"). Of layers with the
 * same key the last one counts. A layer may be given as a function: most requests meet no condition, and none of it is made.
 */
export class RequestContext {
  private readonly layers: readonly (Layer | (() => Layer))[];
  private values: Map<string, readonly string[]> | undefined;

  constructor(...layers: readonly (Layer | (() => Layer))[]) {
    this.layers = layers;
  }

  /** The values of a key, or undefined where the request does not have it. */
  get(key: string): readonly string[] | undefined {
    return (this.values ??= this.read()).get(key.toLowerCase());
  }

  private read(): Map<string, readonly string[]> {
    const values = new Map<string, readonly string[]>();
    for (const layer of this.layers) {
      for (const [key, value] of Object.entries(typeof layer === "function" ? layer() : layer)) {
        if (value !== undefined) values.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
      }
    }
    return values;
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
