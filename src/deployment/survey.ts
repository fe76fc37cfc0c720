import type { Project } from "../config/index.ts";
import { readWanted } from "./assembly.ts";
import type { Ask } from "./cloudformation.ts";
import { readDeployed, readImporters } from "./deployed.ts";
import { plan, type Plan, type Situation } from "./plan.ts";
import { identityOf, regionsOf } from "./stacks.ts";

/** What is deployed, what is wanted, and the way from one to the other. */
export interface Survey extends Situation {
  readonly plan: Plan;
}

/** @param assembly folder of the assembly that is wanted @throws the SDK's errors */
export async function survey({ ask, project, assembly }: { ask: Ask; project: Project; assembly: string }): Promise<Survey> {
  const identity = identityOf(project);
  const wanted = readWanted(assembly);
  const deployed = await readDeployed(ask, { identity, wanted, regions: regionsOf(project) });
  const situation: Situation = { identity, wanted, deployed, importers: await readImporters(ask, deployed, wanted) };
  return { ...situation, plan: plan(situation) };
}
