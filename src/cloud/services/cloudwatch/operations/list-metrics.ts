import type { ListMetricsInput, ListMetricsOutput } from "@aws-sdk/client-cloudwatch";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { page } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";

const HOUR = 3_600_000;
const PAGE = 500;

/** Lists metrics that had values in the past two weeks (or three hours). */
export function ListMetrics(deps: Pick<CloudWatchDeps, "metrics" | "clock">, input: ListMetricsInput, call: Call): ListMetricsOutput {
  if (input.IncludeLinkedAccounts) throw new NotSupported("cloudwatch", "ListMetrics", "IncludeLinkedAccounts");
  if (input.OwningAccount !== undefined && input.OwningAccount !== call.account) throw new NotSupported("cloudwatch", "ListMetrics", "OwningAccount");
  const since = deps.clock.now() - (input.RecentlyActive ? 3 : 14 * 24) * HOUR;
  const found = deps.metrics
    .list(call)
    .filter((metric) => metric.writtenAt >= since)
    .filter((metric) => input.Namespace === undefined || metric.namespace === input.Namespace)
    .filter((metric) => input.MetricName === undefined || metric.name === input.MetricName)
    .filter((metric) =>
      (input.Dimensions ?? []).every(({ Name, Value }) =>
        Value === undefined ? Object.hasOwn(metric.dimensions, Name!) : metric.dimensions[Name!] === Value,
      ),
    )
    .map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    }));
  const { items, ...rest } = page(found, input.NextToken, PAGE);
  return { Metrics: items, ...rest };
}
