import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { withoutAdmins } from "./alerts.ts";
import { environmentNames, environmentRule, LOCAL, LOCAL_DOMAIN, baseRules } from "./base-rules.ts";
import { check } from "./check.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import { findLeaves, type LeafFiles } from "./leaf-files.ts";
import { leafRules } from "./leaf-rules.ts";
import { byPlace, nearest, problem, type Problem } from "./problems.ts";
import { MAX_BYTES, readYaml } from "./read-yaml.ts";
import { kindOf } from "./kind-rules.ts";
import { type LeafTree, projectRules } from "./project-rules.ts";
import { resolveBase } from "./resolve.ts";
import { resolveLeaf } from "./resolve-leaf.ts";
import { baseSchema, type Leaf, leafSchema, type Project } from "./schema.ts";
import { emptyMap, has, isNull, keyPlaceOf, type MapTree, merge, placeOf, textAt } from "./tree.ts";
import { isDnsLabel, parseDomain } from "./values.ts";
import { leafName, leafNameRules, type Zones, zoneRule, zonesOf } from "./zone-rules.ts";

export type Loaded =
  | {
      readonly ok: true;
      readonly project: Project;
      /** Absolute paths of all that was read. A new file matters too: load again, it takes milliseconds. */ readonly files: string[];
    }
  | { readonly ok: false; /** Sorted by file and position; never empty. */ readonly problems: Problem[] };

/**
 * Reads rouse.yaml, the leaves and the overlays of one environment. All mistakes of all files come at once; nothing that a file
 * holds makes it throw.
 * @param options.directory the folder with rouse.yaml
 * @param options.environment `local`, or one of `environments` in rouse.yaml
 * @param options.env where `${VAR}` is looked up: usually process.env
 */
export async function loadProject(options: { directory: string; environment: string; env: Environment }): Promise<Loaded> {
  const loading = new Loading(resolve(options.directory), options.environment, options.env);
  const project = await loading.project();
  return project && loading.problems.length === 0
    ? { ok: true, project, files: loading.files }
    : { ok: false, problems: loading.problems.sort(byPlace) };
}

class Loading {
  readonly problems: Problem[] = [];
  readonly files: string[] = [];
  private readonly directory: string;
  private readonly environment: string;
  private readonly env: Environment;

  constructor(directory: string, environment: string, env: Environment) {
    this.directory = directory;
    this.environment = environment;
    this.env = env;
  }

  async project(): Promise<Project | undefined> {
    const files = await this.baseFiles();
    if (!files) return undefined;
    const main = await this.read(files.main, { overlay: false });
    if (main) this.problems.push(...environmentRule(main, this.environment));
    const environments = main && environmentNames(main);
    const overlay = await this.baseOverlay(files.overlays, environments);
    const { tree, value } = await this.merged(baseSchema, main, overlay, baseRules);
    const pattern = (tree && textAt(tree, ["leaves"])) ?? "leaves/*.yaml";
    const found = await findLeaves({ directory: this.directory, pattern, environment: this.environment, environments });
    this.problems.push(...found.problems);
    if (found.leaves.length === 0 && found.problems.length === 0) {
      const place = tree ? placeOf(tree, ["leaves"]) : { file: files.main, line: 1, column: 1 };
      this.problems.push(
        problem(place, ["leaves"], `there are no leaves: no file matches ${pattern}`, {
          allowed: "a pattern that matches at least one file, from the folder of rouse.yaml",
        }),
      );
    }
    const ownZone = tree && textAt(tree, ["domain", "name"]);
    const root = ownZone !== undefined ? parseDomain(ownZone) : this.environment === LOCAL ? LOCAL_DOMAIN.name : undefined;
    const zones = tree ? zonesOf(tree, root) : root === undefined ? {} : { root };
    if (tree) this.add(zoneRule(tree, zones));
    const { leaves, trees } = await this.leaves(found.leaves, tree, zones);
    const resolved = value && resolveBase(value, this.environment);
    if (tree) this.add(projectRules({ base: tree, leaves: trees, zones, ...(resolved ? { region: resolved.base.region } : {}) }));
    if (!resolved) return undefined;
    const { base, environment: chosen } = resolved;
    return {
      directory: this.directory,
      base,
      environment: chosen,
      leaves: leaves.map((leaf) => ({ ...leaf, alerts: withoutAdmins(leaf.alerts, base.alerts) })),
    };
  }

  /** rouse.yaml and the files that look like its overlays. */
  private async baseFiles(): Promise<{ main: string; overlays: { environment: string; file: string }[] } | undefined> {
    const main = join(this.directory, "rouse.yaml");
    const names = await readdir(this.directory).catch((error: unknown) => this.unreadable(main, error));
    if (!names) return undefined;
    if (!names.includes("rouse.yaml")) {
      const suggestion = nearest("rouse.yaml", names);
      this.problems.push(
        problem({ file: main, line: 1, column: 1 }, [], "there is no rouse.yaml in this folder", {
          allowed: "a folder with a rouse.yaml",
          ...(suggestion === undefined ? {} : { suggestion }),
        }),
      );
      return undefined;
    }
    const overlays = names.flatMap((name) => {
      const match = /^rouse\.(.+)\.ya?ml$/.exec(name);
      return match ? [{ environment: match[1]!, file: join(this.directory, name) }] : [];
    });
    return { main, overlays };
  }

  private async baseOverlay(overlays: { environment: string; file: string }[], environments: string[] | undefined): Promise<MapTree | undefined> {
    for (const { environment, file } of overlays) {
      if (!environments || environments.includes(environment)) continue;
      const near = nearest(environment, environments);
      this.problems.push(
        problem({ file, line: 1, column: 1 }, [], `this overlay is for an unknown environment "${environment}"`, {
          allowed: environments.join(", "),
          ...(near === undefined ? {} : { suggestion: `rouse.${near}.yaml` }),
        }),
      );
    }
    const [own, other] = overlays.filter(({ environment }) => environment === this.environment);
    if (other)
      this.problems.push(
        problem({ file: other.file, line: 1, column: 1 }, [], `another file is the same overlay: ${own!.file}`, {
          allowed: "one overlay per environment",
        }),
      );
    return own && this.read(own.file, { overlay: true });
  }

  private async leaves(found: LeafFiles[], base: MapTree | undefined, zones: Zones): Promise<{ leaves: Leaf[]; trees: LeafTree[] }> {
    const noZone = base !== undefined && !has(base, ["domain"]) && this.environment !== LOCAL;
    const domains = new Map<string, string>();
    const leaves: Leaf[] = [];
    const trees: LeafTree[] = [];
    for (const leaf of found) {
      const main = await this.read(leaf.file, { overlay: false });
      const overlay = leaf.overlay === undefined ? undefined : await this.read(leaf.overlay, { overlay: true });
      let named: { domain?: string; zone?: "shared" | "own" } = {};
      const { tree, value } = await this.merged(leafSchema, main, overlay, async (tree) => {
        const rules = await leafRules(tree, leaf.file);
        const kind = kindOf(tree);
        // A service's name is a name of the load balancer's, and no zone: see name-rules.ts.
        if (kind === "service") named = { domain: parseDomain(textAt(tree, ["domain"]) ?? "") };
        if (kind !== undefined && kind !== "dns") return rules;
        const own = leafName(leaf.name, tree, zones);
        named = own;
        if (noZone || own.domain === undefined) return [...rules, ...namelessRules(tree, leaf.name, zones, noZone)];
        return [...rules, ...leafNameRules(tree, own, zones, domains)];
      });
      const { domain } = named;
      if (domain !== undefined && !domains.has(domain) && tree && kindOf(tree) !== "service") domains.set(domain, leaf.name);
      if (tree) trees.push({ name: leaf.name, tree });
      const resolved = value && resolveLeaf(value, { name: leaf.name, file: leaf.file, environment: this.environment, ...named });
      if (resolved) leaves.push(resolved);
    }
    return { leaves, trees };
  }

  /** A file with its overlay over it, `${VAR}` put in and checked. */
  private async merged<S extends z.ZodType>(
    schema: S,
    main: MapTree | undefined,
    overlay: MapTree | undefined,
    rules: (tree: MapTree) => Problem[] | Promise<Problem[]>,
  ): Promise<{ tree?: MapTree; value?: z.output<S> }> {
    if (!main) return {};
    const filled = interpolate(overlay ? (merge(main, overlay) as MapTree) : main, this.env);
    const checked = check(schema, filled.tree);
    this.add([...filled.problems, ...(await rules(filled.tree)), ...checked.problems]);
    return checked.value === undefined ? { tree: filled.tree } : { tree: filled.tree, value: checked.value };
  }

  /** One value, one mistake: what was found first (a missing variable, a rule) explains it best. */
  private add(problems: Problem[]): void {
    for (const each of problems) {
      const same = (other: Problem) => other.file === each.file && other.key === each.key && other.line === each.line && other.column === each.column;
      if (!this.problems.some(same)) this.problems.push(each);
    }
  }

  private async read(file: string, { overlay }: { overlay: boolean }): Promise<MapTree | undefined> {
    const bytes = await readBounded(file).catch((error: unknown) => this.unreadable(file, error));
    if (!bytes) return undefined;
    this.files.push(file);
    const { tree, problems } = readYaml(file, bytes, { mayBeEmpty: overlay });
    this.problems.push(...problems);
    return tree && (overlay ? tree : withEmptyMaps(tree));
  }

  private unreadable(file: string, error: unknown): undefined {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = {
      ENOENT: "it is not there",
      ENOTFILE: "it is no ordinary file",
      EACCES: "no permission",
      EISDIR: "it is a folder",
      ENOTDIR: "a part of the path is not a folder",
      ELOOP: "its links go in a circle",
    }[code];
    this.problems.push(problem({ file, line: 1, column: 1 }, [], `this file cannot be read: ${why ?? (code || String(error))}`));
  }
}

/** The beginning of a file, enough for `readYaml` to see that it is too large. A pipe or a device would never end. */
async function readBounded(file: string): Promise<Uint8Array> {
  const info = await stat(file);
  if (!info.isFile()) throw Object.assign(new Error("not a file"), { code: info.isDirectory() ? "EISDIR" : "ENOTFILE" });
  if (info.size <= MAX_BYTES) return readFile(file);
  return new Uint8Array(MAX_BYTES + 1);
}

/** `staging:` with nothing after it is an environment without settings, not one that is missing. The same for volumes and `dns:`. */
function withEmptyMaps(tree: MapTree): MapTree {
  const entries = new Map(tree.entries);
  for (const name of ["environments", "volumes", "wake"]) {
    const entry = entries.get(name);
    if (entry?.value.kind !== "map") continue;
    const inner = [...entry.value.entries].map(([key, each]) => [key, isNull(each.value) ? { ...each, value: emptyMap(each.key) } : each] as const);
    entries.set(name, { ...entry, value: { ...entry.value, entries: new Map(inner) } });
  }
  return { ...tree, entries };
}

/** What a leaf without a name says: there is no zone, or the name would be too long. */
function namelessRules(tree: MapTree, name: string, zones: Zones, noZone: boolean): Problem[] {
  if (noZone) {
    return [
      problem(keyPlaceOf(tree, ["wake"]), ["wake"], "a leaf that a DNS query wakes needs a domain, and rouse.yaml has none", {
        allowed: "domain: {name, hostedZoneId} in rouse.yaml (only the environment local does without)",
      }),
    ];
  }
  const above = zones.shared ?? zones.root;
  // A `domain` of its own that is none is reported by the schema, a bad file name where the files are found.
  const tooLong = above !== undefined && textAt(tree, ["domain"]) === undefined && isDnsLabel(name) && name.length + 1 + above.length > 253;
  return tooLong ? [problem(tree.at, ["domain"], `${name}.${above} is too long for a domain name`, { allowed: "at most 253 characters" })] : [];
}
