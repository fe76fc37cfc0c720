import type { GetMetricDataInput, GetMetricDataOutput, MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { invalidToken, missingParameter, validationError } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import type { Series, Value } from "../math/series.ts";
import { evaluateQueries, validateQueries } from "../metrics/queries.ts";

/** "The maximum number of data points the request should return before paginating", if not told otherwise. */
const MAX_DATAPOINTS = 100_800;
const MAX_QUERIES = 500;

/** Reads metrics and computes metric math. Timestamps are multiples of each query's period. */
export function GetMetricData(deps: Pick<CloudWatchDeps, "metrics">, input: GetMetricDataInput, call: Call): GetMetricDataOutput {
  const queries = input.MetricDataQueries ?? [];
  if (!input.StartTime) throw missingParameter("StartTime");
  if (!input.EndTime) throw missingParameter("EndTime");
  if (queries.length === 0) throw missingParameter("MetricDataQueries");
  if (queries.length > MAX_QUERIES) throw validationError(`The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`);
  const [start, end] = [input.StartTime.getTime(), input.EndTime.getTime()];
  if (start >= end) throw validationError("The parameter StartTime must be less than the parameter EndTime.");
  validateQueries(queries);
  const valueOf = evaluateQueries(deps.metrics, call, queries, { start, end, aligned: true });
  const ascending = input.ScanBy === "TimestampAscending";
  const results = queries
    .filter((query) => query.ReturnData !== false)
    .flatMap((query) => resultsOf(query, valueOf(query.Id!), { start, end, ascending }));
  return paginate(results, input.MaxDatapoints ?? MAX_DATAPOINTS, input.NextToken);
}

function resultsOf(query: MetricDataQuery, value: Value, range: { start: number; end: number; ascending: boolean }): MetricDataResult[] {
  if (value.kind === "scalar") {
    throw validationError(`Error in expression '${query.Id}' [The result must be a time series or an array of time series, not a scalar]`);
  }
  if (query.Label?.includes("${")) throw new NotSupported("cloudwatch", "GetMetricData", "dynamic labels");
  const result = (series: Series, label: string): MetricDataResult => {
    const points = [...series.points].filter(([at]) => at < range.end).sort(([a], [b]) => (range.ascending ? a - b : b - a));
    return {
      Id: query.Id,
      Label: label,
      Timestamps: points.map(([at]) => new Date(at)),
      Values: points.map(([, point]) => point),
      StatusCode: "Complete",
    };
  };
  if (value.kind === "series") return [result(value.series, query.Label ?? (query.MetricStat ? value.series.label : query.Id!))];
  // Several results of one expression are told apart as "Expression-Label Metric-Label".
  return value.list.map((series) => result(series, [query.Label ?? query.Id, series.label].filter(Boolean).join(" ")));
}

/** The token is the number of data points that went before. */
function paginate(results: MetricDataResult[], size: number, token: string | undefined): GetMetricDataOutput {
  let skip = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(skip) || skip < 0) throw invalidToken();
  const total = results.reduce((sum, { Values }) => sum + Values!.length, 0);
  const upTo = skip + size;
  if (skip === 0 && total <= size) return { MetricDataResults: results, Messages: [] };
  let room = size;
  const MetricDataResults = results.map((result) => {
    const from = Math.min(skip, result.Values!.length);
    const taken = Math.min(result.Values!.length - from, room);
    skip -= from;
    room -= taken;
    const [Timestamps, Values] = [result.Timestamps!.slice(from, from + taken), result.Values!.slice(from, from + taken)];
    return { ...result, Timestamps, Values, StatusCode: from + taken < result.Values!.length ? ("PartialData" as const) : ("Complete" as const) };
  });
  return { MetricDataResults, Messages: [], ...(upTo < total ? { NextToken: String(upTo) } : {}) };
}
