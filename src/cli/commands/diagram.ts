import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { diagramOf, mermaid, svg, type What } from "../../diagrams/index.ts";
import { ensureAssembly } from "../assembly.ts";
import { type CliContext, UserError, writeJson } from "../command.ts";
import { openProject } from "../project.ts";
import { findLeaf } from "../target.ts";

/** `rouse diagram [leaf]`: what is where and who calls whom, or what the stacks take from each other. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  const leaf = name === undefined ? undefined : findLeaf(project, name);
  const out = typeof options["out"] === "string" ? resolve(context.directory, options["out"]) : undefined;
  const format = options["format"] ?? (out?.endsWith(".svg") ? "svg" : "mermaid");
  const what = options["show"] as What;
  // Of its own: an assembly that is deployed from must not be written over with one for a picture.
  const folder = mkdtempSync(join(tmpdir(), "rouse-diagram-"));
  try {
    await ensureAssembly(project, folder, context.interrupted);
    const diagram = diagramOf(project, folder, what, leaf);
    const title = `${leaf?.name ?? project.base.name}: ${what === "stacks" ? "stacks" : "architecture"} (${project.environment.name})`;
    const text = format === "svg" ? svg(diagram, title) : mermaid(diagram);
    if (options["json"]) writeJson(context, out === undefined ? diagram : { file: out, format, ...diagram });
    if (out === undefined) {
      if (!options["json"]) context.stdout.write(text);
      return 0;
    }
    write(out, text);
    context.stderr.write(`wrote ${out}\n`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}
