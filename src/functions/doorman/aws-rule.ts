import { DescribeRulesCommand, type ElasticLoadBalancingV2Client, RuleNotFoundException, type Rule } from "@aws-sdk/client-elastic-load-balancing-v2";

/** The listener rule of a route. Rules come in pages: an Application Load Balancer has at most 100 unless AWS allows more. */
async function findRule(elb: ElasticLoadBalancingV2Client, ListenerArn: string, priority: string): Promise<Rule | undefined> {
  let Marker: string | undefined;
  do {
    const page = await elb.send(new DescribeRulesCommand({ ListenerArn, ...(Marker ? { Marker } : {}) }));
    const found = page.Rules?.find((rule) => rule.Priority === priority);
    if (found) return found;
    Marker = page.NextMarker;
  } while (Marker);
  return undefined;
}

/**
 * Reads the rule that the function stands behind. It is looked for by its priority once, and by its ARN from then on: a
 * waiting client's doorman asks often, and a listener may have many rules.
 */
export function ruleReader(elb: ElasticLoadBalancingV2Client, of: { listener: string; priority: string }): () => Promise<Rule | undefined> {
  let arn: string | undefined;
  return async () => {
    if (arn !== undefined) {
      try {
        return (await elb.send(new DescribeRulesCommand({ RuleArns: [arn] }))).Rules?.[0];
      } catch (error) {
        // Replaced by a deployment.
        if (!(error instanceof RuleNotFoundException)) throw error;
      }
    }
    const found = await findRule(elb, of.listener, of.priority);
    arn = found?.RuleArn;
    return found;
  };
}
