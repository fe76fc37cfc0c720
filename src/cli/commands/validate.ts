import { loadProject } from "../../config/index.ts";
import { type CliContext, writeJson } from "../command.ts";
import { openProject, whatIsMeant } from "../project.ts";

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  if (options["json"]) return asJson(context, options);
  const { project } = await openProject(context, options);
  const names = project.leaves.map((leaf) => leaf.name).join(", ");
  const leaves = project.leaves.length === 1 ? "1 leaf" : `${project.leaves.length} leaves`;
  context.stdout.write(`${project.base.name}: ${leaves} (${names}), no mistakes for the environment ${project.environment.name}\n`);
  return 0;
}

/** Mistakes, too: an editor or a check of a pull request shows them where they are. */
async function asJson(context: CliContext, options: Record<string, unknown>): Promise<number> {
  const { directory, environment } = whatIsMeant(context, options);
  const result = await loadProject({ directory, environment, env: context.env });
  if (!result.ok) {
    writeJson(context, { ok: false, environment, problems: result.problems });
    return 2;
  }
  const { base, leaves } = result.project;
  writeJson(context, { ok: true, environment, application: base.name, leaves: leaves.map(({ name, kind }) => ({ name, kind })) });
  return 0;
}
