import { basename } from "node:path";
import { findFiles } from "./glob.ts";
import { nearest, problem, type Problem } from "./problems.ts";
import { guessLabel, isDnsLabel } from "./values.ts";

export interface LeafFiles {
  readonly name: string;
  readonly file: string;
  /** The overlay of the chosen environment, where there is one. */
  readonly overlay?: string;
}

/**
 * Which leaves there are: `<leaf>.yaml` and `<leaf>.<environment>.yaml`. `environments` is undefined where rouse.yaml could not be
 * read; then nothing is said about overlays of unknown environments.
 */
export async function findLeaves(of: {
  directory: string;
  pattern: string;
  environment: string;
  environments: string[] | undefined;
}): Promise<{ leaves: LeafFiles[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const say = (file: string, message: string, more: { allowed?: string; suggestion?: string | undefined } = {}) => {
    const { suggestion, ...rest } = more;
    problems.push(problem({ file, line: 1, column: 1 }, [], message, { ...rest, ...(suggestion === undefined ? {} : { suggestion }) }));
  };
  const isBase = (file: string) => file.startsWith(of.directory) && /^[/\\]?rouse(\.[^/\\]+)?\.ya?ml$/.test(file.slice(of.directory.length));
  const files = (await findFiles(of.directory, of.pattern)).filter((file) => !isBase(file)).map(parts);

  const leaves = new Map<string, { name: string; file: string }>();
  for (const { file, name, environment, end } of files) {
    if (environment !== undefined) continue;
    const other = leaves.get(name.toLowerCase());
    if (other)
      say(file, `another file has the same leaf name "${name.toLowerCase()}": ${other.file}`, {
        allowed: "one file per leaf; names are compared without case",
      });
    else leaves.set(name.toLowerCase(), { name, file });
    if (!isDnsLabel(name)) {
      const guess = guessLabel(name);
      say(file, `the file's name gives the leaf's name, and "${name}" is not valid in DNS`, {
        allowed: "lower-case letters, digits and hyphens (not first or last), at most 63",
        suggestion: guess === undefined ? undefined : `${guess}.${end}`,
      });
    }
  }

  const overlays = new Map<string, string>();
  for (const { file, name, environment, end } of files) {
    if (environment === undefined) continue;
    if (of.environments && !of.environments.includes(environment)) {
      const near = nearest(environment, of.environments);
      say(file, `this overlay is for an unknown environment "${environment}"`, {
        allowed: of.environments.join(", "),
        suggestion: near && `${name}.${near}.${end}`,
      });
    } else if (!leaves.has(name.toLowerCase())) {
      const near = nearest(name, leaves.keys());
      say(file, `this overlay has no leaf file beside it: there is no ${name}.${end}`, {
        allowed: "<leaf>.<environment>.yaml beside <leaf>.yaml",
        suggestion: near && `${near}.${environment}.${end}`,
      });
    } else if (environment === of.environment) {
      const other = overlays.get(name.toLowerCase());
      if (other) say(file, `another file is the same overlay: ${other}`, { allowed: "one overlay per leaf and environment" });
      else overlays.set(name.toLowerCase(), file);
    }
  }
  const found = [...leaves.values()].map((leaf) => {
    const overlay = overlays.get(leaf.name.toLowerCase());
    return overlay === undefined ? leaf : { ...leaf, overlay };
  });
  return { leaves: found.sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

/** `minecraft.local.yaml` → minecraft, local, yaml. */
function parts(file: string): { file: string; name: string; environment: string | undefined; end: string } {
  const match = /^([^.]*)(?:\.(.*))?\.([^.]*)$/.exec(basename(file));
  return match
    ? { file, name: match[1]!, environment: match[2], end: match[3]! }
    : { file, name: basename(file), environment: undefined, end: "yaml" };
}
