import { createHash } from "node:crypto";
import type { Leaf, Project } from "../config/schema.ts";

/** The environment that the embedded cloud is. */
export const LOCAL = "local";
export const LOCAL_ACCOUNT = "000000000000";
/** Public hosted zones write their query logs there and nowhere else (Amazon Route 53 Developer Guide, "Public DNS query logging"). */
export const DNS_REGION = "us-east-1";

/** Where in a leaf's own stack's template it says what wakes the leaf. Metadata and no tag: a tag would change every resource. */
export const KIND_METADATA = "rouse:kind";

const pascal = (name: string): string =>
  name
    .split(/[^a-zA-Z0-9]+/)
    .filter(Boolean)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join("");

/** What the names of all stacks begin with. */
export const stackPrefix = (project: Project): string => `${pascal(project.base.name)}-`;

/** Names of the stacks. Those of one leaf all begin with the leaf's own stack's name. */
export const stackNames = {
  base: (project: Project): string => `${pascal(project.base.name)}-Base`,
  engines: (project: Project): string => `${pascal(project.base.name)}-Engines`,
  baseDns: (project: Project): string => `${pascal(project.base.name)}-BaseDns`,
  leaf: (project: Project, leaf: Leaf): string => `${pascal(project.base.name)}-${pascal(leaf.name)}`,
  domain: (project: Project, leaf: Leaf): string => `${stackNames.leaf(project, leaf)}-Domain`,
  startSystem: (project: Project, leaf: Leaf): string => `${stackNames.leaf(project, leaf)}-StartSystem`,
};

const LONGEST_FUNCTION_NAME = 64;

/** `<application>-<leaf>-<what>`, cut with a hash where it would be longer than Lambda takes; without a leaf `<application>-<what>`. */
export function functionName(application: string, leaf: string | undefined, what: string): string {
  const owner = leaf === undefined ? application : `${application}-${leaf}`;
  const whole = `${owner}-${what}`;
  if (whole.length <= LONGEST_FUNCTION_NAME) return whole;
  const hash = hashOf(whole);
  return `${owner.slice(0, LONGEST_FUNCTION_NAME - what.length - hash.length - 2)}-${hash}-${what}`;
}

/** Elastic Load Balancing API reference, CreateTargetGroup, Name: at most 32 letters, digits and hyphens. */
const LONGEST_TARGET_GROUP_NAME = 32;

/**
 * Name of an engine's target group. Set and not generated, so that policies and permissions can name it before it is there.
 * @param what what CloudFormation replaces the group for: the new one needs another name while the old one is there
 */
export function targetGroupName(application: string, leaf: string, what: string): string {
  const hash = hashOf(JSON.stringify([application, leaf, what]));
  const start = `${application}-${leaf}`.slice(0, LONGEST_TARGET_GROUP_NAME - hash.length - 1).replace(/-+$/, "");
  return `${start}-${hash}`;
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
