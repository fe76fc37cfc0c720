import { strangers } from "./plan.ts";
import { type DeployedStack, type Identity, isBusy } from "./stacks.ts";
import { TAGS } from "../functions/shared/names.ts";
import type { Survey } from "./survey.ts";

/** Why stacks may not be touched; undefined where they may. */

/** Stacks that have our names and are somebody else's. */
export function notOurs({ deployed, wanted, identity }: Survey): string | undefined {
  const found = strangers(deployed, wanted, identity);
  if (found.length === 0) return undefined;
  const { application, environment } = identity;
  return [
    ...found.map((stack) => `the stack ${stack.name} in ${stack.region} ${ownerOf(stack)}`),
    `Two environments in one account and region need different names. In rouse.${environment}.yaml: name: ${application}-${environment}`,
  ].join("\n");
}

function ownerOf({ tags }: DeployedStack): string {
  const [application, environment] = [tags[TAGS.application], tags[TAGS.environment]];
  if (application === undefined || environment === undefined) return "is not one of Rouse's: it has no tags of an application and an environment";
  return `belongs to the environment ${environment} of ${application}`;
}

/** Somebody else deploys right now, or CloudFormation has not finished what was interrupted. */
export function busy(stacks: readonly DeployedStack[], { application, environment }: Identity): string | undefined {
  const found = stacks.filter(isBusy);
  if (found.length === 0) return undefined;
  return [
    `something works on ${application} in ${environment} right now: ${found.map(({ name, status }) => `${name} is ${status}`).join(", ")}`,
    "Try again when it is done.",
  ].join("\n");
}
