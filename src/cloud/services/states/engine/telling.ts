import type { Scope } from "../../../core/scope.ts";
import type { StatesDeps } from "../index.ts";
import type { ExecutionRow } from "../state.ts";

type Deps = Pick<StatesDeps, "events" | "metrics">;

/** "Step Functions Execution Status Change" (Developer Guide, "Automating Step Functions event delivery with EventBridge"): Standard workflows only. */
function emit(deps: Deps, scope: Scope, row: ExecutionRow): void {
  if (row.machine.type === "EXPRESS") return;
  deps.events.emit(scope, {
    source: "aws.states",
    detailType: "Step Functions Execution Status Change",
    resources: [row.arn],
    detail: {
      executionArn: row.arn,
      stateMachineArn: row.machine.arn,
      name: row.name,
      status: row.status,
      startDate: row.startedAt,
      stopDate: row.stoppedAt ?? null,
      input: row.input,
      output: row.output ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: row.status === "RUNNING" || row.status === "SUCCEEDED" ? "NOT_REDRIVABLE" : "REDRIVABLE",
      redriveStatusReason: null,
      inputDetails: { included: true },
      outputDetails: row.output === undefined ? null : { included: true },
      error: row.error ?? null,
      cause: row.cause ?? null,
    },
  });
}

function count(deps: Deps, scope: Scope, row: ExecutionRow, names: [name: string, value: number, unit: string][]): void {
  const dimensions = { StateMachineArn: row.machine.arn };
  deps.metrics.put(
    scope,
    "AWS/States",
    names.map(([name, value, unit]) => ({ name, dimensions, value, unit })),
  );
}

export function tellStarted(deps: Deps, scope: Scope, row: ExecutionRow): void {
  emit(deps, scope, row);
  count(deps, scope, row, [["ExecutionsStarted", 1, "Count"]]);
}

const ENDS = { SUCCEEDED: "ExecutionsSucceeded", FAILED: "ExecutionsFailed", TIMED_OUT: "ExecutionsTimedOut", ABORTED: "ExecutionsAborted" };

/** ExecutionTime is "the interval, in milliseconds, between the time the execution starts and the time it closes". */
export function tellStopped(deps: Deps, scope: Scope, row: ExecutionRow): void {
  emit(deps, scope, row);
  if (row.status === "RUNNING" || row.stoppedAt === undefined) return;
  count(deps, scope, row, [
    [ENDS[row.status], 1, "Count"],
    ["ExecutionTime", row.stoppedAt - row.startedAt, "Milliseconds"],
  ]);
}
