import { differenceText } from "../../deployment/difference-words.ts";
import type { CliContext } from "../command.ts";
import { isColored } from "../paint.ts";
import { openDeployTarget } from "../deploy-target.ts";
import { lookAt } from "../look.ts";
import { progressFor } from "../progress.ts";

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const progress = progressFor(context);
  try {
    const { changes, survey } = await lookAt(context, await openDeployTarget(context, options, progress), progress);
    const steps = survey.plan.steps.map((step) => ({ do: step.do, ...("stacks" in step ? { stacks: namesIn(step.stacks) } : {}) }));
    context.stdout.write(
      options["json"] ? `${JSON.stringify({ changes, steps }, undefined, 2)}\n` : differenceText(changes, isColored(context, "stdout")),
    );
    return options["fail"] && changes.length > 0 ? 1 : 0;
  } finally {
    progress.stop();
  }
}

const namesIn = (stacks: readonly ({ name: string } | { stack: { name: string } })[]): string[] =>
  stacks.map((each) => ("stack" in each ? each.stack.name : each.name));
