import type {
  DeleteMetricFilterRequest,
  DescribeMetricFiltersRequest,
  DescribeMetricFiltersResponse,
  MetricTransformation,
  PutMetricFilterRequest,
  TestMetricFilterRequest,
  TestMetricFilterResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, keyIn, metricFilters } from "../state.ts";
import { byText, constraint, groupName, invalidParameter, page, plainName, refuse } from "./input.ts";
import { compileOrRefuse, MAX_REGEX_FILTERS, usesRegex } from "./patterns.ts";

/** "Each log group can have up to 100 metric filters" (CloudWatch Logs quotas). */
const MAX_FILTERS = 100;

export function PutMetricFilter(deps: Pick<LogsParts, "store" | "clock">, input: PutMetricFilterRequest, call: Call): void {
  refuse("PutMetricFilter", input, ["applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"]);
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  const name = plainName("filterName", input.filterName);
  const pattern = compileOrRefuse(input.filterPattern ?? "");
  const transformations = input.metricTransformations ?? [];
  checkTransformations(transformations);
  const table = metricFilters(deps.store, call);
  const others = table.filter((row) => row.group === group && row.name !== name);
  if (others.length >= MAX_FILTERS || (pattern.regexCount > 0 && others.filter((row) => usesRegex(row.pattern)).length >= MAX_REGEX_FILTERS)) {
    throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  }
  const creationTime = table.get(keyIn(group, name))?.creationTime ?? deps.clock.now();
  table.set(keyIn(group, name), { group, name, pattern: input.filterPattern ?? "", transformations, creationTime });
}

function checkTransformations(transformations: readonly MetricTransformation[]): void {
  // botocore: MetricTransformations has exactly one member; a default value and dimensions exclude each other
  // ("You can't specify default values and dimensions together", MetricTransformation).
  if (transformations.length !== 1)
    throw constraint("metricTransformations", `${transformations.length} items`, "Member must have length equal to 1");
  const [transformation] = transformations;
  if (!transformation?.metricName || !transformation.metricNamespace || !transformation.metricValue) {
    throw invalidParameter("A metric transformation needs metricName, metricNamespace and metricValue.");
  }
  if (transformation.defaultValue !== undefined && Object.keys(transformation.dimensions ?? {}).length > 0) {
    throw invalidParameter("Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  }
  if (!/^(\$.+|[+-]?\d+(\.\d+)?)$/.test(transformation.metricValue))
    throw invalidParameter("Invalid metric transformation: the metric value is neither a number nor a field.");
}

export function DescribeMetricFilters(
  deps: Pick<LogsParts, "store">,
  input: DescribeMetricFiltersRequest,
  call: Call,
): DescribeMetricFiltersResponse {
  const group = input.logGroupName === undefined ? undefined : groupOf(deps.store, call, groupName(input.logGroupName)).name;
  const rows = metricFilters(deps.store, call)
    .filter(
      (row) =>
        (group === undefined || row.group === group) &&
        row.name.startsWith(input.filterNamePrefix ?? "") &&
        (input.metricName === undefined || row.transformations.some((each) => each.metricName === input.metricName)) &&
        (input.metricNamespace === undefined || row.transformations.some((each) => each.metricNamespace === input.metricNamespace)),
    )
    .sort((a, b) => byText(keyIn(a.group, a.name), keyIn(b.group, b.name)));
  const { rows: shown, nextToken } = page(rows, (row) => keyIn(row.group, row.name), input.nextToken, input.limit);
  return {
    metricFilters: shown.map((row) => ({
      filterName: row.name,
      filterPattern: row.pattern,
      metricTransformations: row.transformations,
      creationTime: row.creationTime,
      logGroupName: row.group,
      applyOnTransformedLogs: false,
    })),
    nextToken,
  };
}

export function DeleteMetricFilter(deps: Pick<LogsParts, "store">, input: DeleteMetricFilterRequest, call: Call): void {
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  if (!metricFilters(deps.store, call).delete(keyIn(group, plainName("filterName", input.filterName)))) {
    throw new AwsError("ResourceNotFoundException", "The specified metric filter does not exist.");
  }
}

export function TestMetricFilter(_deps: object, input: TestMetricFilterRequest, _call: Call): TestMetricFilterResponse {
  const pattern = compileOrRefuse(input.filterPattern ?? "");
  return {
    matches: (input.logEventMessages ?? []).flatMap((eventMessage, index) => {
      const extractedValues = pattern.extract(eventMessage);
      return extractedValues ? [{ eventNumber: index + 1, eventMessage, extractedValues }] : [];
    }),
  };
}
