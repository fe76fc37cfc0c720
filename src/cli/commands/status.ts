import { environmentTime } from "../../operate/environment-time.ts";
import { glanceAt } from "../../operate/glance.ts";
import type { Project } from "../../config/index.ts";
import type { CliContext } from "../command.ts";
import { glanceText } from "../glance-text.ts";
import { columnsOf, paintFor } from "../paint.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

/** `rouse status [leaf]`: every leaf at a glance. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaves = name === undefined ? project.leaves : [findLeaf(project, name)];
  const time = environmentTime(connection);
  const glances = await withAws(project, () => Promise.all(leaves.map((leaf) => glanceAt(project, leaf, connection, time))));
  context.stdout.write(
    options["json"] ? `${JSON.stringify(glances, null, 2)}\n` : glanceText(glances, { paint: paintFor(context), ...columnsOf(context) }),
  );
  if (glances.every(({ state }) => state === "not deployed")) context.stderr.write(nothingThere(project, name));
  return 0;
}

/** What to do where there is nothing to tell of. */
function nothingThere({ base, environment }: Project, leaf: string | undefined): string {
  const to = environment.name === "local" ? "" : ` --env ${environment.name}`;
  return `${leaf === undefined ? `nothing of ${base.name}` : leaf} is ${leaf === undefined ? "" : "not "}deployed in ${environment.name} (${base.region}). Deploy it with: rouse deploy${to}\n`;
}
