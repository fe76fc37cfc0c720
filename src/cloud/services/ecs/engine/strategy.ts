import type { CapacityProviderStrategyItem } from "@aws-sdk/client-ecs";
import { invalid } from "../lookup.ts";
import type { ClusterRow } from "../state.ts";

/** AWS's own capacity providers; every cluster may have them, and nobody creates them. */
const FARGATE = ["FARGATE", "FARGATE_SPOT"];

export const isFargate = (provider: string | undefined): boolean => provider !== undefined && FARGATE.includes(provider);

/** Checks a strategy against its cluster (API_CapacityProviderStrategyItem). @throws AwsError InvalidParameterException */
export function checkStrategy(cluster: ClusterRow, strategy: CapacityProviderStrategyItem[]): void {
  for (const { capacityProvider } of strategy) {
    if (!cluster.capacityProviders.includes(capacityProvider!)) {
      throw invalid(
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
      );
    }
  }
  const onFargate = strategy.filter(({ capacityProvider }) => isFargate(capacityProvider)).length;
  if (onFargate > 0 && onFargate < strategy.length)
    throw invalid(
      "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.",
    );
  if (strategy.filter(({ base }) => (base ?? 0) > 0).length > 1)
    throw invalid("The specified capacity provider strategy is invalid: only one capacity provider can have a base value.");
  if (strategy.length > 1 && strategy.every(({ weight }) => !weight))
    throw invalid("The specified capacity provider strategy must contain at least one capacity provider with a weight value greater than 0.");
}

/**
 * The provider of the next task, when `counts` are there already: the base is filled first, then tasks are shared out by
 * weight. A single provider needs no weight.
 */
export function nextProvider(strategy: CapacityProviderStrategyItem[], counts: ReadonlyMap<string, number>): string {
  const count = (item: CapacityProviderStrategyItem): number => counts.get(item.capacityProvider!) ?? 0;
  const based = strategy.find((item) => count(item) < (item.base ?? 0));
  if (based) return based.capacityProvider!;
  const load = (item: CapacityProviderStrategyItem): number => (count(item) - (item.base ?? 0) + 1) / (item.weight ?? 0);
  const weighted = strategy.filter(({ weight }) => (weight ?? 0) > 0);
  const before = (a: CapacityProviderStrategyItem, b: CapacityProviderStrategyItem): number => load(a) - load(b) || b.weight! - a.weight!;
  const [chosen] = weighted.toSorted(before);
  return (chosen ?? strategy[0]!).capacityProvider!;
}
