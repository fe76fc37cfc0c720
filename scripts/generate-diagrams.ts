/**
 * docs/diagrams/*.mmd, and two of them in README.md and docs/engines.md, from the synthesized templates of the examples.
 * `npm run generate` writes them; test/diagrams.test.ts fails when the files in the repository are not what it would write.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../src/config/load.ts";
import type { Project } from "../src/config/schema.ts";
import { buildApp } from "../src/stacks/app.ts";
import { functionsDir } from "../src/stacks/testing.ts";
import { diagramOf, mermaid, svg } from "../src/diagrams/index.ts";

/** Each as Mermaid and as SVG. The stacks are minecraft's, because it has every nested stack that there is. */
const PICTURES: readonly { name: string; leaf: string; of?: string; what?: "stacks" }[] = [
  { name: "path", leaf: "hello" },
  { name: "stacks", leaf: "minecraft", what: "stacks" },
  { name: "engine", leaf: "auth", of: "examples/engines" },
  { name: "task", leaf: "report", of: "examples/jobs" },
  { name: "service", leaf: "orders", of: "examples/services" },
];

/**
 * @param root of the repository
 * @returns path from the root → content
 */
export async function generateDiagrams(root: string): Promise<Record<string, string>> {
  const project = await loaded(root);
  const folder = mkdtempSync(join(tmpdir(), "rouse-diagrams-"));
  const embedded = (file: string, name: string, diagram: string): string => withDiagram(readFileSync(join(root, file), "utf8"), diagram, name, file);
  const files: Record<string, string> = {};
  try {
    for (const { name, leaf, of, what = "architecture" } of PICTURES) {
      const from = of === undefined ? project : await loaded(join(root, of));
      const diagram = diagramOf(from, synthesized(from, leaf, folder), what);
      const where = of === undefined ? "" : ` of ${of}`;
      files[`docs/diagrams/${name}.mmd`] =
        `%% Written by npm run generate from the templates of the leaf ${leaf}${where}. Do not edit.\n${mermaid(diagram)}`;
      files[`docs/diagrams/${name}.svg`] = svg(diagram, `${leaf}${where}: ${what}`);
      if (name === "path") files["README.md"] = embedded("README.md", "path", mermaid(diagram));
      if (name === "engine") files["docs/engines.md"] = embedded("docs/engines.md", "engine", mermaid(diagram));
    }
    return files;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function loaded(directory: string): Promise<Project> {
  const result = await loadProject({ directory, environment: "prod", env: process.env });
  if (!result.ok) throw new Error(result.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
  return result.project;
}

/** @returns the folder of the assembly of one leaf. Its functions are stand-ins: the templates only carry their hashes, which are not drawn. */
function synthesized(project: Project, leaf: string, folder: string): string {
  const outdir = join(folder, leaf);
  buildApp({ ...project, leaves: project.leaves.filter(({ name }) => name === leaf) }, { outdir, functionsDir: functionsDir(folder) }).synth();
  return outdir;
}

/** @throws Error where the markers are missing: the picture would silently be left out */
export function withDiagram(page: string, diagram: string, name = "path", file = "README.md"): string {
  const [start, end] = [`<!-- diagram:${name} -->`, `<!-- /diagram:${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${start} … ${end}`);
  return `${page.slice(0, from)}${start}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n${page.slice(to)}`;
}
