import type { Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import { parseArn } from "../../../core/scope.ts";
import { StatesError } from "../asl/errors.ts";
import type { Json, JsonObject, Machine } from "../asl/types.ts";
import type { StatesDeps } from "../index.ts";
import { executions, history, journal, type ExecutionRow, type EventRow, type Status, tokens } from "../state.ts";
import { limited } from "./data.ts";
import { History } from "./history.ts";
import { integrationFor } from "./integrations.ts";
import { runMachine } from "./interpreter.ts";
import { Aborted, CLOUD_ENDS, Thread, type Course } from "./journal.ts";
import { writeLog } from "./logging.ts";
import { runTask } from "./task.ts";
import { tellStarted, tellStopped } from "./telling.ts";
import { Tokens } from "./tokens.ts";

/** Why a running execution was told to end. */
type Ending = { status: "ABORTED" | "TIMED_OUT"; error?: string; cause?: string } | typeof CLOUD_ENDS;

interface Live {
  controller: AbortController;
  done: Promise<void>;
}

/** "Maximum execution time: five minutes" for Express workflows (Step Functions quotas). */
const EXPRESS_MS = 300_000;

/** Runs executions: starts them, takes them up again after a restart, ends them. */
export class Executions {
  /** Those who wait for a task's answer, by token. */
  readonly waiting = new Map<string, () => void>();
  private readonly deps: StatesDeps;
  private readonly live = new Map<string, Live>();

  constructor(deps: StatesDeps) {
    this.deps = deps;
  }

  /** Begins an execution that is in the store. */
  start(scope: Scope, row: ExecutionRow): void {
    const course = this.course(scope, row);
    course.history.add(0, "ExecutionStarted", {
      member: "executionStartedEventDetails",
      value: { input: row.input, inputDetails: { truncated: false }, roleArn: row.machine.roleArn },
    });
    tellStarted(this.deps, scope, row);
    this.run(scope, row, course);
  }

  /** Takes up what was running when the cloud ended; an Express execution does not outlive it. */
  recover(): void {
    for (const scope of this.deps.store.scopes("states.executions")) {
      for (const row of executions(this.deps.store, scope).filter(({ status }) => status === "RUNNING")) {
        if (row.machine.type === "EXPRESS") this.forget(scope, row.arn);
        else this.run(scope, row, this.course(scope, row));
      }
    }
  }

  /** Resolves when the execution has ended; at once where it is not running. */
  async ended(executionArn: string): Promise<void> {
    await this.live.get(executionArn)?.done;
  }

  /** Ends a running execution, and resolves when it has ended. */
  async end(executionArn: string, ending: Exclude<Ending, typeof CLOUD_ENDS>): Promise<void> {
    const live = this.live.get(executionArn);
    live?.controller.abort(ending);
    await live?.done;
  }

  /** Takes all that is known of an execution away. */
  forget(scope: Scope, executionArn: string): void {
    executions(this.deps.store, scope).delete(executionArn);
    for (const table of [history(this.deps.store, scope, executionArn), journal(this.deps.store, scope, executionArn)])
      for (const [key] of table.entries()) table.delete(key);
  }

  /** The cloud ends: what runs stays as it is. */
  stop(): void {
    for (const { controller } of this.live.values()) controller.abort(CLOUD_ENDS);
    this.live.clear();
    this.waiting.clear();
  }

  private course(scope: Scope, row: ExecutionRow): Course {
    const { store, clock, ids } = this.deps;
    const told = (event: EventRow): void => writeLog(this.deps, scope, row, event);
    return { entries: journal(store, scope, row.arn), history: new History(history(store, scope, row.arn), clock, told), clock, ids };
  }

  private run(scope: Scope, row: ExecutionRow, course: Course): void {
    const controller = new AbortController();
    // Whoever starts an execution has its answer first.
    const done = Promise.resolve()
      .then(() => this.toItsEnd(scope, row, course, controller))
      .catch((error: unknown) => this.deps.log(`rouse: the execution ${row.arn} broke off: ${error instanceof Error ? error.stack : String(error)}`));
    const live = { controller, done };
    this.live.set(row.arn, live);
    void done.then(() => this.live.get(row.arn) === live && this.live.delete(row.arn));
  }

  private async toItsEnd(scope: Scope, row: ExecutionRow, course: Course, controller: AbortController): Promise<void> {
    const { clock } = this.deps;
    const machine = JSON.parse(row.machine.definition) as Machine;
    const limit = row.machine.type === "EXPRESS" ? EXPRESS_MS : (machine.TimeoutSeconds ?? Infinity) * 1000;
    const late = (): void => controller.abort({ status: "TIMED_OUT", error: "States.Timeout" } satisfies Ending);
    const timer = limit === Infinity ? undefined : clock.setTimer(Math.max(0, row.startedAt + limit - clock.now()), late);
    const thread = new Thread(course, "", controller.signal, 1);
    try {
      const output = await this.interpret(scope, row, machine, thread);
      this.finish(scope, row, thread, { status: "SUCCEEDED", output: JSON.stringify(output) });
    } catch (error) {
      if (error instanceof Aborted) {
        const ending = controller.signal.reason as Ending;
        if (ending !== CLOUD_ENDS) this.finish(scope, row, thread, ending);
      } else if (error instanceof StatesError) this.finish(scope, row, thread, { status: "FAILED", error: error.error, cause: error.cause_ });
      else {
        // A mistake of ours must not look like a running execution for ever.
        this.finish(scope, row, thread, {
          status: "FAILED",
          error: "States.Runtime",
          cause: "Rouse's embedded cloud made a mistake; its log has the details.",
        });
        throw error;
      }
    } finally {
      timer?.cancel();
    }
  }

  private async interpret(scope: Scope, row: ExecutionRow, machine: Machine, thread: Thread): Promise<Json> {
    const input = JSON.parse(row.input) as Json;
    const task = {
      integration: integrationFor(this.deps, this),
      tokens: new Tokens(this.deps, scope, this.waiting),
      assume: () => this.assume(row),
      place: scope,
      executionArn: row.arn,
      machineArn: row.machine.arn,
    };
    return limited(
      await runMachine(
        machine,
        thread,
        input,
        {},
        {
          language: machine.QueryLanguage ?? "JSONPath",
          context: contextOf(row, input),
          runTask: (work) => runTask(task, work),
        },
      ),
      "execution's output",
    );
  }

  /** The machine's role, as Step Functions takes it on. @throws StatesError where it may not */
  private assume({ machine, name }: ExecutionRow): Principal {
    const role = parseArn(machine.roleArn);
    const roleName = role?.resource.split("/").at(-1) ?? "";
    if (!role || !mayAssume(this.deps, machine.roleArn, machine.arn)) throw new StatesError("States.Runtime", cannotAssume());
    return {
      kind: "assumed-role",
      arn: `arn:aws:sts::${role.account}:assumed-role/${roleName}/${name.slice(0, 64)}`,
      account: role.account,
      roleName,
    };
  }

  private finish(
    scope: Scope,
    row: ExecutionRow,
    thread: Thread,
    ending: { status: Exclude<Status, "RUNNING">; output?: string; error?: string; cause?: string },
  ): void {
    const { store, clock } = this.deps;
    const { output, error, cause } = ending;
    const type = { SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted" }[ending.status];
    const value =
      output === undefined ? { ...(error ? { error } : {}), ...(cause ? { cause } : {}) } : { output, outputDetails: { truncated: false } };
    thread.course.history.add(thread.lastEvent, `Execution${type}`, { member: `execution${type}EventDetails`, value }, true);
    const table = executions(store, scope);
    const stopped: ExecutionRow = {
      ...row,
      status: ending.status,
      stoppedAt: clock.now(),
      ...(output === undefined ? {} : { output }),
      ...(error ? { error } : {}),
      ...(cause ? { cause } : {}),
    };
    if (table.has(row.arn)) table.set(row.arn, stopped);
    for (const [key] of thread.course.entries.entries()) thread.course.entries.delete(key);
    for (const [token, held] of tokens(store, scope).entries()) if (held.executionArn === row.arn) tokens(store, scope).delete(token);
    tellStopped(this.deps, scope, stopped);
  }
}

/** The context object (Developer Guide, "Accessing execution data from the Context object"). */
function contextOf(row: ExecutionRow, input: Json): JsonObject {
  return {
    Execution: {
      Id: row.arn,
      Input: input,
      Name: row.name,
      RoleArn: row.machine.roleArn,
      StartTime: new Date(row.startedAt).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: row.machine.arn, Name: row.machine.name },
  };
}

export const cannotAssume = (): string =>
  "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.";

/** May Step Functions take on the role for this machine? */
export function mayAssume({ iam }: Pick<StatesDeps, "iam">, roleArn: string, machineArn: string): boolean {
  const { account, region } = parseArn(machineArn)!;
  const context = { "aws:SourceArn": machineArn, "aws:SourceAccount": account };
  return ["states.amazonaws.com", `states.${region}.amazonaws.com`].some((service) => iam.canAssume(roleArn, service, context));
}
