import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureAssembly } from "../assembly.ts";
import { type CliContext, writeJson } from "../command.ts";
import { openProject } from "../project.ts";

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  // The CDK command line names its own folder when it runs `rouse synth` as an app.
  const out = resolve(context.directory, context.env["CDK_OUTDIR"] ?? String(options["out"]));
  const fresh = await ensureAssembly(project, out, context.interrupted);
  const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as { artifacts: Record<string, { type: string }> };
  const stacks = Object.entries(manifest.artifacts).filter(([, artifact]) => artifact.type === "aws:cloudformation:stack");
  if (options["json"]) {
    writeJson(context, { environment: project.environment.name, assembly: out, fresh, stacks: stacks.map(([name]) => name) });
    return 0;
  }
  context.stdout.write(`${fresh ? "synthesized" : "up to date:"} ${stacks.length} stacks for ${project.environment.name} in ${out}\n`);
  for (const [name] of stacks) context.stdout.write(`  ${name}\n`);
  return 0;
}
