import { parsePath } from "./json-path.ts";
import { StatesError } from "./errors.ts";
import { INTRINSICS } from "./intrinsic-functions.ts";
import { lookUp, type Scope } from "./scope.ts";
import type { Json } from "./types.ts";

/** A call such as `States.Format('{} of {}', $.name, States.UUID())`. */
export type Expression = { kind: "value"; value: Json } | { kind: "path"; text: string } | { kind: "call"; name: string; parameters: Expression[] };

/** @throws SyntaxError saying what is wrong */
export function parseIntrinsic(text: string): Expression {
  const reader = new Reader(text);
  const call = reader.expression();
  if (!reader.done()) throw new SyntaxError(`unexpected '${text.slice(reader.at)}' in '${text}'`);
  return call;
}

export const isIntrinsic = (text: string): boolean => /^States\.\w+\s*\(/.test(text);

class Reader {
  at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  done(): boolean {
    this.skip();
    return this.at >= this.text.length;
  }

  expression(): Expression {
    this.skip();
    const rest = this.text.slice(this.at);
    const call = /^States\.(\w+)\s*\(/.exec(rest);
    if (call) return this.call(call);
    if (rest.startsWith("$")) return this.path();
    // "Intrinsic functions take strings in single quotes; \' \{ \} and \\ are escapes".
    const literal = /^'((?:[^'\\]|\\.)*)'/s.exec(rest);
    if (literal) {
      this.at += literal[0].length;
      return { kind: "value", value: literal[1]! };
    }
    const scalar = /^(?:null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(rest);
    if (!scalar) throw new SyntaxError(`cannot read '${rest}' in '${this.text}'`);
    this.at += scalar[0].length;
    return { kind: "value", value: JSON.parse(scalar[0]) as Json };
  }

  private call([head, name = ""]: RegExpExecArray): Expression {
    if (!INTRINSICS[name]) throw new SyntaxError(`there is no intrinsic function States.${name}`);
    this.at += head.length;
    const parameters: Expression[] = [];
    this.skip();
    if (this.text[this.at] !== ")") {
      do {
        parameters.push(this.expression());
        this.skip();
      } while (this.text[this.at] === "," && ++this.at);
    }
    if (this.text[this.at] !== ")") throw new SyntaxError(`')' is missing in '${this.text}'`);
    this.at++;
    return { kind: "call", name, parameters };
  }

  /** A path ends at the comma or parenthesis that is in none of its brackets or quotes. */
  private path(): Expression {
    const path = /^(?:\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\([^)]*\)|[^\]'"(])*\]|[^,)\s[])+/.exec(this.text.slice(this.at))?.[0] ?? "$";
    parsePath(path);
    this.at += path.length;
    return { kind: "path", text: path };
  }

  private skip(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
}

/** @throws StatesError States.IntrinsicFailure */
export function callIntrinsic(text: string, scope: Scope, field: string): Json {
  return evaluate(parseIntrinsic(text), scope, field, text);
}

function evaluate(expression: Expression, scope: Scope, field: string, text: string): Json {
  if (expression.kind === "path") return lookUp(expression.text, scope, field, "States.ParameterPathFailure");
  if (expression.kind === "value") return typeof expression.value === "string" ? plain(expression.value) : expression.value;
  const parameters = expression.parameters.map((parameter, index) =>
    // States.Format must tell an escaped brace from a place for a value.
    expression.name === "Format" && index === 0 && parameter.kind === "value" ? parameter.value : evaluate(parameter, scope, field, text),
  );
  try {
    return INTRINSICS[expression.name]!(parameters, scope.chance);
  } catch (error) {
    throw new StatesError(
      "States.IntrinsicFailure",
      `The function '${text}' had the following error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const plain = (text: string): string => text.replaceAll(/\\(.)/gs, "$1");
