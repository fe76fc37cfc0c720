import type {
  DescribeExecutionInput,
  DescribeExecutionOutput,
  GetExecutionHistoryInput,
  GetExecutionHistoryOutput,
  HistoryEvent,
  ListExecutionsInput,
  ListExecutionsOutput,
  StopExecutionInput,
  StopExecutionOutput,
} from "@aws-sdk/client-sfn";
import { AwsError } from "../../../core/errors.ts";
import type { StatesParts } from "../index.ts";
import { page, requireExecution, requireMachine } from "../shared.ts";
import { executions, history, type EventRow } from "../state.ts";

/** Ends a running execution; one that has ended stays as it is. */
export async function StopExecution(parts: Pick<StatesParts, "store" | "executions">, input: StopExecutionInput): Promise<StopExecutionOutput> {
  const { scope, row } = requireExecution(parts.store, input.executionArn);
  if (row.machine.type === "EXPRESS") throw notForExpress();
  const ending = { status: "ABORTED" as const, ...(input.error ? { error: input.error } : {}), ...(input.cause ? { cause: input.cause } : {}) };
  await parts.executions.end(row.arn, ending);
  return { stopDate: new Date(executions(parts.store, scope).get(row.arn)?.stoppedAt ?? 0) };
}

const notForExpress = (): AwsError => new AwsError("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'");

export function DescribeExecution({ store }: Pick<StatesParts, "store">, input: DescribeExecutionInput): DescribeExecutionOutput {
  const { row } = requireExecution(store, input.executionArn);
  const ended = row.status !== "RUNNING";
  const redrivable = ended && row.status !== "SUCCEEDED";
  return {
    executionArn: row.arn,
    stateMachineArn: row.machine.arn,
    name: row.name,
    status: row.status,
    startDate: new Date(row.startedAt),
    ...(row.stoppedAt === undefined ? {} : { stopDate: new Date(row.stoppedAt) }),
    input: row.input,
    inputDetails: { included: true },
    ...(row.output === undefined ? {} : { output: row.output, outputDetails: { included: true } }),
    ...(row.error === undefined ? {} : { error: row.error }),
    ...(row.cause === undefined ? {} : { cause: row.cause }),
    ...(row.traceHeader === undefined ? {} : { traceHeader: row.traceHeader }),
    redriveCount: 0,
    redriveStatus: redrivable ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(redrivable
      ? {}
      : { redriveStatusReason: ended ? "Execution is SUCCEEDED and cannot be redriven" : "Execution is RUNNING and cannot be redriven" }),
  };
}

/** "Results are sorted by time, with the most recent execution first." */
export function ListExecutions({ store }: Pick<StatesParts, "store">, input: ListExecutionsInput): ListExecutionsOutput {
  if (input.stateMachineArn === undefined) throw new AwsError("ValidationException", "Must provide either a StateMachineArn or MapRunArn");
  const { scope, machine } = requireMachine(store, input.stateMachineArn);
  if (machine.type === "EXPRESS") throw new AwsError("StateMachineTypeNotSupported", "Express state machines are not supported by this operation");
  const rows = executions(store, scope)
    .filter((row) => row.machine.arn === machine.arn && (input.statusFilter === undefined || row.status === input.statusFilter))
    .reverse()
    .sort((a, b) => b.startedAt - a.startedAt);
  const { shown, ...more } = page(rows, input);
  return {
    executions: shown.map((row) => ({
      executionArn: row.arn,
      stateMachineArn: row.machine.arn,
      name: row.name,
      status: row.status,
      startDate: new Date(row.startedAt),
      ...(row.stoppedAt === undefined ? {} : { stopDate: new Date(row.stoppedAt) }),
      redriveCount: 0,
    })),
    ...more,
  };
}

export function GetExecutionHistory({ store }: Pick<StatesParts, "store">, input: GetExecutionHistoryInput): GetExecutionHistoryOutput {
  const { scope, row } = requireExecution(store, input.executionArn);
  const rows = history(store, scope, row.arn)
    .values()
    .sort((a, b) => a.id - b.id);
  if (input.reverseOrder) rows.reverse();
  const { shown, ...more } = page(rows, input);
  return { events: shown.map((event) => describe(event, input.includeExecutionData ?? true)), ...more };
}

const DATA = new Set(["input", "output", "parameters", "inputDetails", "outputDetails", "assignedVariables", "assignedVariablesDetails"]);

function describe({ id, previousEventId, type, timestamp, details }: EventRow, data: boolean): HistoryEvent {
  const value = details && Object.fromEntries(Object.entries(details.value).filter(([name]) => data || !DATA.has(name)));
  return {
    id,
    previousEventId,
    type: type as HistoryEvent["type"],
    timestamp: new Date(timestamp),
    ...(details ? { [details.member]: value } : {}),
  };
}
