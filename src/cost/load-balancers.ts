import type { Line } from "./charge.ts";
import type { Resource } from "./resource.ts";

/** What the load balancers cost that there are, beside one for each service. US dollars a month. */
export interface BalancersCost {
  /** How many there are, and how many there would be. */
  readonly here: number;
  readonly perService: number;
  /** Hours, addresses and capacity units of those that there are. */
  readonly month: number;
  /** The same with one for each service. The traffic is the same, and so are its capacity units. */
  readonly perServiceMonth: number;
}

const BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer";

/** @param shared lines of what all leaves share @param leaves resources of each leaf */
export function balancersOf(shared: readonly Line[], leaves: ReadonlyMap<string, readonly Resource[]>): BalancersCost {
  const lines = shared.filter(({ type }) => type === BALANCER);
  const standing = new Map<string, number>();
  for (const { resource, when, usd } of lines) if (when === "standing") standing.set(resource, (standing.get(resource) ?? 0) + (usd ?? 0));
  const traffic = lines.reduce((total, { when, usd }) => total + (when === "use" ? (usd ?? 0) : 0), 0);
  const isInternal = (balancer: string): boolean => balancer.startsWith("Internal");
  const behind = [...leaves.values()].flatMap((resources) => {
    const rule = resources.find(({ type }) => type === "AWS::ElasticLoadBalancingV2::ListenerRule");
    if (rule === undefined) return [];
    // The rule names its listener by an export, and the export the balancer.
    const internal = JSON.stringify(rule.properties["ListenerArn"] ?? "").includes("Internal");
    const [, each] = [...standing].find(([balancer]) => isInternal(balancer) === internal) ?? [...standing][0] ?? [];
    return each === undefined ? [] : [each];
  });
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);
  return {
    here: standing.size,
    perService: behind.length,
    month: sum(standing.values()) + traffic,
    perServiceMonth: behind.length === 0 ? sum(standing.values()) + traffic : sum(behind) + traffic,
  };
}
