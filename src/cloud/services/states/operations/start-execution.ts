import type { StartExecutionInput, StartExecutionOutput, StartSyncExecutionInput, StartSyncExecutionOutput } from "@aws-sdk/client-sfn";
import { AwsError } from "../../../core/errors.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { StatesParts } from "../index.ts";
import { checkName, requireMachine } from "../shared.ts";
import { executionArn, executions, type ExecutionRow, type MachineRow } from "../state.ts";

type Deps = Pick<StatesParts, "store" | "clock" | "ids" | "executions">;

/** "The maximum length of the input is 262,144 bytes in UTF-8 encoding" (StartExecution, input). */
function checkInput(text: string): void {
  if (Buffer.byteLength(text) > 262_144)
    throw new AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input: 'The input is too large.'");
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${error instanceof Error ? error.message : String(error)}'`);
  }
}

/** With the name and input of a running execution it answers with that one; a name that was used is not to be had again. */
export function StartExecution(deps: Deps, input: StartExecutionInput): StartExecutionOutput {
  const { scope, machine } = requireMachine(deps.store, input.stateMachineArn);
  const text = input.input ?? "{}";
  checkInput(text);
  const name = input.name ?? deps.ids.uuid();
  checkName(name);
  const existing = machine.type === "STANDARD" ? executions(deps.store, scope).get(executionArn(scope, machine.name, name)) : undefined;
  if (existing) {
    if (existing.status === "RUNNING" && existing.input === text) return { executionArn: existing.arn, startDate: new Date(existing.startedAt) };
    throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${existing.arn}'`);
  }
  const row = begin(deps, scope, machine, { name, text, traceHeader: input.traceHeader });
  // Nobody can ask for an Express execution afterwards.
  if (machine.type === "EXPRESS") void deps.executions.ended(row.arn).then(() => deps.executions.forget(scope, row.arn));
  return { executionArn: row.arn, startDate: new Date(row.startedAt) };
}

/** Answers when an Express execution has ended. */
export async function StartSyncExecution(deps: Deps, input: StartSyncExecutionInput, call: Call): Promise<StartSyncExecutionOutput> {
  const { scope, machine } = requireMachine(deps.store, input.stateMachineArn);
  if (machine.type !== "EXPRESS") throw new AwsError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine");
  const text = input.input ?? "{}";
  checkInput(text);
  const name = input.name ?? deps.ids.uuid();
  checkName(name);
  const row = begin(deps, scope, machine, { name, text, traceHeader: input.traceHeader });
  const ended = deps.executions.ended(row.arn);
  await (call.letTimePass ? call.letTimePass(ended) : ended);
  const done = executions(deps.store, scope).get(row.arn) ?? row;
  deps.executions.forget(scope, row.arn);
  const stopped = done.stoppedAt ?? deps.clock.now();
  return {
    executionArn: row.arn,
    stateMachineArn: machine.arn,
    name,
    startDate: new Date(row.startedAt),
    stopDate: new Date(stopped),
    status: done.status === "SUCCEEDED" || done.status === "TIMED_OUT" ? done.status : "FAILED",
    input: text,
    inputDetails: { included: true },
    ...(done.output === undefined ? {} : { output: done.output, outputDetails: { included: true } }),
    ...(done.error === undefined ? {} : { error: done.error }),
    ...(done.cause === undefined ? {} : { cause: done.cause }),
    // Memory in chunks of 64 MB, time in steps of 100 ms ("Express Workflows pricing").
    billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds: Math.max(100, Math.ceil((stopped - row.startedAt) / 100) * 100) },
  };
}

function begin(
  deps: Deps,
  scope: Scope,
  machine: MachineRow,
  { name, text, traceHeader }: { name: string; text: string; traceHeader: string | undefined },
): ExecutionRow {
  const { tags: _, createdAt: __, ...kept } = machine;
  const row: ExecutionRow = {
    arn:
      machine.type === "STANDARD"
        ? executionArn(scope, machine.name, name)
        : arn("states", scope, `express:${machine.name}:${name}:${deps.ids.uuid()}`),
    name,
    machine: kept,
    status: "RUNNING",
    startedAt: deps.clock.now(),
    input: text,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
  executions(deps.store, scope).set(row.arn, row);
  deps.executions.start(scope, row);
  return row;
}
