import { isTimestamp, applies } from "../asl/choice.ts";
import { runtimeError, StatesError, takes } from "../asl/errors.ts";
import { transform } from "../asl/jsonata.ts";
import type { Scope } from "../asl/scope.ts";
import type { Catcher, Json, JsonObject, Machine, Retrier, State } from "../asl/types.ts";
import { Data, limited, merge } from "./data.ts";
import { Aborted, CLOUD_ENDS, type Thread } from "./journal.ts";
import { runMap, runParallel } from "./nested.ts";
import type { Running, Surroundings } from "./running.ts";

/** Where a state leads. */
interface Outcome {
  /** None at the end. */
  next?: string;
  output: Json;
  variables: JsonObject;
}

/** Runs a machine from where it stands to its end. @returns its output. @throws StatesError, Aborted */
export async function runMachine(machine: Machine, thread: Thread, input: Json, variables: JsonObject, around: Surroundings): Promise<Json> {
  const inner = { ...around, language: machine.QueryLanguage ?? around.language };
  let at: { state: string; input: Json; variables: JsonObject } = thread.resume() ?? { state: machine.StartAt, input, variables };
  for (;;) {
    const outcome = await runState(at.state, machine.States[at.state]!, thread, at.input, at.variables, inner);
    if (outcome.next === undefined) return outcome.output;
    at = { state: outcome.next, input: outcome.output, variables: outcome.variables };
    thread.advance(at);
  }
}

/** Types whose states are told of when they are stopped half-way. */
const INTERRUPTIBLE = new Set(["Task", "Wait", "Parallel", "Map"]);

async function runState(name: string, state: State, thread: Thread, input: Json, variables: JsonObject, around: Surroundings): Promise<Outcome> {
  thread.emit(`${state.Type}StateEntered`, { member: "stateEnteredEventDetails", value: { name, ...shown("input", input) } });
  const entered = new Date(thread.chance.now()).toISOString();
  const context = { ...around.context, State: { EnteredTime: entered, Name: name, RetryCount: 0 } };
  const scope: Scope = { input, context, variables, chance: thread.chance };
  const running: Running = { ...around, runMachine, name, state, data: new Data(state, around.language), thread, scope };
  try {
    const outcome = await catching(running);
    limited(outcome.output, `state's '${name}' output`);
    if (state.Type === "Fail") return outcome;
    const assigned = Object.fromEntries(
      Object.entries(outcome.variables)
        .filter(([variable, value]) => variables[variable] !== value)
        .map(([variable, value]) => [variable, JSON.stringify(value)]),
    );
    thread.emit(`${state.Type}StateExited`, {
      member: "stateExitedEventDetails",
      value: {
        name,
        ...shown("output", outcome.output),
        ...(Object.keys(assigned).length > 0 ? { assignedVariables: assigned, assignedVariablesDetails: { truncated: false } } : {}),
      },
    });
    return outcome;
  } catch (error) {
    if (error instanceof Aborted && INTERRUPTIBLE.has(state.Type) && thread.signal.reason !== CLOUD_ENDS)
      thread.lastEvent = thread.course.history.add(thread.lastEvent, `${state.Type}StateAborted`, undefined, true);
    throw error;
  }
}

export const shown = (name: "input" | "output", value: Json): Record<string, unknown> => ({
  [name]: JSON.stringify(value),
  [`${name}Details`]: { truncated: false },
});

/** Runs a state with its retriers, and hands what they do not take to its catchers. */
async function catching(running: Running): Promise<Outcome> {
  const { state, thread, scope } = running;
  const attempts = new Map<Retrier, number>();
  for (let retries = 0; ; retries++) {
    const context = { ...scope.context, State: { ...(scope.context["State"] as JsonObject), RetryCount: retries } };
    const attempt = { ...running, scope: { ...scope, context } };
    try {
      return await once(attempt);
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      noteEvaluation(running, error);
      const retrier = state.Retry?.find(({ ErrorEquals }) => takes(ErrorEquals, error.error));
      const made = retrier ? (attempts.get(retrier) ?? 0) : 0;
      if (retrier && made < (retrier.MaxAttempts ?? 3)) {
        attempts.set(retrier, made + 1);
        const delay = delayOf(retrier, made, thread);
        await thread.until(thread.once(() => thread.course.clock.now() + delay));
        continue;
      }
      const catcher = state.Catch?.find(({ ErrorEquals }) => takes(ErrorEquals, error.error));
      if (!catcher) throw error;
      return caught(attempt, catcher, error);
    }
  }
}

function noteEvaluation({ name, thread }: Running, error: StatesError): void {
  if (error.error !== "States.QueryEvaluationError") return;
  const location = /for the field '([^']+)'/.exec(error.cause_)?.[1];
  const value = { error: error.error, cause: error.cause_, state: name, ...(location ? { location } : {}) };
  thread.emit("EvaluationFailed", { member: "evaluationFailedEventDetails", value });
}

/** Milliseconds until the next attempt; "FULL" jitter is a random part of the delay (Developer Guide, "Retrying after an error"). */
function delayOf(retrier: Retrier, made: number, thread: Thread): number {
  const seconds = Math.min((retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** made, retrier.MaxDelaySeconds ?? Infinity);
  const jitter = retrier.JitterStrategy === "FULL" ? thread.chance.fraction() : 1;
  return Math.round(seconds * jitter * 1000);
}

async function caught({ data, scope }: Running, catcher: Catcher, error: StatesError): Promise<Outcome> {
  const errorOutput: JsonObject = { Error: error.error, Cause: error.cause_ };
  const inside = { ...scope, errorOutput };
  const variables = await data.assign(catcher.Assign, inside);
  if (data.language === "JSONPath") return { next: catcher.Next, output: merge(catcher.ResultPath, scope.input, errorOutput), variables };
  const output = catcher.Output === undefined ? errorOutput : await transform(catcher.Output, inside, "Catch/Output");
  return { next: catcher.Next, output, variables };
}

/** One attempt at a state. */
async function once(running: Running): Promise<Outcome> {
  const { state, data, thread, scope } = running;
  switch (state.Type) {
    case "Task":
      return finish(running, await running.runTask({ state, data, thread, scope }));
    case "Parallel":
      return finish(running, await runParallel(running));
    case "Map":
      return finish(running, await runMap(running));
    case "Pass":
      return pass(running);
    case "Wait":
      await wait(running);
      return through(running);
    case "Succeed":
      return through(running);
    case "Choice":
      return choose(running);
    case "Fail":
      throw await failure(running);
  }
}

/** The end of a state that made something. */
async function finish({ state, data, scope }: Running, result: Json): Promise<Outcome> {
  const [output, variables] = [await data.output(scope, result), await data.assign(state.Assign, { ...scope, result })];
  return { ...(state.Next === undefined ? {} : { next: state.Next }), output, variables };
}

/** The end of a state that hands on its input: it has no result that ResultPath could place. */
async function through({ state, data, scope }: Running, rule?: { next: string; Output?: Json; Assign?: JsonObject }): Promise<Outcome> {
  const next = rule?.next ?? state.Next;
  const variables = await data.assign(rule ? rule.Assign : state.Assign, scope);
  const done = (output: Json): Outcome => ({ ...(next === undefined ? {} : { next }), output, variables });
  if (data.language === "JSONata") {
    const template = rule ? rule.Output : state.Output;
    return done(template === undefined ? scope.input : await transform(template, scope, "Output"));
  }
  const input = data.effectiveInput(scope);
  return done(await data.output({ ...scope, input }, input));
}

async function pass(running: Running): Promise<Outcome> {
  const { state, data, scope } = running;
  if (data.language === "JSONata") return through(running);
  const result = state.Result ?? (await data.arguments(scope));
  const variables = await data.assign(state.Assign, scope);
  const output = await data.output(scope, result);
  return { ...(state.Next === undefined ? {} : { next: state.Next }), output, variables };
}

async function wait({ data, thread, scope }: Running): Promise<void> {
  const seconds = await data.wholeNumber("Seconds", scope);
  if (seconds !== undefined) return thread.until(thread.once(() => thread.course.clock.now() + seconds * 1000));
  const timestamp = await data.value("Timestamp", scope);
  if (!isTimestamp(timestamp)) throw runtimeError(`The value ${JSON.stringify(timestamp)} of 'Timestamp' is not a timestamp.`);
  return thread.until(Date.parse(timestamp));
}

async function choose(running: Running): Promise<Outcome> {
  const { state, data, scope } = running;
  const seen = { ...scope, input: data.effectiveInput(scope) };
  for (const [index, rule] of state.Choices!.entries()) {
    const fits = data.language === "JSONPath" ? applies(rule, seen) : await holds(rule.Condition!, scope, `Choices[${index}]/Condition`);
    if (fits) return through(running, { next: rule.Next!, Output: rule.Output, Assign: rule.Assign });
  }
  if (state.Default === undefined)
    throw new StatesError("States.NoChoiceMatched", `Failed to transition out of the state '${running.name}': no choice matched.`);
  return through(running, { next: state.Default, Output: state.Output, Assign: state.Assign });
}

async function holds(condition: Json, scope: Scope, field: string): Promise<boolean> {
  const found = await transform(condition, scope, field);
  if (typeof found === "boolean") return found;
  throw new StatesError(
    "States.QueryEvaluationError",
    `The condition specified for the field '${field}' returned ${JSON.stringify(found)}, not a boolean.`,
  );
}

async function failure({ data, scope }: Running): Promise<StatesError> {
  const [error, cause] = [await data.value("Error", scope), await data.value("Cause", scope)];
  const text = (value: Json | undefined): string => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));
  return new StatesError(text(error), text(cause));
}
