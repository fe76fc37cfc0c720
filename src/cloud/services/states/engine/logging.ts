import { parseArn, type Scope } from "../../../core/scope.ts";
import type { StatesDeps } from "../index.ts";
import type { EventRow, ExecutionRow } from "../state.ts";

/** What each level tells (Developer Guide, "Log levels for Step Functions execution events"). */
const FATAL = /^Execution(Failed|Aborted|TimedOut)$/;
const ERROR = /Failed$|TimedOut$|Aborted$/;

/** Writes an event to the machine's log group, as far as its logging configuration asks for it. */
export function writeLog(deps: Pick<StatesDeps, "logs">, _scope: Scope, row: ExecutionRow, event: EventRow): void {
  const { level = "OFF", includeExecutionData = false, destinations = [] } = row.machine.logging;
  if (level === "OFF" || (level === "FATAL" && !FATAL.test(event.type)) || (level === "ERROR" && !ERROR.test(event.type))) return;
  const message = JSON.stringify({
    id: String(event.id),
    type: event.type,
    ...(event.details ? { details: includeExecutionData ? event.details.value : withoutData(event.details.value) } : {}),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timestamp),
    execution_arn: row.arn,
    redrive_count: "0",
  });
  // "states/<machine>/<minute>/<random>" on AWS; here a machine has one stream a day.
  const stream = `states/${row.machine.name}/${new Date(event.timestamp).toISOString().slice(0, 10)}`;
  for (const { cloudWatchLogsLogGroup } of destinations) {
    const group = parseArn(cloudWatchLogsLogGroup?.logGroupArn ?? "");
    if (!group) continue;
    const name = group.resource.replace(/^log-group:/, "").replace(/:\*$/, "");
    deps.logs.write({ account: group.account, region: group.region }, name, stream, [{ timestamp: event.timestamp, message }], { create: true });
  }
}

/** Members that hold what goes through the machine. */
const DATA = new Set(["input", "output", "parameters", "inputDetails", "outputDetails", "assignedVariables", "cause"]);

const withoutData = (value: Record<string, unknown>): object => Object.fromEntries(Object.entries(value).filter(([name]) => !DATA.has(name)));
