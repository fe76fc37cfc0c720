/**
 * docs/diagrams/*.mmd, and the first of them in README.md, from the synthesized templates of the examples.
 * `npm run generate` writes them; test/diagrams.test.ts fails when the files in the repository are not what it would write.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../src/config/load.ts";
import type { Project } from "../src/config/schema.ts";
import { buildApp } from "../src/stacks/app.ts";
import { functionsDir } from "../src/stacks/testing.ts";
import { pathDiagram } from "./diagrams/path.ts";
import { stacksDiagram } from "./diagrams/stacks.ts";
import { Assembly } from "./diagrams/templates.ts";

const START = "<!-- diagram:path -->";
const END = "<!-- /diagram:path -->";

/**
 * @param root of the repository
 * @returns path from the root → content
 */
export async function generateDiagrams(root: string): Promise<Record<string, string>> {
  const loaded = await loadProject({ directory: root, environment: "prod", env: process.env });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
  const folder = mkdtempSync(join(tmpdir(), "rouse-diagrams-"));
  try {
    const path = pathDiagram(synthesized(loaded.project, "hello", folder));
    return {
      "docs/diagrams/path.mmd": `%% Written by npm run generate from the templates of the leaf hello. Do not edit.\n${path}`,
      // Of minecraft, because it has every nested stack that there is.
      "docs/diagrams/stacks.mmd": `%% Written by npm run generate from the templates of the leaf minecraft. Do not edit.\n${stacksDiagram(synthesized(loaded.project, "minecraft", folder))}`,
      "README.md": withDiagram(readFileSync(join(root, "README.md"), "utf8"), path),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The assembly of one leaf. Its functions are stand-ins: the templates only carry their hashes, which are not drawn. */
function synthesized(project: Project, leaf: string, folder: string): Assembly {
  const outdir = join(folder, leaf);
  buildApp({ ...project, leaves: project.leaves.filter(({ name }) => name === leaf) }, { outdir, functionsDir: functionsDir(folder) }).synth();
  return new Assembly(outdir);
}

/** @throws Error where the markers are missing: the picture would silently be left out */
export function withDiagram(readme: string, diagram: string): string {
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${START} … ${END}`);
  return `${readme.slice(0, from)}${START}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n${readme.slice(to)}`;
}
