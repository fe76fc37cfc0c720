/** A line of a shell file that sets a variable, or that does something else. */
export type Statement = { line: number } & ({ kind: "set"; key: string; value: Word } | { kind: "command"; text: string });

/** A shell word: pieces of text, and variables that are put in. */
export type Word = (string | Variable | { command: string })[];
export interface Variable {
  name: string;
  /** `${NAME:-default}` */
  fallback?: string;
}

/**
 * Reads `KEY=value` and `export KEY=value` lines, with comments, quotes, `$NAME`, `${NAME}`, `${NAME:-default}` and `$(command)`. Nothing is
 * run: whatever else a file holds is a command, which the caller lists.
 * Source of the rules: POSIX, Shell Command Language, 2.2 (quoting) and 2.6 (expansion).
 */
export function readShell(text: string): Statement[] {
  const statements: Statement[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let whole = lines[index]!;
    if (/^\s*(?:#|$)/.test(whole)) continue;
    // A backslash at the end, or a quote that is open, takes the next line in.
    while (index + 1 < lines.length && (/(?:^|[^\\])(?:\\\\)*\\$/.test(whole) || openQuote(whole))) {
      whole = whole.endsWith("\\") && openQuote(whole) !== "'" ? whole.slice(0, -1) + lines[++index]! : `${whole}\n${lines[++index]!}`;
    }
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=/.exec(whole);
    const word = match ? readWord(whole.slice(match[0].length)) : undefined;
    if (match && word) statements.push({ kind: "set", line, key: match[1]!, value: word });
    else statements.push({ kind: "command", line, text: whole.trim().split("\n")[0]! });
  }
  return statements;
}

/** The quote that is open at the end of a text. */
function openQuote(text: string): string {
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === "\\" && quote !== "'") i++;
    else if (quote === "" && character === "#" && (i === 0 || /\s/.test(text[i - 1]!))) return "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = "";
  }
  return quote;
}

/** One word; undefined where more than a comment follows it, as then it is a command with a variable set for it. */
function readWord(text: string): Word | undefined {
  const word: Word = [];
  let plain = "";
  let quote = "";
  let i = 0;
  const put = (piece: Variable | { command: string }): void => {
    if (plain !== "") word.push(plain);
    plain = "";
    word.push(piece);
  };
  for (; i < text.length; i++) {
    const character = text[i]!;
    if (quote === "" && /\s/.test(character)) break;
    if (quote === "" && ";&|<>()".includes(character)) return undefined;
    if (character === "\\" && quote !== "'") plain += text[++i] ?? "";
    else if (character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (quote !== "'" && (character === "`" || text.startsWith("$(", i))) {
      const end = character === "`" ? text.indexOf("`", i + 1) : closing(text, i + 1);
      if (end < 0) return undefined;
      put({ command: text.slice(i, end + 1) });
      i = end;
    } else if (quote !== "'" && character === "$") {
      const match = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^}]*))?\})/.exec(text.slice(i));
      if (!match) plain += character;
      else {
        put({ name: (match[1] ?? match[2])!, ...(match[3] === undefined ? {} : { fallback: match[3] }) });
        i += match[0].length - 1;
      }
    } else plain += character;
  }
  if (quote !== "" || !/^\s*(?:#.*)?$/s.test(text.slice(i))) return undefined;
  if (plain !== "") word.push(plain);
  return word;
}

/** Where the bracket at a position is closed, -1 where it is not. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}
