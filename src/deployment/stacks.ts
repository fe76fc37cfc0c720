import type { Project } from "../config/index.ts";
import { TAGS } from "../functions/shared/names.ts";
import { DNS_REGION, KIND_METADATA } from "../stacks/names.ts";
import type { Template } from "./template.ts";

/** Whose stacks are ours: those that carry both tags. */
export interface Identity {
  readonly application: string;
  readonly environment: string;
}

export const identityOf = (project: Project): Identity => ({ application: project.base.name, environment: project.environment.name });

/** A stack that is there. */
export interface DeployedStack {
  readonly name: string;
  readonly region: string;
  /** Its ARN. */
  readonly id: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly template: Template;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A stack of the assembly that is to be deployed. */
export interface WantedStack {
  /** Its id in the assembly. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly template: Template;
  /** Templates of its nested stacks, and of theirs, by the hash in their address. */
  readonly nested: ReadonlyMap<string, Template>;
  /** Ids of the stacks that come first. */
  readonly dependencies: readonly string[];
}

/** The kind of a leaf's stack of which only what all kinds share is left. */
export const NONE = "none";

/** What wakes the leaf of this stack: `dns`, `engine`, …, or `none`; undefined for a stack that is not a leaf's own. */
export function kindOf(template: Template): string | undefined {
  const kind = template.Metadata?.[KIND_METADATA];
  return typeof kind === "string" ? kind : undefined;
}

export const isOurs = ({ tags }: Pick<DeployedStack, "tags">, { application, environment }: Identity): boolean =>
  tags[TAGS.application] === application && tags[TAGS.environment] === environment;

/** A stack that never came up: CloudFormation can do nothing with it but delete it, and those who deploy do so by themselves. */
export const neverWas = ({ status }: Pick<DeployedStack, "status">): boolean =>
  ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS"].includes(status);

/** Whether something works on the stack right now. (A stack in review has a change set, and nothing happens to it.) */
export const isBusy = ({ status }: Pick<DeployedStack, "status">): boolean => status.endsWith("_IN_PROGRESS") && status !== "REVIEW_IN_PROGRESS";

/** Where an application may have stacks. (Those in a region that rouse.yaml named before are not looked for.) */
export const regionsOf = ({ base }: Project): string[] => [...new Set([base.region, DNS_REGION])];

/** The environment that the embedded cloud is. */
export { LOCAL } from "../stacks/names.ts";
