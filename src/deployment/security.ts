import type { TemplateDiff } from "@aws-cdk/cloudformation-diff";

/** The CDK's rule for a group that may send nothing: a group without any rule may send everything. */
const NOWHERE = "255.255.255.255/32";

/** Rights and open ports that come (`+`) or go (`-`), a line each, as the CDK finds them in two templates. */
export function securityLines({ iamChanges, securityGroupChanges }: TemplateDiff): string[] {
  const { statements, managedPolicies } = iamChanges;
  const { ingress, egress } = securityGroupChanges;
  type Statement = (typeof statements.additions)[number];
  type Rule = (typeof ingress.additions)[number];
  const right = (statement: Statement): string => {
    const { effect, principal, action, resource, condition } = statement.render();
    const words = [effect, principal, action, resource ? `on ${resource}` : "", condition ? `if ${condition}` : ""];
    return words.filter(Boolean).join(" ").replaceAll(/\s+/g, " ");
  };
  const port = (direction: "in" | "out") => (rule: Rule) => `${direction} ${rule.describeProtocol()}, ${rule.describePeer()} (${rule.groupId})`;
  const both = <T>({ additions, removals }: { additions: T[]; removals: T[] }, line: (item: T) => string): string[] => [
    ...additions.map((item) => `+ ${line(item)}`),
    ...removals.map((item) => `- ${line(item)}`),
  ];
  return [
    ...both(statements, right),
    ...both(managedPolicies, ({ identityArn, managedPolicyArn }) => `${identityArn} has ${managedPolicyArn}`),
    ...both(ingress, port("in")),
    ...both(egress, port("out")).filter((line) => !line.includes(NOWHERE)),
  ];
}
