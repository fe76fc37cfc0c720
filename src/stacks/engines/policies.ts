import { aws_iam as iam } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { EngineArns } from "../engine/engine-arns.ts";
import { acknowledgeWildcards, nagText, NO_NARROWER } from "../rouse-stack.ts";
import type { RouseFunction } from "../rouse-function.ts";

/**
 * Characters without blanks: of all inline policies of a role together, and of one managed policy (IAM user guide, "IAM and AWS STS
 * quotas"). Ten managed policies can be attached to a role.
 */
const INLINE = 10_240;
const MANAGED = 6144;
const MOST_MANAGED = 10;

/** What the function's role has besides: its log, and what it may for all engines at once. */
const RESERVED = 1500;

export interface Shares {
  readonly inline: readonly EngineArns[];
  readonly managed: readonly EngineArns[][];
}

/**
 * Which engines stand in the function's own policy, and which in managed policies beside it. A statement lists each engine's own
 * resources, so many engines are longer than one policy may be: twenty or so fit into the first.
 * @param size characters of the policy for some engines
 * @throws Error where ten managed policies do not hold them
 */
export function shareOut(engines: readonly EngineArns[], size: (some: readonly EngineArns[]) => number): Shares {
  const take = (from: number, room: number): number => {
    let to = from;
    while (to < engines.length && size(engines.slice(from, to + 1)) <= room) to++;
    return to;
  };
  const first = take(0, INLINE - RESERVED);
  const managed: EngineArns[][] = [];
  for (let from = first; from < engines.length;) {
    const to = take(from, MANAGED);
    if (to === from || managed.length === MOST_MANAGED) {
      throw new Error(`${engines.length} engines are more than one function may be allowed to start; the policies of ${from} of them fill its role`);
    }
    managed.push(engines.slice(from, to));
    from = to;
  }
  return { inline: engines.slice(0, first), managed };
}

/** Length of a policy of these statements; references count as their names, which are longer than what they stand for. */
export function policySize(scope: Construct, statements: readonly iam.PolicyStatement[]): number {
  const text = (value: unknown): unknown =>
    typeof value === "string"
      ? nagText(scope, value)
      : Array.isArray(value)
        ? value.map(text)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, text(each)]))
          : value;
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map((each) => text(each.toStatementJson())) }).length;
}

export function attachManaged(
  scope: Construct,
  to: RouseFunction,
  shares: Shares,
  statementsOf: (some: readonly EngineArns[]) => iam.PolicyStatement[],
): void {
  for (const [index, some] of shares.managed.entries()) {
    const statements = statementsOf(some);
    const policy = new iam.ManagedPolicy(scope, `More${index + 1}`, { roles: [to.role], statements });
    acknowledgeWildcards(policy, wildcardsOf(statements), NO_NARROWER);
  }
}

/** The resources with a wildcard, for cdk-nag. */
export const wildcardsOf = (statements: readonly iam.PolicyStatement[]): string[] => [
  ...new Set(statements.flatMap(({ resources }) => resources.filter((resource) => resource.includes("*")))),
];
