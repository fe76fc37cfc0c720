/** An error as state machines know it: a name that Retry and Catch look for, and a cause for people. */
export class StatesError extends Error {
  readonly error: string;
  readonly cause_: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.name = "StatesError";
    this.error = error;
    this.cause_ = cause;
  }
}

/** What goes wrong in a definition or its data while it runs, and cannot be retried. */
export const runtimeError = (cause: string): StatesError => new StatesError("States.Runtime", cause);

/** "States.ALL … can't catch the States.DataLimitExceeded terminal error and Runtime error types" (Developer Guide, Handling errors). */
const TERMINAL = new Set(["States.DataLimitExceeded", "States.Runtime"]);

/** These are a Task's own failings; States.TaskFailed "matches any known error name except for States.Timeout". */
const TIMEOUTS = new Set(["States.Timeout", "States.HeartbeatTimeout"]);

/** Does a retrier or catcher with these names take the error? */
export function takes(names: readonly string[], error: string): boolean {
  return names.some((name) => {
    if (name === error) return true;
    if (name === "States.ALL") return !TERMINAL.has(error);
    if (name === "States.TaskFailed") return !TERMINAL.has(error) && !TIMEOUTS.has(error);
    // "States.Timeout: a Task state either ran longer than TimeoutSeconds, or failed to send a heartbeat".
    return name === "States.Timeout" && error === "States.HeartbeatTimeout";
  });
}
