import { type YAMLError, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { isTooDeep } from "../yaml/too-deep.ts";
import { type Path, type Place, problem, type Problem } from "./problems.ts";
import { emptyMap, type Entry, type ListTree, type MapTree, type Tree } from "./tree.ts";

/** Far above any configuration; below what would take noticeable time or memory to parse. */
export const MAX_BYTES = 256 * 1024;
const LIMITS = { values: 20_000, depth: 50, syntaxErrors: 5 };

export interface YamlFile {
  /** Undefined where the file could not be understood; then there are problems. */
  readonly tree?: MapTree;
  readonly problems: Problem[];
}

/** Reads the bytes of a YAML file whose top is a map. `mayBeEmpty`: an overlay may hold nothing but comments. */
export function readYaml(file: string, bytes: Uint8Array, options: { mayBeEmpty: boolean }): YamlFile {
  const start: Place = { file, line: 1, column: 1 };
  const fail = (message: string, allowed = "a YAML file with keys and values"): YamlFile => ({
    problems: [problem(start, [], message, { allowed })],
  });
  if (bytes.length > MAX_BYTES) return fail("the file is too large", `at most ${MAX_BYTES / 1024} KiB`);
  const text = decode(bytes);
  if (text === undefined) return fail("this is not a text file (UTF-8)");
  if (isTooDeep(text, LIMITS.depth)) return fail(TOO_DEEP, `at most ${LIMITS.depth} levels`);
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    // uniqueKeys would compare each key with each other one; the walk below finds duplicates with a set.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      stringKeys: false,
      merge: false,
      logLevel: "error",
    });
    const errors = [...document.errors, ...document.warnings];
    if (errors.length > 0) return { problems: syntaxProblems(errors, text, placeAt) };
    const top = document.contents as Node | null;
    if (top === null || (isScalar(top) && top.value === null))
      return options.mayBeEmpty ? { tree: emptyMap(start), problems: [] } : fail("the file is empty");
    if (!isMap(top)) return fail(`the file holds ${isSeq(top) ? "a list" : "a single value"}, not keys`);
    const walk = new Walk(placeAt);
    const tree = walk.tree(top, []);
    return walk.problems.length > 0 || tree.kind !== "map" ? { problems: walk.problems } : { tree, problems: [] };
  } catch (error) {
    if (error instanceof TooMuch) return { problems: [problem(error.place, [], error.message, { allowed: error.allowed })] };
    throw error;
  }
}

const TOO_DEEP = "values are nested too deeply";

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // oxlint-disable-next-line no-control-regex -- what YAML 1.2 (5.1, character set) excludes is what tells a binary file
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The first mistakes of the syntax; what follows an unquoted `${` in { } or [ ] is no news. */
function syntaxProblems(errors: readonly YAMLError[], text: string, placeAt: (offset: number) => Place): Problem[] {
  const variable = errors.find(({ pos }) => text[pos[0]] === "{" && text[pos[0] - 1] === "$");
  if (variable) {
    const name = /^\{[^}\n]*\}?/.exec(text.slice(variable.pos[0]))?.[0] ?? "{";
    const more = { allowed: "quotes around it, inside { } and [ ]", suggestion: `"$${name}"` };
    return [problem(placeAt(variable.pos[0] - 1), [], `YAML syntax: $${name} begins a map here`, more)];
  }
  const problems = errors.map((error) => problem(placeAt(error.pos[0]), [], syntaxMessage(error.code, error.message)));
  const first = (each: Problem) => problems.find((other) => other.line === each.line && other.column === each.column) === each;
  return problems.filter(first).slice(0, LIMITS.syntaxErrors);
}

function syntaxMessage(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "a tab indents this line; YAML wants spaces";
  if (code === "TAG_RESOLVE_FAILED") return `${message.replace(/\.$/, "")}; tags such as !this are not used here`;
  if (code === "MULTIPLE_DOCS") return "a second document begins here (---); one file holds one";
  return `YAML syntax: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

class TooMuch extends Error {
  readonly place: Place;
  readonly allowed: string;
  constructor(place: Place, message: string, allowed: string) {
    super(message);
    this.place = place;
    this.allowed = allowed;
  }
}

/** Turns the parser's nodes into a tree, aliases put in, within limits that an anchor bomb meets early. */
class Walk {
  readonly problems: Problem[] = [];
  private readonly placeAt: (offset: number) => Place;
  private readonly anchors = new Map<string, Node>();
  private values = 0;
  private insideAlias = 0;

  constructor(placeAt: (offset: number) => Place) {
    this.placeAt = placeAt;
  }

  tree(node: Node | null | undefined, path: Path, around?: Place): Tree {
    const place = node?.range ? this.placeAt(node.range[0]) : (around ?? this.placeAt(0));
    if (++this.values > LIMITS.values)
      throw new TooMuch(place, "too many values, aliases counted with all that they stand for", `at most ${LIMITS.values} values`);
    if (path.length + this.insideAlias > LIMITS.depth) throw new TooMuch(place, TOO_DEEP, `at most ${LIMITS.depth} levels`);
    if (isAlias(node)) return this.alias(node.source, path, place);
    if (node && "anchor" in node && typeof node.anchor === "string" && this.insideAlias === 0) this.anchors.set(node.anchor, node);
    if (isMap(node)) return { kind: "map", at: place, entries: this.entries(node.items, path, place) };
    if (isSeq(node)) return this.list(node.items as Node[], path, place);
    if (isScalar(node)) {
      // YAML's core schema has no other scalars than these.
      const value = node.value as string | number | boolean | null;
      const source = typeof value === "string" || value === null ? undefined : node.source;
      return { kind: "scalar", at: place, value, ...(source === undefined ? {} : { source }) };
    }
    return { kind: "scalar", at: place, value: null };
  }

  private alias(name: string, path: Path, place: Place): Tree {
    const target = this.anchors.get(name);
    if (!target) {
      this.problems.push(problem(place, path, `there is no anchor &${name} before this alias`));
      return { kind: "scalar", at: place, value: null };
    }
    this.insideAlias++;
    const tree = this.tree(target, path);
    this.insideAlias--;
    return tree;
  }

  private list(items: readonly Node[], path: Path, place: Place): ListTree {
    return { kind: "list", at: place, items: items.map((item, index) => this.tree(item, [...path, index], place)) };
  }

  private entries(items: readonly unknown[], path: Path, place: Place): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged: MapTree[] = [];
    for (const item of items) {
      if (!isPair(item)) continue;
      const name = isScalar(item.key) ? item.key.source : undefined;
      const key = isScalar(item.key) && item.key.range ? this.placeAt(item.key.range[0]) : place;
      if (name === undefined || name === "" || name === "__proto__") {
        this.problems.push(problem(key, path, "a key must be a plain text", { allowed: "key: value" }));
        continue;
      }
      const value = this.tree(item.value as Node | null, [...path, name], key);
      if (name === "<<") merged.push(...this.mergeSources(value, [...path, name]));
      else if (entries.has(name))
        this.problems.push(
          problem(key, [...path, name], `"${name}" is there twice; the first is in line ${entries.get(name)!.key.line}`, {
            allowed: "each key once",
          }),
        );
      else entries.set(name, { key, value });
    }
    for (const source of merged) for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    return entries;
  }

  /** YAML 1.1's merge key: `<<: *common`, or a list of maps; the keys beside it win. */
  private mergeSources(value: Tree, path: Path): MapTree[] {
    const sources = value.kind === "list" ? value.items : [value];
    const maps = sources.filter((source) => source.kind === "map");
    if (maps.length < sources.length) this.problems.push(problem(value.at, path, "only a map can be merged in", { allowed: "<<: *anchor-of-a-map" }));
    return maps;
  }
}
