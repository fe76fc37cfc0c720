import type {
  ComparisonOperator,
  Dimension,
  HistoryItemType,
  MetricDataQuery,
  StandardUnit,
  StateValue,
  Statistic,
} from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** One state of an alarm, with why it is in it. */
export interface AlarmState {
  value: StateValue;
  reason: string;
  reasonData?: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** A metric alarm. Members are those of MetricAlarm; times are milliseconds. */
export interface AlarmRow {
  name: string;
  arn: string;
  description?: string;
  actionsEnabled: boolean;
  okActions: string[];
  alarmActions: string[];
  insufficientDataActions: string[];
  /** Set for an alarm on one metric, in place of `metrics`. */
  metric?: {
    namespace: string;
    name: string;
    dimensions: Dimension[];
    period: number;
    statistic?: Statistic;
    extendedStatistic?: string;
    unit?: StandardUnit;
    /** The identifier that events give the alarm's only metric. */
    queryId: string;
  };
  metrics?: MetricDataQuery[];
  evaluationPeriods: number;
  datapointsToAlarm?: number;
  threshold: number;
  comparison: ComparisonOperator;
  treatMissingData?: string;
  lowSamplePercentile?: string;
  state: AlarmState;
  /** When the state's value last changed; the reason may be newer. */
  transitionedAt: number;
  configuredAt: number;
  /** When the actions of the state were last done, for Auto Scaling, which is told again every minute. */
  actedAt?: number;
  tags: Record<string, string>;
}

export interface HistoryRow {
  alarm: string;
  at: number;
  type: HistoryItemType;
  summary: string;
  data: string;
}

export interface DashboardRow {
  name: string;
  arn: string;
  body: string;
  modifiedAt: number;
  tags: Record<string, string>;
}

export const alarms = (store: Store, scope: Scope): Table<AlarmRow> => store.table("cloudwatch.alarms", scope);
/** By a key that sorts by time. */
export const history = (store: Store, scope: Scope): Table<HistoryRow> => store.table("cloudwatch.history", scope);
export const dashboards = (store: Store, scope: Scope): Table<DashboardRow> => store.table("cloudwatch.dashboards", scope);

export const alarmScopes = (store: Store): Scope[] => store.scopes("cloudwatch.alarms");
