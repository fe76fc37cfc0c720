import { Document, isMap, isScalar, isSeq, type Node, Scalar, YAMLMap } from "yaml";

/** Comments of the file that a value comes from. */
export interface Comments {
  before?: string | null | undefined;
  after?: string | null | undefined;
}

/** In this order the keys of a file are written; others follow as they came. */
const ORDER = {
  rouse: "name region vpc domain alerts ssh engines tags environments".split(" "),
  leaf: "wake image build existing ports environment compute domain route health scale visibility volumes watchdog drain alerts".split(" "),
};

/** A YAML file that is being made: keys are set one by one, with comments, and come out in a reader's order. */
export class Draft {
  private readonly document = new Document(new YAMLMap());
  /** Lines on top, without their #. */
  readonly top: string[] = [];

  static from(plain: Record<string, unknown>): Draft {
    const draft = new Draft();
    for (const [key, value] of Object.entries(plain)) draft.set([key], value);
    return draft;
  }

  get empty(): boolean {
    return isMap(this.document.contents) && this.document.contents.items.length === 0;
  }

  has(...path: string[]): boolean {
    return this.document.hasIn(path);
  }

  get(...path: string[]): unknown {
    const found = this.document.getIn(path, true);
    return isNode(found) ? found.toJS(this.document) : found;
  }

  /** @param value plain, or a node that is taken as it is */
  set(path: readonly string[], value: unknown, comments: Comments = {}): void {
    const node = isNode(value) ? value : this.document.createNode(value);
    if (comments.after) node.comment = comments.after;
    const name = path.at(-1)!;
    const parent = this.map(path.slice(0, -1));
    const key = new Scalar(name);
    if (comments.before) key.commentBefore = comments.before;
    const at = parent.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === name);
    const pair = this.document.createPair(key, node);
    pair.key = key;
    if (at >= 0) parent.items[at] = pair;
    else parent.items.push(pair);
  }

  remove(...path: string[]): this {
    this.document.deleteIn(path);
    return this;
  }

  /** A list of short texts on one line. */
  list(path: readonly string[], items: readonly string[], comments: Comments = {}): void {
    const node = this.document.createNode(items);
    if (isSeq(node)) node.flow = true;
    this.set(path, node, comments);
  }

  plain(): Record<string, unknown> {
    return this.document.toJS() as Record<string, unknown>;
  }

  /** @param schema which schema an editor checks the file with, from the file's folder */
  text(schema: string): string {
    const contents = this.document.contents as YAMLMap;
    const order = schema.includes("leaf") ? ORDER.leaf : ORDER.rouse;
    const rank = (pair: { key: unknown }): number => {
      const at = order.indexOf(isScalar(pair.key) ? String(pair.key.value) : "");
      return at < 0 ? order.length : at;
    };
    contents.items.sort((a, b) => rank(a) - rank(b));
    const lines = [` yaml-language-server: $schema=${schema}`, ...this.top.map((line) => (line === "" ? "" : ` ${line}`))];
    const head = lines.map((line) => `#${line}\n`).join("");
    return this.empty ? head : head + this.document.toString({ lineWidth: 0, flowCollectionPadding: true });
  }

  private map(path: readonly string[]): YAMLMap {
    let map = this.document.contents as YAMLMap;
    for (const name of path) {
      const found = map.items.find((pair) => isScalar(pair.key) && pair.key.value === name);
      if (found && isMap(found.value)) map = found.value;
      else {
        const made = new YAMLMap();
        map.items.push(this.document.createPair(name, made));
        map = made;
      }
    }
    return map;
  }
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "toJS" in value;

/** What has to stand over `under` so that together they are `wanted`; undefined where nothing has to. */
export function overlayOf(under: Record<string, unknown>, wanted: Record<string, unknown>): Record<string, unknown> | undefined {
  const over: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const before = under[key];
    if (isPlainMap(before) && isPlainMap(value)) {
      const inner = overlayOf(before, value);
      if (inner) over[key] = inner;
    } else if (JSON.stringify(before) !== JSON.stringify(value)) over[key] = value;
  }
  // Null takes a key back.
  for (const key of Object.keys(under)) if (!Object.hasOwn(wanted, key)) over[key] = null;
  return Object.keys(over).length === 0 ? undefined : over;
}

const isPlainMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
