import { PatternMistake, type Place } from "./errors.ts";

/** `*` is any run of characters, `\*` and `\\` stand for themselves; `**` is refused, and so is any other escape. */
export function compileWildcard(pattern: string, at: Place): (value: string) => boolean {
  const pieces = [""];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === "*") {
      if (i > 0 && pieces.at(-1) === "" && pieces.length > 1)
        throw new PatternMistake(`Consecutive wildcard characters at pos ${i}`, { ...at, end: true });
      pieces.push("");
    } else if (char === "\\") {
      const next = pattern[++i];
      if (next !== "*" && next !== "\\") throw new PatternMistake(`Invalid escape character at pos ${i - 1}`, { ...at, end: true });
      pieces[pieces.length - 1] += next;
    } else {
      pieces[pieces.length - 1] += char;
    }
  }
  return (value) => matches(pieces, value);
}

/** The pieces between the wildcards, one after the other, each at the first place where it is found: no backtracking. */
function matches(pieces: readonly string[], value: string): boolean {
  const first = pieces[0]!;
  if (pieces.length === 1) return value === first;
  const last = pieces.at(-1)!;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  const end = value.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
