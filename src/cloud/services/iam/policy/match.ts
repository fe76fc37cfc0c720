/**
 * Matching of the patterns that policies are written in. `*` stands for any number of characters and `?` for exactly one
 * (IAM User Guide, "IAM JSON policy elements: Resource"). Linear in practice and without regular expressions: patterns
 * come from users.
 */

/** Stands for a `*` that is meant as itself: from `${*}`, or from the value of a variable. Private use, so in no ARN. */
export const LITERAL_STAR = "\uE000";
/** Stands for a `?` that is meant as itself. */
export const LITERAL_QUESTION = "\uE001";

/** `text` with its wildcards turned into characters that match only themselves. */
export const literal = (text: string): string => text.replaceAll("*", LITERAL_STAR).replaceAll("?", LITERAL_QUESTION);

/** Literal wildcards turned back into what they stand for, for comparisons without wildcards. */
export const unliteral = (text: string): string => text.replaceAll(LITERAL_STAR, "*").replaceAll(LITERAL_QUESTION, "?");

/** Does all of `text` match `pattern`? Case counts. */
export function globMatch(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p++;
      resume = t;
    } else if (c !== undefined && (c === "?" || sameCharacter(c, text[t]!))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

function sameCharacter(c: string, actual: string): boolean {
  if (c === LITERAL_STAR) return actual === "*";
  if (c === LITERAL_QUESTION) return actual === "?";
  return c === actual;
}

/** Actions match without regard to case: `ECS:runtask` is `ecs:RunTask` (IAM User Guide, "JSON policy elements: Action"). */
export const actionMatch = (pattern: string, action: string): boolean =>
  pattern === "*" || pattern === action || globMatch(pattern.toLowerCase(), action.toLowerCase());

/**
 * A resource of a statement against the resource of a request. Wildcards stay within a segment of the ARN, but in the last
 * one they reach beyond colons; segments that are missing count as `*` (IAM User Guide, "JSON policy elements: Resource",
 * "Using wildcards in resource ARNs" and "Incomplete ARN").
 */
export function resourceMatch(pattern: string, resource: string): boolean {
  // An ARN that is written out needs no look at its parts.
  if (pattern === "*" || (pattern === resource && pattern.startsWith("arn:"))) return true;
  const actual = segments(resource, "");
  return segments(pattern, "*").every((segment, i) => globMatch(segment, actual[i]!));
}

/** `ArnEquals` and `ArnLike`: the six parts of an ARN are compared each on its own (IAM User Guide, "ARN condition operators"). */
export function arnMatch(pattern: string, arn: string): boolean {
  if (!arn.startsWith("arn:")) return false;
  return resourceMatch(pattern, arn);
}

/** The six segments of an ARN; what is missing is `filler`. */
function segments(arn: string, filler: string): string[] {
  const parts = arn.split(":");
  const head = parts.slice(0, 5);
  while (head.length < 5) head.push(filler);
  return [...head, parts.length > 5 ? parts.slice(5).join(":") : filler];
}
