import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Deletion, writeDeletion, writeReduced, writeSome } from "./assembly.ts";
import { keyOf } from "./order.ts";
import type { Plan, Step } from "./plan.ts";
import type { OnProgress, Outcome, Road, StackOutcome } from "./road.ts";

export interface CarryOut {
  /** Of the assembly that is wanted. */
  readonly assembly: string;
  readonly road: Road;
  readonly deletion: Deletion;
  readonly onProgress?: OnProgress;
  /** Told before each step. */
  readonly onStep?: (step: Step) => void;
}

/**
 * Does the steps of a plan, one after the other, until one fails. What is done stays done: the next plan is made of what is
 * there then.
 */
export async function carryOut(plan: Plan, { assembly, road, deletion, onProgress = () => {}, onStep = () => {} }: CarryOut): Promise<Outcome> {
  const done = new Map<string, StackOutcome>();
  for (const [index, step] of plan.steps.entries()) {
    onStep(step);
    // Beside the files that it refers to, and a new one for each step: a deployer may keep what it has read.
    const folder = join(assembly, "rouse-steps", String(index));
    const outcome = await doStep(step, folder, { assembly, road, deletion, onProgress });
    rmSync(folder, { recursive: true, force: true });
    for (const stack of outcome.stacks) {
      // One that was deployed in an earlier step is unchanged in the last.
      if (stack.result !== "unchanged" || !done.has(keyOf(stack))) done.set(keyOf(stack), stack);
    }
    if (!outcome.ok) return { ok: false, stacks: [...done.values()] };
  }
  return { ok: true, stacks: [...done.values()] };
}

type Tools = Required<Omit<CarryOut, "onStep">>;

function doStep(step: Step, folder: string, { assembly, road, deletion, onProgress }: Tools): Promise<Outcome> {
  switch (step.do) {
    case "delete":
      return road.destroy(writeDeletion(folder, step.stacks, deletion), onProgress);
    case "reduce":
      return road.deploy(writeReduced(folder, assembly, step.stacks), onProgress);
    case "deploy-first":
      return road.deploy(writeSome(folder, assembly, step.stacks), onProgress);
    case "deploy":
      return road.deploy(assembly, onProgress);
  }
}
