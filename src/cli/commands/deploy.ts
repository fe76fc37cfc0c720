import { carryOut } from "../../deployment/carry-out.ts";
import { differenceText, lossText } from "../../deployment/difference-words.ts";
import { lossesOf } from "../../deployment/differences.ts";
import type { Outcome } from "../../deployment/road.ts";
import { failureText, outcomeLine, outputsOf, stepLines } from "../../deployment/words.ts";
import { type CliContext, unlessInterrupted, UserError, writeJson } from "../command.ts";
import { isColored, paintFor } from "../paint.ts";
import { confirm } from "../confirm.ts";
import { type DeployTarget, openDeployTarget } from "../deploy-target.ts";
import { readEndpoints } from "../endpoints.ts";
import { type Look, lookAt } from "../look.ts";
import { progressFor, type Progress } from "../progress.ts";
import { stackProgress } from "../stack-progress.ts";
import { withAws } from "../target.ts";

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const json = Boolean(options["json"]);
  const progress = progressFor(context);
  const began = performance.now();
  try {
    const target = await openDeployTarget(context, options, progress);
    // Before anything is looked up, which the roles that this makes are for.
    if (options["bootstrap"]) await target.prepare(true);
    const look = await lookAt(context, target, progress);
    const { changes, survey } = look;
    if (changes.length === 0) {
      progress.done(`Nothing to deploy: ${survey.wanted.length} stacks are up to date`);
      await target.finish();
      writeOutputs(context, target, { ok: true, stacks: survey.deployed.map((stack) => ({ ...stack, result: "unchanged" })) }, json);
      return 0;
    }
    context.stderr.write(differenceText(changes, isColored(context, "stderr")));
    const losses = lossesOf(changes);
    if (losses.length > 0) {
      const text = `\nThis takes away what cannot be made again:\n${lossText(losses)}`;
      await confirm(context, Boolean(options["yes"]), { text, question: `Deploy to ${target.project.environment.name} all the same?` });
    }
    if (!options["bootstrap"]) await target.prepare(false);
    const outcome = await unlessInterrupted(context.interrupted, deploy(target, look, progress));
    if (!outcome.ok) throw new UserError(failureText(outcome), 1);
    progress.done(outcomeLine(outcome, performance.now() - began));
    await target.finish();
    writeOutputs(context, target, outcome, json);
    return 0;
  } finally {
    progress.stop();
  }
}

function deploy({ project, road, deletion }: DeployTarget, { assembly, survey }: Look, progress: Progress): Promise<Outcome> {
  const names = [...survey.wanted, ...survey.plan.orphans].map(({ name }) => name);
  return withAws(project, () =>
    carryOut(survey.plan, {
      assembly,
      road,
      deletion,
      onProgress: stackProgress(progress, names),
      onStep: (step) => stepLines(step, survey.plan).forEach((line) => progress.done(line)),
    }),
  );
}

/** What a person wants to know now: addresses and names. */
function writeOutputs(context: CliContext, { project }: DeployTarget, outcome: Outcome, json: boolean): void {
  const outputs = outputsOf(outcome);
  if (json) {
    const stacks = outcome.stacks.map(({ name, region, result }) => ({ name, region, result }));
    return writeJson(context, { environment: project.environment.name, stacks, outputs });
  }
  if (outputs.length === 0) return;
  const paint = paintFor(context);
  const width = Math.max(...outputs.map(({ stack, name }) => stack.length + name.length + 1));
  // Names of load balancers of the embedded cloud lead nowhere: they are AWS's.
  const here = project.environment.name === "local" ? readEndpoints(project.directory)?.loadBalancer : undefined;
  for (const { stack, name, value } of outputs) {
    const also = here !== undefined && name === "Address" ? `  (on this machine: ${here})` : "";
    context.stdout.write(`${paint.dim(`${stack}.${name}`.padEnd(width))}  ${value}${also}\n`);
  }
}
