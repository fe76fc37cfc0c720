import { createHash } from "node:crypto";
import type { Leaf, Project } from "../config/schema.ts";

/** The environment that the embedded cloud is. */
export const LOCAL = "local";
export const LOCAL_ACCOUNT = "000000000000";
/** Public hosted zones write their query logs there and nowhere else (Amazon Route 53 Developer Guide, "Public DNS query logging"). */
export const DNS_REGION = "us-east-1";

const pascal = (name: string): string =>
  name
    .split(/[^a-zA-Z0-9]+/)
    .filter(Boolean)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join("");

/** Names of the stacks. Those of one leaf all begin with the leaf's own stack's name. */
export const stackNames = {
  base: (project: Project): string => `${pascal(project.base.name)}-Base`,
  baseDns: (project: Project): string => `${pascal(project.base.name)}-BaseDns`,
  leaf: (project: Project, leaf: Leaf): string => `${pascal(project.base.name)}-${pascal(leaf.name)}`,
  domain: (project: Project, leaf: Leaf): string => `${stackNames.leaf(project, leaf)}-Domain`,
  startSystem: (project: Project, leaf: Leaf): string => `${stackNames.leaf(project, leaf)}-StartSystem`,
};

const LONGEST_FUNCTION_NAME = 64;

/** `<application>-<leaf>-<what>`, cut with a hash where it would be longer than Lambda takes. */
export function functionName(application: string, leaf: string, what: string): string {
  const whole = `${application}-${leaf}-${what}`;
  if (whole.length <= LONGEST_FUNCTION_NAME) return whole;
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${`${application}-${leaf}`.slice(0, LONGEST_FUNCTION_NAME - what.length - hash.length - 2)}-${hash}-${what}`;
}
