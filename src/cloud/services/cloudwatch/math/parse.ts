/**
 * The syntax of metric math ("Using math expressions with CloudWatch metrics" in the CloudWatch User Guide).
 *
 * Written by hand: general expression parsers (jsep, expr-eval, mathjs) know neither `AND`/`OR` beside `&&`/`||`, nor the
 * lists, and would let through what CloudWatch refuses; the grammar is eight rules.
 */

/** What an expression says, as a tree. */
export type Node =
  | { kind: "number"; value: number }
  | { kind: "string"; value: string }
  /** A metric's or expression's identifier (starts with a lower-case letter), or a keyword such as `REPEAT` or `AVG`. */
  | { kind: "name"; name: string }
  | { kind: "call"; name: string; args: Node[] }
  | { kind: "list"; items: Node[] }
  | { kind: "negate"; operand: Node }
  | { kind: "binary"; operator: BinaryOperator; left: Node; right: Node };

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | "<" | "<=" | ">" | ">=" | "==" | "!=" | "AND" | "OR";

/** An expression that CloudWatch would refuse. The message goes into its `Error in expression '…' […]`. */
export class MathError extends Error {}

interface Token {
  kind: "number" | "string" | "name" | "symbol" | "end";
  text: string;
  at: number;
}

/** Deeper nesting than anybody writes; a bound on the stack. */
const MAX_DEPTH = 100;
/** The longest expression that MetricDataQuery allows (API reference). */
const MAX_LENGTH = 2048;

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(["'“”])([^"'“”]*)["'“”]|(<=|>=|==|!=|&&|\|\||[-+*/^<>()[\],]))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new MathError(`Unexpected character '${text.slice(at).trimStart().charAt(0)}' at position ${at}`);
    if (match[1] !== undefined) tokens.push({ kind: "number", text: match[1], at });
    else if (match[2] !== undefined) tokens.push({ kind: "name", text: match[2], at });
    else if (match[3] !== undefined) tokens.push({ kind: "string", text: match[4]!, at });
    else tokens.push({ kind: "symbol", text: match[5]!, at });
  }
  tokens.push({ kind: "end", text: "end of expression", at: end });
  return tokens;
}

/** From the loosest binding to the tightest. `^` and unary minus are below these. */
const LEVELS: Record<string, BinaryOperator>[] = [
  { OR: "OR", "||": "OR" },
  { AND: "AND", "&&": "AND" },
  { "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/" },
];

class Parser {
  private readonly tokens: Token[];
  private position = 0;
  private depth = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  whole(): Node {
    const node = this.level(0);
    if (this.peek().kind !== "end") throw new MathError(`Unexpected '${this.peek().text}' at position ${this.peek().at}`);
    return node;
  }

  private level(level: number): Node {
    const operators = LEVELS[level];
    if (!operators) return this.unary();
    if (level === 0 && ++this.depth > MAX_DEPTH) throw new MathError("The expression is nested too deeply");
    let left = this.level(level + 1);
    for (;;) {
      const token = this.peek();
      const operator =
        token.kind === "symbol" || token.kind === "name" ? (Object.hasOwn(operators, token.text) ? operators[token.text] : undefined) : undefined;
      if (!operator) break;
      this.position++;
      left = { kind: "binary", operator, left, right: this.level(level + 1) };
    }
    if (level === 0) this.depth--;
    return left;
  }

  private unary(): Node {
    if (!this.take("-")) return this.power();
    if (++this.depth > MAX_DEPTH) throw new MathError("The expression is nested too deeply");
    const operand = this.unary();
    this.depth--;
    return { kind: "negate", operand };
  }

  /** `^` binds tighter than unary minus on its left, and its right side may be negative: `m1^-2`. */
  private power(): Node {
    const base = this.primary();
    return this.take("^") ? { kind: "binary", operator: "^", left: base, right: this.unary() } : base;
  }

  private primary(): Node {
    const token = this.peek();
    this.position++;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "string") return { kind: "string", value: token.text };
    if (token.kind === "name") return this.take("(") ? { kind: "call", name: token.text, args: this.items(")") } : { kind: "name", name: token.text };
    if (token.text === "(") {
      const inner = this.level(0);
      this.expect(")");
      return inner;
    }
    if (token.text === "[") return { kind: "list", items: this.items("]") };
    throw new MathError(`Unexpected '${token.text}' at position ${token.at}`);
  }

  private items(close: string): Node[] {
    const items: Node[] = [];
    if (this.take(close)) return items;
    do items.push(this.level(0));
    while (this.take(","));
    this.expect(close);
    return items;
  }

  private peek(): Token {
    return this.tokens[Math.min(this.position, this.tokens.length - 1)]!;
  }

  private take(symbol: string): boolean {
    const token = this.peek();
    if (token.kind !== "symbol" || token.text !== symbol) return false;
    this.position++;
    return true;
  }

  private expect(symbol: string): void {
    if (!this.take(symbol)) throw new MathError(`Expected '${symbol}' but found '${this.peek().text}' at position ${this.peek().at}`);
  }
}

/** @throws MathError where the text is no expression. */
export function parseMath(text: string): Node {
  if (text.length > MAX_LENGTH) throw new MathError(`The expression is longer than ${MAX_LENGTH} characters`);
  return new Parser(tokenize(text)).whole();
}

/** The names of the metrics and expressions that an expression refers to (keywords are upper-case, identifiers are not). */
export function referencedIds(node: Node): Set<string> {
  const ids = new Set<string>();
  const visit = (inner: Node): void => {
    if (inner.kind === "name" && /^[a-z]/.test(inner.name)) ids.add(inner.name);
    else if (inner.kind === "call") inner.args.forEach(visit);
    else if (inner.kind === "list") inner.items.forEach(visit);
    else if (inner.kind === "negate") visit(inner.operand);
    else if (inner.kind === "binary") [inner.left, inner.right].forEach(visit);
  };
  visit(node);
  return ids;
}

/** The names of all functions that an expression calls. */
export function calledFunctions(node: Node): Set<string> {
  const names = new Set<string>();
  const visit = (inner: Node): void => {
    if (inner.kind === "call") {
      names.add(inner.name);
      inner.args.forEach(visit);
    } else if (inner.kind === "list") inner.items.forEach(visit);
    else if (inner.kind === "negate") visit(inner.operand);
    else if (inner.kind === "binary") [inner.left, inner.right].forEach(visit);
  };
  visit(node);
  return names;
}
