import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Document, type Scalar } from "yaml";
import { isTooDeep } from "../../yaml/too-deep.ts";
import { UserError } from "../command.ts";
import type { Comments } from "./draft.ts";
import type { Source } from "./result.ts";

/** A key of a YAML or JSON file with its value, where it stands and what is written beside it. */
export interface Found {
  /** Map keys as texts, list positions as numbers. */
  path: (string | number)[];
  node: Node;
  /** From 1. */
  line: number;
  comments: Comments;
}

/** Far more than any of those files has. */
const MOST_LEVELS = 50;

export class YamlSource {
  readonly source: Source;
  private readonly document: Document.Parsed;
  private readonly lines = new LineCounter();

  /**
   * Read as PyYAML reads it, which is YAML 1.1: `yes` is a boolean, and `010` is eight.
   * @throws UserError with the place of a mistake in the syntax
   */
  constructor(source: Source) {
    this.source = source;
    if (isTooDeep(source.text, MOST_LEVELS)) throw new UserError(`${source.name}: values are nested too deeply; at most ${MOST_LEVELS} levels`);
    this.document = parseDocument(source.text, {
      version: "1.1",
      lineCounter: this.lines,
      prettyErrors: false,
      logLevel: "error",
      uniqueKeys: true,
      maxAliasCount: 100,
    } as never);
    const [error] = this.document.errors;
    if (error) throw new UserError(`${source.name}:${this.lines.linePos(error.pos[0]).line}: ${error.message}`);
    if (!isMap(this.document.contents)) throw new UserError(`${source.name}: it holds no keys`);
  }

  /** Comment lines before the first key: of the file, whatever key comes first elsewhere. */
  get head(): string[] {
    const first = this.top()[0]?.comments.before;
    const above = [this.document.commentBefore, this.document.contents?.commentBefore, first].filter((text) => text !== null && text !== undefined);
    return above
      .join("\n")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }

  top(): Found[] {
    return this.children({ path: [], node: this.document.contents as Node, line: 1, comments: {} });
  }

  /** What stands in a map or a list; nothing for a single value. */
  children({ path, node }: Found): Found[] {
    const inside = this.resolved(node);
    if (isMap(inside)) {
      const entries = inside.items.flatMap((pair) => this.entry(pair as Pair<Node, Node | null>, path));
      // A comment before the first key belongs to the map; on top of the file it is the file's.
      if (entries[0] && path.length > 0) entries[0].comments.before ??= inside.commentBefore;
      return entries;
    }
    if (isSeq(inside))
      return inside.items.map((item, index) => {
        const element = item as Node;
        return { path: [...path, index], node: element, line: this.lineOf(element), comments: commentsOf(undefined, element) };
      });
    return [];
  }

  private entry(pair: Pair<Node, Node | null>, path: Found["path"]): Found[] {
    const name = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : String(pair.key);
    const node = pair.value ?? this.document.createNode(null);
    // A merge key: what it names stands here.
    if (name === "<<") return this.children({ path, node, line: this.lineOf(pair.key), comments: {} });
    return [{ path: [...path, name], node, line: this.lineOf(pair.key), comments: commentsOf(pair.key, node) }];
  }

  /** A map or a list; a single value is neither. */
  isCollection({ node }: Found): boolean {
    const inside = this.resolved(node);
    return isMap(inside) || isSeq(inside);
  }

  isList({ node }: Found): boolean {
    return isSeq(this.resolved(node));
  }

  scalar({ node }: Found): Scalar | undefined {
    const inside = this.resolved(node);
    return isScalar(inside) ? inside : undefined;
  }

  private resolved(node: Node): Node {
    return isAlias(node) ? (node.resolve(this.document) ?? node) : node;
  }

  private lineOf(node: Node): number {
    const [start] = node.range ?? [0];
    return Math.max(1, this.lines.linePos(start).line);
  }
}

function commentsOf(key: Node | undefined, value: Node): Comments {
  return { before: (key ?? value).commentBefore, after: isScalar(value) ? value.comment : undefined };
}

/** `Volumes`, 0, `Paths` → `Volumes[0].Paths`. */
export const keyText = (path: Found["path"]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
