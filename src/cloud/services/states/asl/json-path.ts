import { isObject, type Json } from "./types.ts";

/**
 * JSONPath as far as state machines use it (Developer Guide, "Using JSONPath paths"): members by dot or bracket, indexes
 * (negative too), slices, unions, wildcards, descent (`..`), and filters with one comparison or test of presence. What is
 * beyond that is refused when the definition is read, naming the part.
 */
export type Step =
  | { kind: "names"; names: string[] }
  | { kind: "indexes"; indexes: number[] }
  | { kind: "slice"; from?: number; to?: number; step: number }
  | { kind: "all" }
  | { kind: "descend" }
  | { kind: "filter"; path: Path; operator?: string; value?: Json };

export interface Path {
  /** `$`: the input; `$$`: the context object; else the name of a variable. */
  root: string;
  steps: Step[];
  /** Does it name one place? Only then may it be written to, and gives the value itself instead of a list. */
  definite: boolean;
}

/** @throws SyntaxError saying what is wrong, or not supported */
export function parsePath(text: string): Path {
  const reader = new PathReader(text);
  const path = reader.path();
  if (!reader.done()) throw new SyntaxError(`unexpected '${text.slice(reader.at)}' in the path '${text}'`);
  return path;
}

export function isPath(text: string): boolean {
  try {
    parsePath(text);
    return true;
  } catch {
    return false;
  }
}

/** "Reference paths" name one node and have no operators; ResultPath must be one. */
export function isReferencePath(text: string): boolean {
  try {
    const { root, definite, steps } = parsePath(text);
    return root === "$" && definite && steps.every((step) => step.kind !== "indexes" || step.indexes[0]! >= 0);
  } catch {
    return false;
  }
}

const NAME = /^[\p{L}_$][\p{L}\p{N}_$-]*/u;
const FILTER =
  /^\(\s*@((?:\.[\p{L}_][\p{L}\p{N}_-]*|\['[^']*'\]|\[\d+\])*)\s*(?:(==|!=|<=|>=|<|>)\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)\s*)?\)/u;

class PathReader {
  at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  done(): boolean {
    return this.at >= this.text.length;
  }

  path(): Path {
    const root = /^\$(\$|[\p{L}_][\p{L}\p{N}_]*)?/u.exec(this.text);
    if (!root) throw new SyntaxError(`a path begins with $, unlike '${this.text}'`);
    this.at = root[0].length;
    const steps: Step[] = [];
    while (!this.done()) {
      const step = this.step();
      if (!step) break;
      steps.push(...step);
    }
    const definite = steps.every(
      (step) => (step.kind === "names" && step.names.length === 1) || (step.kind === "indexes" && step.indexes.length === 1),
    );
    return { root: root[1] === undefined ? "$" : root[1] === "$" ? "$$" : root[1], steps, definite };
  }

  private step(): Step[] | undefined {
    if (this.take("..")) {
      if (this.text[this.at] === "[") return [{ kind: "descend" }, ...this.step()!];
      return [{ kind: "descend" }, this.take("*") ? { kind: "all" } : this.name()];
    }
    if (this.take(".")) {
      const step: Step = this.take("*") ? { kind: "all" } : this.name();
      if (this.text[this.at] === "(") throw new SyntaxError(`the function in the path '${this.text}' is not supported`);
      return [step];
    }
    return this.take("[") ? [this.bracket()] : undefined;
  }

  private name(): Step {
    const found = NAME.exec(this.text.slice(this.at));
    if (!found) throw new SyntaxError(`a name is missing at character ${this.at + 1} of the path '${this.text}'`);
    this.at += found[0].length;
    return { kind: "names", names: [found[0]] };
  }

  private bracket(): Step {
    const step = this.inBrackets();
    if (!this.take("]")) throw new SyntaxError(`']' is missing, or what stands before it is not supported, in the path '${this.text}'`);
    return step;
  }

  private inBrackets(): Step {
    if (this.take("*")) return { kind: "all" };
    if (this.take("?")) return this.filter();
    const names = this.list(/^\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*/);
    if (names) return { kind: "names", names: names.map((found) => unescape(found[1] ?? found[2]!)) };
    const slice = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(\d+)\s*)?/.exec(this.text.slice(this.at));
    if (slice) {
      this.at += slice[0].length;
      const bound = (value: string | undefined, name: string): object => (value === undefined ? {} : { [name]: Number(value) });
      return { kind: "slice", step: Number(slice[3] ?? 1), ...bound(slice[1], "from"), ...bound(slice[2], "to") };
    }
    const indexes = this.list(/^\s*(-?\d+)\s*/);
    if (indexes) return { kind: "indexes", indexes: indexes.map((found) => Number(found[1])) };
    throw new SyntaxError(`what stands in brackets at character ${this.at + 1} of the path '${this.text}' is not supported`);
  }

  private filter(): Step {
    const found = FILTER.exec(this.text.slice(this.at));
    if (!found) throw new SyntaxError(`the filter in the path '${this.text}' is not supported: one comparison with a literal is`);
    this.at += found[0].length;
    const path = parsePath(`$${found[1]}`);
    const literal = found[3];
    if (found[2] === undefined || literal === undefined) return { kind: "filter", path };
    const value = /^['"]/.test(literal) ? unescape(literal.slice(1, -1)) : (JSON.parse(literal) as Json);
    return { kind: "filter", path, operator: found[2], value };
  }

  private list(item: RegExp): RegExpExecArray[] | undefined {
    const start = this.at;
    const found: RegExpExecArray[] = [];
    do {
      const one = item.exec(this.text.slice(this.at));
      if (!one) break;
      this.at += one[0].length;
      found.push(one);
    } while (this.take(","));
    if (found.length > 0 && this.text[this.at] === "]") return found;
    this.at = start;
    return undefined;
  }

  private take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, "$1");

/** All that a path leads to. */
export function select(path: Path, root: Json): Json[] {
  let found: Json[] = [root];
  for (const step of path.steps) found = found.flatMap((value) => follow(step, value));
  return found;
}

function follow(step: Step, value: Json): Json[] {
  switch (step.kind) {
    case "names":
      return isObject(value) ? step.names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name]!) : [];
    case "indexes":
      return Array.isArray(value) ? step.indexes.map((index) => value.at(index)).filter((one) => one !== undefined) : [];
    case "slice":
      return Array.isArray(value) ? value.slice(step.from ?? 0, step.to ?? value.length).filter((_, index) => index % step.step === 0) : [];
    case "all":
      return children(value);
    case "descend":
      return [value, ...children(value).flatMap((child) => follow(step, child))];
    case "filter":
      return children(value).filter((child) => passes(step, child));
  }
}

const children = (value: Json): Json[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

function passes({ path, operator, value }: Extract<Step, { kind: "filter" }>, child: Json): boolean {
  const [left] = select(path, child);
  if (left === undefined) return false;
  if (operator === undefined || value === undefined) return true;
  if (operator === "==") return left === value;
  if (operator === "!=") return left !== value;
  if (typeof left !== typeof value || left === null || value === null) return false;
  if (operator === "<") return left < value;
  if (operator === "<=") return left <= value;
  return operator === ">" ? left > value : left >= value;
}

/** Puts a value at a reference path, making what is missing on the way. Undefined where something else than an object is in the way. */
export function place(path: Path, root: Json, value: Json): Json | undefined {
  const [step, ...rest] = path.steps;
  if (!step) return value;
  const below = { ...path, steps: rest };
  if (step.kind === "indexes") {
    const index = step.indexes[0]!;
    if (!Array.isArray(root) || index >= root.length) return undefined;
    const inner = place(below, root[index]!, value);
    return inner === undefined ? undefined : root.with(index, inner);
  }
  if (step.kind !== "names" || !isObject(root)) return undefined;
  const name = step.names[0]!;
  const inner = place(below, Object.hasOwn(root, name) ? root[name]! : {}, value);
  return inner === undefined ? undefined : { ...root, [name]: inner };
}
