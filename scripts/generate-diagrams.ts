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
import { engineDiagram } from "./diagrams/engine.ts";
import { pathDiagram } from "./diagrams/path.ts";
import { stacksDiagram } from "./diagrams/stacks.ts";
import { Assembly } from "./diagrams/templates.ts";

/**
 * @param root of the repository
 * @returns path from the root → content
 */
export async function generateDiagrams(root: string): Promise<Record<string, string>> {
  const [project, engines] = [await loaded(root), await loaded(join(root, "examples", "engines"))];
  const folder = mkdtempSync(join(tmpdir(), "rouse-diagrams-"));
  try {
    const path = pathDiagram(synthesized(project, "hello", folder));
    const engine = engineDiagram(synthesized(engines, "auth", folder));
    const embedded = (file: string, name: string, diagram: string): string =>
      withDiagram(readFileSync(join(root, file), "utf8"), diagram, name, file);
    return {
      "docs/diagrams/path.mmd": `%% Written by npm run generate from the templates of the leaf hello. Do not edit.\n${path}`,
      // Of minecraft, because it has every nested stack that there is.
      "docs/diagrams/stacks.mmd": `%% Written by npm run generate from the templates of the leaf minecraft. Do not edit.\n${stacksDiagram(synthesized(project, "minecraft", folder))}`,
      "docs/diagrams/engine.mmd": `%% Written by npm run generate from the templates of the leaf auth of examples/engines. Do not edit.\n${engine}`,
      "README.md": embedded("README.md", "path", path),
      "docs/engines.md": embedded("docs/engines.md", "engine", engine),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function loaded(directory: string): Promise<Project> {
  const result = await loadProject({ directory, environment: "prod", env: process.env });
  if (!result.ok) throw new Error(result.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
  return result.project;
}

/** The assembly of one leaf. Its functions are stand-ins: the templates only carry their hashes, which are not drawn. */
function synthesized(project: Project, leaf: string, folder: string): Assembly {
  const outdir = join(folder, leaf);
  buildApp({ ...project, leaves: project.leaves.filter(({ name }) => name === leaf) }, { outdir, functionsDir: functionsDir(folder) }).synth();
  return new Assembly(outdir);
}

/** @throws Error where the markers are missing: the picture would silently be left out */
export function withDiagram(page: string, diagram: string, name = "path", file = "README.md"): string {
  const [start, end] = [`<!-- diagram:${name} -->`, `<!-- /diagram:${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${start} … ${end}`);
  return `${page.slice(0, from)}${start}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n${page.slice(to)}`;
}
