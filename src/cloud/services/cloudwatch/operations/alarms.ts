import type {
  DeleteAlarmsInput,
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  DisableAlarmActionsInput,
  EnableAlarmActionsInput,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import { NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { actionsOf } from "../engine/actions.ts";
import { record } from "../engine/history.ts";
import { configurationOf, describeAlarm, stateOf } from "../engine/views.ts";
import { invalidCombination, missingParameter, notFound, page, validationError } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { alarms, history } from "../state.ts";

type Deps = Pick<CloudWatchDeps, "store" | "clock" | "ids" | "events" | "engine">;

export function DescribeAlarms(deps: Pick<CloudWatchDeps, "store">, input: DescribeAlarmsInput, call: Call): DescribeAlarmsOutput {
  if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined)
    throw new NotSupported("cloudwatch", "DescribeAlarms", "composite alarms");
  if (input.AlarmNames?.length && input.AlarmNamePrefix !== undefined) {
    throw invalidCombination("AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.");
  }
  const types = input.AlarmTypes ?? ["MetricAlarm"];
  const found = types.includes("MetricAlarm") ? alarms(deps.store, call).values() : [];
  const matching = found
    .filter((alarm) => !input.AlarmNames?.length || input.AlarmNames.includes(alarm.name))
    .filter((alarm) => alarm.name.startsWith(input.AlarmNamePrefix ?? ""))
    .filter((alarm) => input.StateValue === undefined || alarm.state.value === input.StateValue)
    .filter(
      (alarm) =>
        input.ActionPrefix === undefined ||
        [...alarm.okActions, ...alarm.alarmActions, ...alarm.insufficientDataActions].some((action) => action.startsWith(input.ActionPrefix!)),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...rest } = page(matching, input.NextToken, input.MaxRecords ?? 50);
  return { MetricAlarms: items.map(describeAlarm), CompositeAlarms: [], ...rest };
}

export function DescribeAlarmsForMetric(
  deps: Pick<CloudWatchDeps, "store">,
  input: DescribeAlarmsForMetricInput,
  call: Call,
): DescribeAlarmsForMetricOutput {
  const dimensions = (list: { Name?: string; Value?: string }[] | undefined): string =>
    JSON.stringify((list ?? []).map(({ Name, Value }) => [Name, Value]).sort(([a], [b]) => (a! < b! ? -1 : 1)));
  const found = alarms(deps.store, call).filter(
    ({ metric }) =>
      metric !== undefined &&
      metric.namespace === input.Namespace &&
      metric.name === input.MetricName &&
      (input.Dimensions === undefined || dimensions(metric.dimensions) === dimensions(input.Dimensions)) &&
      (input.Statistic === undefined || metric.statistic === input.Statistic) &&
      (input.ExtendedStatistic === undefined || metric.extendedStatistic === input.ExtendedStatistic) &&
      (input.Period === undefined || metric.period === input.Period) &&
      (input.Unit === undefined || metric.unit === input.Unit),
  );
  return { MetricAlarms: found.map(describeAlarm) };
}

/** "If you specify an incorrect alarm name …, no alarms are deleted." */
export function DeleteAlarms(deps: Deps, input: DeleteAlarmsInput, call: Call): void {
  const table = alarms(deps.store, call);
  const names = input.AlarmNames ?? [];
  if (names.length > 100) throw validationError("The collection AlarmNames must not have a size greater than 100.");
  const unknown = names.filter((name) => !table.has(name));
  if (unknown.length > 0) throw notFound(`Unable to find alarms [${unknown.join(", ")}]`);
  for (const name of names) {
    const alarm = table.get(name)!;
    table.delete(name);
    record(deps, call, {
      alarm: name,
      type: "ConfigurationUpdate",
      summary: `Alarm "${name}" deleted`,
      data: { type: "Delete", deletedAlarm: configurationOf(alarm) },
    });
    const detail = { alarmName: name, operation: "delete", state: stateOf(alarm.state), configuration: configurationOf(alarm) };
    deps.events.emit(call, { source: "aws.cloudwatch", detailType: "CloudWatch Alarm Configuration Change", resources: [alarm.arn], detail });
  }
}

/** For tests of actions: lasts until the next evaluation. Actions are done if the state is another one. */
export function SetAlarmState(deps: Deps, input: SetAlarmStateInput, call: Call): void {
  const alarm = alarms(deps.store, call).get(input.AlarmName ?? "");
  if (!alarm) throw notFound(`Unable to find alarm ${input.AlarmName}`);
  if (input.StateValue === undefined || actionsOf({ ...alarm, state: { ...alarm.state, value: input.StateValue } }) === undefined) {
    throw validationError(
      `1 validation error detected: Value '${input.StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
    );
  }
  if (!input.StateReason) throw missingParameter("StateReason");
  const state = { value: input.StateValue, reason: input.StateReason, reasonData: input.StateReasonData, at: deps.clock.now() };
  deps.engine.transition(call, alarm, state, { datapoints: [] });
}

function setActions(deps: Deps, scope: Scope, names: string[] | undefined, enabled: boolean): void {
  for (const name of names ?? []) {
    const table = alarms(deps.store, scope);
    const alarm = table.get(name);
    if (!alarm || alarm.actionsEnabled === enabled) continue;
    const row = table.update(name, { actionsEnabled: enabled, configuredAt: deps.clock.now() });
    record(deps, scope, {
      alarm: name,
      type: "ConfigurationUpdate",
      summary: `Alarm "${name}" updated`,
      data: { type: "Update", updatedAlarm: configurationOf(row) },
    });
  }
}

export const EnableAlarmActions = (deps: Deps, input: EnableAlarmActionsInput, call: Call): void => setActions(deps, call, input.AlarmNames, true);
export const DisableAlarmActions = (deps: Deps, input: DisableAlarmActionsInput, call: Call): void => setActions(deps, call, input.AlarmNames, false);

export function DescribeAlarmHistory(deps: Pick<CloudWatchDeps, "store">, input: DescribeAlarmHistoryInput, call: Call): DescribeAlarmHistoryOutput {
  if (input.AlarmContributorId !== undefined) throw new NotSupported("cloudwatch", "DescribeAlarmHistory", "AlarmContributorId");
  const wanted = (input.AlarmTypes ?? ["MetricAlarm"]).includes("MetricAlarm");
  const found = history(deps.store, call)
    .entries()
    .filter(([, row]) => wanted && (input.AlarmName === undefined || row.alarm === input.AlarmName))
    .filter(([, row]) => input.HistoryItemType === undefined || row.type === input.HistoryItemType)
    .filter(
      ([, row]) =>
        (input.StartDate === undefined || row.at >= input.StartDate.getTime()) && (input.EndDate === undefined || row.at <= input.EndDate.getTime()),
    )
    .sort(([, a], [, b]) => a.at - b.at);
  if (input.ScanBy !== "TimestampAscending") found.reverse();
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return {
    AlarmHistoryItems: items.map(([, row]) => ({
      AlarmName: row.alarm,
      AlarmType: "MetricAlarm",
      Timestamp: new Date(row.at),
      HistoryItemType: row.type,
      HistorySummary: row.summary,
      HistoryData: row.data,
    })),
    ...rest,
  };
}
