import { differencesOf, type StackChange } from "../deployment/differences.ts";
import { busy, notOurs } from "../deployment/refusals.ts";
import { survey, type Survey } from "../deployment/survey.ts";
import { unlessInterrupted, type CliContext, UserError } from "./command.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { Progress } from "./progress.ts";
import { withAws } from "./target.ts";

/** What a deployment would do. */
export interface Look {
  readonly assembly: string;
  readonly survey: Survey;
  readonly changes: StackChange[];
}

/** Synthesizes, reads what is deployed, and compares. @throws UserError where the stacks are not ours, or somebody works on them */
export async function lookAt(context: CliContext, target: DeployTarget, progress: Progress): Promise<Look> {
  const { project, ask } = target;
  const assembly = await target.synthesize();
  progress.step("Comparing with what is deployed");
  const found = await unlessInterrupted(
    context.interrupted,
    withAws(project, async () => {
      const there = await survey({ ask, project, assembly });
      const refused = notOurs(there);
      if (refused !== undefined) throw new UserError(refused);
      const wait = busy(there.deployed, there.identity);
      if (wait !== undefined) throw new UserError(wait, 1);
      return { survey: there, changes: await differencesOf(ask, there) };
    }),
  );
  progress.stop();
  return { assembly, ...found };
}
