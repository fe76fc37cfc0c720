import type { Clock } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import type { Aggregate } from "./aggregate.ts";
import { merge } from "./aggregate.ts";
import { type Level, LEVELS, type Levels, newLevels, put, rollUp, upTo } from "./levels.ts";

export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

/** An interval's aggregate, by its first millisecond. */
export interface Bucket {
  at: number;
  aggregate: Aggregate;
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Metrics of one account and region beyond this many push out the one that was written longest ago. */
const MAX_METRICS = 20_000;

interface Metric extends MetricId {
  /** When a value last came in (the cloud's time). */
  writtenAt: number;
  /** When the first of its values will be too old for its level. */
  expiresAt: number;
  /** By unit. */
  units: Map<string, Levels>;
}

/** One hour of one metric and unit, as kept on disk: by minute, later by five minutes, then by hour. */
interface HourRow extends MetricId {
  unit: string;
  level: 1 | 2 | 3;
  writtenAt: number;
  points: { at: number; count: number; sum: number; min: number; max: number; values?: [number, number][] }[];
}

const TABLE = "cloudwatch.datapoints";

function sortedDimensions({ dimensions }: MetricId): [string, string][] {
  const entries = Object.entries(dimensions);
  return entries.length > 1 ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries;
}

/** Of a metric, on disk. */
const metricKey = (id: MetricId): string => JSON.stringify([id.namespace, id.name, ...sortedDimensions(id)]);

/** Of a metric, in memory: quicker to make. Names and values are ASCII that can be printed (API reference, Dimension). */
function quickKey(id: MetricId): string {
  let key = `${id.namespace}\n${id.name}`;
  for (const [name, value] of sortedDimensions(id)) key += `\n${name}\n${value}`;
  return key;
}

/**
 * The values of all metrics, aggregated as they come in: in memory by second (high resolution) and minute, later by five minutes and
 * hour; on disk by minute, written by `flush`. What is on disk survives a restart; seconds do not.
 */
export class MetricStore {
  private readonly clock: Clock;
  private readonly store: Store;
  private readonly metrics = new Map<string, { scope: Scope; byKey: Map<string, Metric> }>();
  /** Hours with values that are not on disk yet. Empty where nothing is kept on disk. */
  private readonly dirty = new Map<string, { scope: Scope; metric: Metric; unit: string; hour: number }>();
  private isTouched = false;
  /** Alarms have looked at what was before this time. */
  private lookedUntil = 0;
  /** How often a value came in for a time at which alarms had looked already, by scope. */
  private readonly late = new Map<string, number>();

  constructor(deps: { clock: Clock; store: Store }) {
    this.clock = deps.clock;
    this.store = deps.store;
  }

  /** Adds values at a time. @param resolution 1 keeps them by the second too */
  add(scope: Scope, id: MetricId, value: { at: number; unit: string; aggregate: Aggregate; resolution: 1 | 60 }): void {
    const metric = this.metric(scope, id);
    metric.writtenAt = this.clock.now();
    this.insert(metric, value.unit, value.at, value.aggregate, value.resolution === 1 ? 0 : 1);
    this.isTouched = true;
    if (value.at < this.lookedUntil) this.late.set(this.scopeKey(scope), this.lateWrites(scope) + 1);
    if (!this.store.isKept) return;
    const hour = Math.floor(value.at / HOUR) * HOUR;
    this.dirty.set(JSON.stringify([scope.account, scope.region, metricKey(id), value.unit, hour]), { scope, metric, unit: value.unit, hour });
  }

  /** Something has come in since the last `flush`. */
  get isDirty(): boolean {
    return this.isTouched;
  }

  /** Alarms have been evaluated by what was there before this time. */
  looked(until: number): void {
    this.lookedUntil = until;
  }

  /** Counts the values that came in for a time that alarms had looked at before. */
  lateWrites(scope: Scope): number {
    return this.late.get(this.scopeKey(scope)) ?? 0;
  }

  /** The metrics of an account and region, in no particular order. */
  list(scope: Scope): (MetricId & { writtenAt: number })[] {
    return [...(this.metrics.get(this.scopeKey(scope))?.byKey.values() ?? [])];
  }

  /** The units under which a metric has been written. */
  units(scope: Scope, id: MetricId): string[] {
    return [...(this.find(scope, id)?.units.keys() ?? [])];
  }

  /**
   * The aggregates of consecutive intervals of `period` seconds from `start` on; intervals without values are left out.
   * Values that are older than 15 (63) days are there by five minutes (by hour) only.
   */
  query(scope: Scope, id: MetricId, range: { start: number; end: number; period: number; unit?: string | undefined }): Bucket[] {
    const metric = this.find(scope, id);
    const level = this.levelFor(range.start, range.period);
    if (!metric || level === undefined) return [];
    const step = range.period * SECOND;
    const buckets = new Map<number, Aggregate>();
    for (const [unit, levels] of metric.units) {
      if (range.unit !== undefined && range.unit !== unit) continue;
      for (const [at, aggregate] of upTo(levels, level, range.start, range.end)) {
        const bucket = range.start + Math.floor((at - range.start) / step) * step;
        const before = buckets.get(bucket);
        buckets.set(bucket, before ? merge(before, aggregate) : aggregate);
      }
    }
    return [...buckets].sort(([a], [b]) => a - b).map(([at, aggregate]) => ({ at, aggregate }));
  }

  /** Writes what is new to disk, and forgets what is too old. */
  flush(): void {
    for (const [, { scope, metric, unit, hour }] of this.dirty) this.write(scope, metric, unit, hour, 1);
    this.dirty.clear();
    this.isTouched = false;
  }

  /** Forgets what is older than its retention, in memory and on disk. Once an hour is enough. */
  expire(): void {
    const now = this.clock.now();
    for (const { byKey } of this.metrics.values()) {
      for (const [key, metric] of byKey) {
        if (metric.expiresAt < now) metric.expiresAt = Math.min(...[...metric.units.values()].map((levels) => rollUp(levels, now)));
        if (metric.writtenAt < now - LEVELS[3].keep) byKey.delete(key);
      }
    }
    for (const scope of this.store.scopes(TABLE)) this.expireRows(scope, now);
  }

  /** Reads what an earlier run left on disk. */
  load(): void {
    for (const scope of this.store.scopes(TABLE)) {
      for (const row of this.rows(scope).values()) {
        const metric = this.metric(scope, row);
        metric.writtenAt = Math.max(metric.writtenAt, row.writtenAt);
        for (const { at, values, ...numbers } of row.points) {
          this.insert(metric, row.unit, at, { ...numbers, values: values && new Map(values) }, row.level);
        }
      }
    }
  }

  reset(): void {
    this.metrics.clear();
    this.dirty.clear();
    this.late.clear();
    this.isTouched = false;
  }

  private levelFor(start: number, period: number): Level | undefined {
    if (period < 60) return 0;
    const age = this.clock.now() - start;
    const level: Level = age <= LEVELS[1].keep ? 1 : age <= LEVELS[2].keep ? 2 : 3;
    return (period * SECOND) % LEVELS[level].step === 0 ? level : undefined;
  }

  private insert(metric: Metric, unit: string, at: number, aggregate: Aggregate, finest: Level): void {
    let levels = metric.units.get(unit);
    if (!levels) metric.units.set(unit, (levels = newLevels()));
    const bucket = put(levels, finest, at, { ...aggregate, values: aggregate.values && new Map(aggregate.values) });
    metric.expiresAt = Math.min(metric.expiresAt, bucket + LEVELS[finest].keep);
  }

  private metric(scope: Scope, id: MetricId): Metric {
    const key = this.scopeKey(scope);
    let metrics = this.metrics.get(key);
    if (!metrics) this.metrics.set(key, (metrics = { scope, byKey: new Map() }));
    const own = quickKey(id);
    let metric = metrics.byKey.get(own);
    if (!metric) {
      if (metrics.byKey.size >= MAX_METRICS) dropOldest(metrics.byKey);
      metric = { namespace: id.namespace, name: id.name, dimensions: id.dimensions, writtenAt: 0, expiresAt: Infinity, units: new Map() };
      metrics.byKey.set(own, metric);
    }
    return metric;
  }

  private find(scope: Scope, id: MetricId): Metric | undefined {
    return this.metrics.get(this.scopeKey(scope))?.byKey.get(quickKey(id));
  }

  private scopeKey(scope: Scope): string {
    return `${scope.account}|${scope.region}`;
  }

  private rows(scope: Scope): ReturnType<typeof this.store.table<HourRow>> {
    return this.store.table<HourRow>(TABLE, scope);
  }

  private write(scope: Scope, metric: Metric, unit: string, hour: number, level: 1 | 2 | 3): void {
    const { namespace, name, dimensions, writtenAt } = metric;
    const found = new Map<number, Aggregate>();
    for (const [at, aggregate] of upTo(metric.units.get(unit) ?? [], level, hour, hour + HOUR)) found.set(at, merge(found.get(at), aggregate));
    const points = [...found].map(([at, { values, ...numbers }]) => ({
      at,
      ...numbers,
      ...(values ? { values: [...values] } : {}),
    }));
    const key = `${metricKey(metric)}|${unit}|${hour}`;
    if (points.length > 0) this.rows(scope).set(key, { namespace, name, dimensions, unit, level, writtenAt, points });
    else this.rows(scope).delete(key);
  }

  private expireRows(scope: Scope, now: number): void {
    for (const [key, row] of this.rows(scope).entries()) {
      const hour = Number(key.slice(key.lastIndexOf("|") + 1));
      const level = LEVELS.findIndex(({ keep }, index) => index > 0 && hour >= now - keep + HOUR);
      if (level === -1) this.rows(scope).delete(key);
      else if (level > row.level) this.write(scope, this.metric(scope, row), row.unit, hour, level as 2 | 3);
    }
  }
}

function dropOldest(byKey: Map<string, Metric>): void {
  let oldest: [string, Metric] | undefined;
  for (const entry of byKey) if (!oldest || entry[1].writtenAt < oldest[1].writtenAt) oldest = entry;
  if (oldest) byKey.delete(oldest[0]);
}
