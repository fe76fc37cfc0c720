import type { MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import type { MetricsPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { metricFilters, subscriptionFilters, type MetricFilterRow, type StoredEvent } from "../state.ts";
import type { Delivery } from "./delivery.ts";
import type { EventStore } from "./events.ts";
import { compilePattern, type FilterPattern } from "./pattern.ts";

type Datum = Parameters<MetricsPort["put"]>[2][number];

/** The one way in for events: keeps them, counts them (metric filters) and passes them on (subscription filters). */
export class Ingest {
  private readonly store: Store;
  private readonly events: EventStore;
  private readonly delivery: Delivery;
  private readonly metrics: MetricsPort;
  private readonly patterns = new Map<string, FilterPattern>();

  constructor(store: Store, events: EventStore, delivery: Delivery, metrics: MetricsPort) {
    this.store = store;
    this.events = events;
    this.delivery = delivery;
    this.metrics = metrics;
  }

  /** Takes lines that were found valid. The group and the stream exist. */
  accept(scope: Scope, group: string, stream: string, lines: readonly { timestamp: number; message: string }[]): void {
    if (lines.length === 0) return;
    const events = this.events.append(scope, group, stream, lines);
    for (const filter of metricFilters(this.store, scope).filter((each) => each.group === group)) this.count(scope, filter, events);
    for (const filter of subscriptionFilters(this.store, scope).filter((each) => each.group === group)) {
      const pattern = this.compiled(filter.pattern);
      const matching = events.filter((event) => pattern.matches(event.message));
      if (matching.length > 0) this.delivery.deliver(scope, stream, filter, matching);
    }
  }

  private count(scope: Scope, filter: MetricFilterRow, events: readonly StoredEvent[]): void {
    const pattern = this.compiled(filter.pattern);
    for (const transformation of filter.transformations) {
      const data = events.flatMap((event) => datum(transformation, pattern, event) ?? []);
      if (data.length > 0) this.metrics.put(scope, transformation.metricNamespace!, data);
    }
  }

  private compiled(text: string): FilterPattern {
    let pattern = this.patterns.get(text);
    if (!pattern) {
      // Patterns come and go with deployments; a bound spares keeping track of which are still used.
      if (this.patterns.size >= 1000) this.patterns.clear();
      this.patterns.set(text, (pattern = compilePattern(text)));
    }
    return pattern;
  }
}

/** What one event adds to a metric: the metric value where it matches, the default value where it does not. */
function datum(transformation: MetricTransformation, pattern: FilterPattern, event: StoredEvent): Datum | undefined {
  const base = { name: transformation.metricName!, unit: transformation.unit ?? "None", at: event.timestamp };
  if (!pattern.matches(event.message)) {
    return transformation.defaultValue === undefined ? undefined : { ...base, dimensions: {}, value: transformation.defaultValue };
  }
  const read = (selector: string): string | number | undefined => (selector.startsWith("$") ? pattern.field(event.message, selector) : selector);
  const value = Number(read(transformation.metricValue!));
  if (Number.isNaN(value)) return undefined;
  const dimensions: Record<string, string> = {};
  for (const [name, selector] of Object.entries(transformation.dimensions ?? {})) {
    const found = read(selector);
    // "If a dimension's value is not found, no value is published" would need AWS's word; an absent dimension would be another metric.
    if (found === undefined) return undefined;
    dimensions[name] = String(found);
  }
  return { ...base, dimensions, value };
}
