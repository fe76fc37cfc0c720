import { mkdtempSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { tmpdir } from "node:os";
import { formatProblems, LOCAL, loadProject, type Problem } from "../../config/index.ts";
import { UserError } from "../command.ts";
import { nameFrom } from "../init/answers.ts";
import { type NewFile, writeNewFiles } from "../new-files.ts";
import { type Format, FORMATS, formatOf } from "./formats.ts";
import type { Imported, Options, Source } from "./result.ts";

export interface Project extends Imported {
  /** The files for a folder: paths of folders that are built depend on it. */
  files(directory: string): NewFile[];
  environments: string[];
}

/**
 * Reads files of earlier systems, perhaps of several, as one project.
 * @param fallback what holds where no file says it
 * @throws UserError where files contradict each other, or cannot be read
 */
export function importProject(
  sources: readonly Source[],
  options: Options,
  from: Format | undefined,
  fallback: { name?: string; region?: string },
): Project {
  const groups = new Map<Format, Source[]>();
  for (const source of sources) {
    const format = from ?? formatOf(source);
    groups.set(format, [...(groups.get(format) ?? []), source]);
  }
  const parts = [...groups].map(([format, files]) => FORMATS[format].read(files, options));
  const whole = parts.reduce(together);
  // What the command line says is meant; what it does not say is guessed last.
  if (fallback.name !== undefined) whole.base.set(["name"], fallback.name);
  if (!whole.base.has("name")) whole.base.set(["name"], nameFrom(basename(options.out), 30) ?? "app");
  if (fallback.region !== undefined) whole.base.set(["region"], fallback.region);
  if (!whole.base.has("region")) {
    whole.base.set(["region"], "us-east-1");
    whole.notes.push({
      kind: "lost",
      file: "rouse.yaml",
      line: 1,
      key: "region",
      text: "no file says it; us-east-1 was written",
      instead: "--region, or correct it in rouse.yaml",
    });
  }
  if (!whole.base.has("environments")) whole.base.set(["environments"], { local: {} });
  const environments = Object.keys(whole.base.get("environments") as object);
  return { ...whole, environments, files: (directory) => render(whole, directory) };
}

function together(one: Imported, other: Imported): Imported {
  for (const [name, leaf] of other.leaves) {
    if (one.leaves.has(name)) throw new UserError(`two files make the leaf ${name}; import them into two folders`);
    one.leaves.set(name, leaf);
  }
  for (const [key, value] of Object.entries(other.base.plain())) {
    const before = one.base.get(key);
    if (key === "environments") one.base.set([key], { ...(before as object | undefined), ...(value as object) });
    else if (before === undefined) one.base.set([key], value);
    else if (JSON.stringify(before) !== JSON.stringify(value))
      throw new UserError(`the files say two things for ${key} of rouse.yaml; import them into two folders`);
  }
  for (const [environment, overlay] of other.overlays) {
    if (one.overlays.has(environment)) throw new UserError(`two files make rouse.${environment}.yaml; import them into two folders`);
    one.overlays.set(environment, overlay);
  }
  for (const variable of other.variables) one.variables.add(variable);
  return { ...one, notes: [...one.notes, ...other.notes] };
}

const schema = (name: string, up: string): string => `${up}node_modules/rouse/schemas/${name}.schema.json`;

function render({ base, overlays, leaves }: Imported, directory: string): NewFile[] {
  const files: NewFile[] = [{ path: "rouse.yaml", text: base.text(schema("rouse", "./")) }];
  for (const [environment, draft] of overlays) files.push({ path: `rouse.${environment}.yaml`, text: draft.text(schema("rouse-overlay", "./")) });
  for (const [name, leaf] of leaves) {
    if (leaf.build !== undefined) leaf.main.set(["build"], relative(join(directory, "leaves"), leaf.build) || ".");
    files.push({ path: `leaves/${name}.yaml`, text: leaf.main.text(schema("leaf", "../")) });
    for (const [environment, draft] of leaf.overlays)
      files.push({ path: `leaves/${name}.${environment}.yaml`, text: draft.text(schema("leaf-overlay", "../")) });
  }
  return files;
}

/**
 * What `rouse validate` would say of the project in each environment. A variable that is not set now is no mistake of the files.
 * @param env where the variables are looked up
 */
export async function mistakesIn(project: Project, env: Record<string, string | undefined>): Promise<string | undefined> {
  const trial = mkdtempSync(join(tmpdir(), "rouse-import-"));
  try {
    writeNewFiles(trial, project.files(trial), { force: false });
    const problems = new Map<string, Problem>();
    for (const environment of new Set([LOCAL, ...project.environments])) {
      const loaded = await loadProject({ directory: trial, environment, env });
      for (const problem of loaded.ok ? [] : loaded.problems) {
        if (/^the environment variable .* is not set$/.test(problem.message)) continue;
        problems.set(`${problem.file}:${problem.line}:${problem.key}:${problem.message}`, problem);
      }
    }
    return problems.size === 0 ? undefined : formatProblems([...problems.values()], { color: false, from: trial });
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}
