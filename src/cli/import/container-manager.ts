import { basename } from "node:path";
import { nearest, PER_LEAF } from "../../config/index.ts";
import { UserError } from "../command.ts";
import { BASE_ROWS, LEAF_ROWS, type LeafTarget, type Reader } from "./container-manager-keys.ts";
import { Draft } from "./draft.ts";
import type { Imported, Note, Row, Source } from "./result.ts";
import { fromEnvTag, literal } from "./variables.ts";
import { type Found, keyText, YamlSource } from "./yaml-source.ts";

/**
 * Leaf files of the container manager, one container each, and its base-stack-config.yaml.
 * Its keys: Examples/README.md, ContainerManager/utils/leaf_config_parser.py and base_config_parser.py of
 * Cameronsplaze/AWS-ContainerManager, as they were in 2025, with the older spellings of `Volumes` and `AlertSubscription`.
 */
export function importContainerManager(sources: readonly Source[]): Imported {
  const imported: Imported = { base: new Draft(), overlays: new Map(), leaves: new Map(), notes: [], variables: new Set() };
  const files = sources.map((source) => new YamlSource(source));
  const [bases, leaves] = [files.filter(isBase), files.filter((file) => !isBase(file))];
  if (bases.length > 1)
    throw new UserError(`there is one base for all leaves, and these are several: ${bases.map(({ source }) => source.name).join(", ")}`);
  for (const file of bases) walk(file, BASE_ROWS, { draft: imported.base, base: imported.base }, imported);
  const domain = imported.base.get("domain", "name");
  for (const file of leaves) {
    const name = leafName(file.source.name);
    if (imported.leaves.has(name)) throw new UserError(`${file.source.name}: another file makes the leaf ${name} already`);
    const draft = new Draft();
    draft.top.push(...file.head);
    draft.set(["wake"], "dns");
    imported.leaves.set(name, { main: draft, overlays: new Map() });
    walk(file, LEAF_ROWS, { draft, base: imported.base }, imported);
    finish(file, draft, imported, { name, domain: typeof domain === "string" ? domain : undefined });
  }
  if (imported.base.has("domain")) {
    // Where `<leaf>.<domain>` was the name, and in a zone of its own.
    imported.base.set(["domain", "zone"], PER_LEAF);
    imported.base.set(["environments"], { local: {}, prod: {} });
  }
  return imported;
}

/** The base has what all share, and no container. */
function isBase(file: YamlSource): boolean {
  const keys = file.top().map(({ path }) => String(path[0]));
  return !keys.some((key) => ["Ec2", "Container", "Watchdog"].includes(key)) && keys.some((key) => ["Vpc", "Domain"].includes(key));
}

const stem = (file: string): string => basename(file).replace(/\.ya?ml$/i, "");

/** The file's name is the leaf's, and its dots were labels of the domain. */
export function leafName(file: string): string {
  const name = stem(file)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (name === "") throw new UserError(`${file}: its name makes no name for a leaf`);
  return name.slice(0, 63).replace(/-+$/, "");
}

/** Goes through all keys of a file; each finds its row, or is listed. */
function walk(file: YamlSource, rows: readonly Row<Reader, LeafTarget>[], to: LeafTarget, imported: Imported): void {
  const visit = (found: Found): void => {
    const key = canonical(found.path);
    const row = rows.find(({ old }) => old === key.text);
    if (row) return row.carry(new FoundReader(file, found, key.name, imported), to);
    const children = file.children(found);
    if (children.length > 0 && rows.some(({ old }) => old.startsWith(`${key.text}.`))) return children.forEach(visit);
    // A map that holds nothing says nothing.
    if (children.length === 0 && rows.some(({ old }) => old.startsWith(`${key.text}.`))) return;
    const near = nearest(
      key.text,
      rows.map(({ old }) => old),
    );
    const instead = near === undefined ? "look whether a key of docs/reference.md does the same" : `was ${near} meant? Correct it, and import again`;
    imported.notes.push({
      kind: "lost",
      file: file.source.name,
      line: found.line,
      key: keyText(found.path),
      text: "it is no key of the container manager",
      instead,
    });
  };
  file.top().forEach(visit);
}

/** The three ways in which volumes were written, as one; and lists of maps as maps. */
function canonical(path: Found["path"]): { text: string; name?: string } {
  const [first, second, ...rest] = path;
  if (first === "Volume") return { text: ["Volumes.<name>", ...path.slice(1)].filter(isText).join("."), name: "data" };
  if (first === "Volumes" && second !== undefined)
    return { text: ["Volumes.<name>", ...rest.filter(isText)].join("."), name: typeof second === "number" ? `volume-${second + 1}` : second };
  if (first === "Container" && second === "Environment" && rest.length > 0) return { text: "Container.Environment.<name>", name: String(rest[0]) };
  return { text: path.filter(isText).join(".") };
}

const isText = (part: string | number): part is string => typeof part === "string";

class FoundReader implements Reader {
  readonly name: string | undefined;
  readonly found: Found;
  readonly file: YamlSource;
  private readonly imported: Imported;

  constructor(file: YamlSource, found: Found, name: string | undefined, imported: Imported) {
    this.file = file;
    this.found = found;
    this.name = name;
    this.imported = imported;
  }

  get comments() {
    return this.found.comments;
  }

  items(): Reader[] {
    return this.file.children(this.found).map((each) => new FoundReader(this.file, each, String(each.path.at(-1)), this.imported));
  }

  isCollection(): boolean {
    return this.file.isCollection(this.found);
  }

  /** @see Reader.value */
  value(): string | number | boolean | undefined {
    const scalar = this.file.scalar(this.found);
    if (!scalar || scalar.value === null) {
      this.lost("it has no value that could be read", "give it one, and import again");
      return undefined;
    }
    const { value } = scalar;
    if (typeof value === "string") return scalar.tag === "!ENV" ? this.fill(value) : literal(value);
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (typeof value === "bigint") return String(value);
    // A date, which PyYAML makes of what looks like one.
    return literal(scalar.source ?? "");
  }

  /** As Python writes it, and so as the container got it. */
  text(): string | undefined {
    const scalar = this.file.scalar(this.found);
    const value = this.value();
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "boolean") return String(value);
    const float = /[.e]/i.test(scalar?.source ?? "") && !/^0x/i.test(scalar?.source ?? "");
    const text = float && Number.isInteger(value) ? `${value}.0` : String(value);
    if (scalar?.source !== undefined && scalar.source !== text) this.changed(`${scalar.source} reached the container as ${text}, and is written so`);
    return text;
  }

  lost(text: string, instead: string): void {
    this.note({ kind: "lost", text, instead });
  }

  changed(text: string): void {
    this.note({ kind: "changed", text });
  }

  private fill(text: string): string {
    const filled = fromEnvTag(text);
    for (const name of filled.variables) this.imported.variables.add(name);
    for (const { name, value } of filled.defaults)
      this.lost(`the default ${JSON.stringify(value)} of ${name}: \${${name}} has none here`, `set ${name}, or put the value in its place`);
    return filled.text;
  }

  private note(note: Pick<Note, "kind" | "text" | "instead">): void {
    this.imported.notes.push({ file: this.file.source.name, line: this.found.line, key: keyText(this.found.path), ...note });
  }
}

/** What the container manager took where a file said nothing, where Rouse takes something else. */
function finish(file: YamlSource, draft: Draft, { notes }: Imported, of: { name: string; domain: string | undefined }): void {
  const note = (note: Omit<Note, "file" | "line">): void => void notes.push({ file: file.source.name, line: 1, ...note });
  // Examples/README.md, Watchdog.MinutesWithoutConnections.
  if (!draft.has("watchdog", "idle", "for")) draft.set(["watchdog", "idle", "for"], "7m");
  if (!draft.has("compute", "instanceType"))
    note({ kind: "lost", key: "Ec2.InstanceType", text: "it is required, and missing", instead: "add it, and import again" });
  const old = stem(file.source.name).toLowerCase();
  if (old === of.name) return;
  if (of.domain !== undefined && /^[a-z0-9.-]+$/.test(old)) {
    draft.set(["domain"], `${old}.${of.domain}`);
    note({ kind: "changed", key: "(file name)", text: `the leaf is ${of.name}; its domain stays ${old}.${of.domain}` });
  } else
    note({
      kind: "changed",
      key: "(file name)",
      text: `the leaf is ${of.name}, because a leaf's name has no dots; give it domain: ${old}.<your domain> to keep the old one`,
    });
}
