import { PatternError } from "./pattern-error.ts";
import type { Operator, ValueToken } from "./pattern-values.ts";

/** Reads the tokens that all three kinds of filter pattern share, from left to right. */
export class Scanner {
  private readonly text: string;
  private at = 0;
  /** How many regular expressions were read. */
  regexCount = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    this.skipSpace();
    return this.at >= this.text.length;
  }

  /** The next character that is no white space, or an empty string at the end. */
  peek(): string {
    this.skipSpace();
    return this.text[this.at] ?? "";
  }

  /** Consumes `token` where it comes next. */
  take(token: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Consumes `token` only where it comes next without white space before it. */
  takeHere(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`expected ${token}`);
  }

  /** Consumes a keyword, whatever its case. */
  keyword(word: string): boolean {
    this.skipSpace();
    const slice = this.text.slice(this.at, this.at + word.length);
    if (slice.toUpperCase() !== word || /[\w]/.test(this.text[this.at + word.length] ?? "")) return false;
    this.at += word.length;
    return true;
  }

  /** Consumes what `regex` (sticky) matches here, without skipping white space. */
  match(regex: RegExp): string | undefined {
    regex.lastIndex = this.at;
    const found = regex.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  operator(): Operator | undefined {
    // `=!` for `!=` is in AWS's own older examples: `[w1=!ERROR&&w1=!WARNING, w2]`.
    if (this.take("=!")) return "!=";
    return (["!=", "<=", ">=", "=", "<", ">"] as const).find((operator) => this.take(operator));
  }

  /** A condition's value: quoted, `%regex%`, or bare text up to `stop`. */
  value(stop: RegExp): ValueToken {
    const next = this.peek();
    if (next === '"') return { kind: "quoted", text: this.quoted() };
    if (next === "%") return { kind: "regex", source: this.regex() };
    let text = "";
    while (this.at < this.text.length && !stop.test(this.text.slice(this.at, this.at + 2))) text += this.text[this.at++];
    if (text === "") throw this.error("expected a value");
    return { kind: "bare", text };
  }

  quoted(): string {
    this.expect('"');
    let text = "";
    for (;;) {
      const char = this.text[this.at++];
      if (char === undefined) throw this.error("a quotation mark is not closed");
      if (char === '"') return text;
      if (char === "\\" && (this.text[this.at] === '"' || this.text[this.at] === "\\")) text += this.text[this.at++];
      else text += char;
    }
  }

  regex(): string {
    this.expect("%");
    const end = this.text.indexOf("%", this.at);
    if (end < 0) throw this.error("a % is not closed");
    const source = this.text.slice(this.at, end);
    this.at = end + 1;
    this.regexCount++;
    return source;
  }

  error(detail: string): PatternError {
    return new PatternError(`${detail} at position ${this.at} of ${this.text}`);
  }

  private skipSpace(): void {
    while (this.at < this.text.length && /\s/.test(this.text[this.at]!)) this.at++;
  }
}

/** A condition over a log event's fields. */
export type Condition<Fields> = (fields: Fields) => boolean;

/** `a && b || (c)`: && before ||, parentheses before both. */
export function parseExpression<Fields>(scanner: Scanner, parseLeaf: () => Condition<Fields>): Condition<Fields> {
  const term = (): Condition<Fields> => {
    if (!scanner.take("(")) return parseLeaf();
    const inner = parseExpression(scanner, parseLeaf);
    scanner.expect(")");
    return inner;
  };
  const conjunction = (): Condition<Fields> => {
    let left = term();
    while (scanner.take("&&")) {
      const [before, after] = [left, term()];
      left = (fields) => before(fields) && after(fields);
    }
    return left;
  };
  let left = conjunction();
  while (scanner.take("||")) {
    const [before, after] = [left, conjunction()];
    left = (fields) => before(fields) || after(fields);
  }
  return left;
}
