/**
 * `*` is any number of characters, `?` is exactly one (RuleCondition in the API reference of Elastic Load Balancing v2).
 * @param escapes whether a backslash takes the meaning of the next `*`, `?` or backslash away: in query string conditions alone
 */
export function wildcard(pattern: string, options: { ignoreCase: boolean; escapes?: boolean }): (text: string) => boolean {
  const ignoreCase = options.ignoreCase;
  if (!/[*?\\]/.test(pattern)) {
    const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
    return ignoreCase ? (text) => text.toLowerCase() === wanted : (text) => text === wanted;
  }
  const parts = pattern.match(options.escapes ? /\\[*?\\]|[^]/g : /[^]/g) ?? [];
  const source = parts.map(toRegExp).join("");
  const compiled = new RegExp(`^${source}$`, ignoreCase ? "is" : "s");
  return (text) => compiled.test(text);
}

function toRegExp(part: string): string {
  if (part === "*") return ".*";
  if (part === "?") return ".";
  const character = part.length === 2 ? part[1]! : part;
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
