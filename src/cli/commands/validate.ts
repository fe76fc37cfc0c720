import type { CliContext } from "../command.ts";
import { openProject } from "../project.ts";

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  const names = project.leaves.map((leaf) => leaf.name).join(", ");
  const leaves = project.leaves.length === 1 ? "1 leaf" : `${project.leaves.length} leaves`;
  context.stdout.write(`${project.base.name}: ${leaves} (${names}), no mistakes for the environment ${project.environment.name}\n`);
  return 0;
}
