import type { Principal } from "../../../core/service.ts";
import type { Scope as Place } from "../../../core/scope.ts";
import { StatesError } from "../asl/errors.ts";
import type { Json, JsonObject, State } from "../asl/types.ts";
import type { Scope } from "../asl/scope.ts";
import { limited, type Data } from "./data.ts";
import { Aborted, CLOUD_ENDS, type Thread } from "./journal.ts";
import { readResource, type Resource } from "./resource.ts";
import type { Tokens } from "./tokens.ts";

/** One piece of work for another service. */
export interface Job {
  resource: Resource;
  parameters: JsonObject;
  /** The machine's role. */
  as: Principal;
  place: Place;
  /** Of the execution and of its machine. */
  executionArn: string;
  machineArn: string;
}

/** Does the work of one service; errors are StatesErrors under the names that Step Functions gives them. */
export interface Integration {
  /** Asks for the work. The answer is the task's result, unless it runs on (`.sync`). */
  submit(job: Job): Promise<Json>;
  /** Waits for the end of what was asked for; `pause` lets time pass. */
  settle?(job: Job, submitted: Json, pause: (ms: number) => Promise<void>): Promise<Json>;
  /** Stops what was asked for: the execution was stopped, or the task took too long. */
  cancel?(job: Job, submitted: Json): Promise<void>;
}

export interface TaskDeps {
  integration: (resource: Resource) => Integration;
  tokens: Tokens;
  /** @throws StatesError where Step Functions may not take on the role */
  assume: () => Principal;
  place: Place;
  executionArn: string;
  machineArn: string;
}

interface Work {
  state: State;
  data: Data;
  thread: Thread;
  scope: Scope;
}

interface Limits {
  /** Milliseconds since the epoch. */
  deadline: number;
  timeout?: number;
  heartbeat?: number;
}

/** A Task state's work: arguments, the call, waiting for its end, events, and time limits. */
export async function runTask(deps: TaskDeps, { state, data, thread, scope }: Work): Promise<Json> {
  const resource = readResource(state.Resource!)!;
  const token =
    resource.pattern === "token"
      ? deps.tokens.open(
          thread.once(() => deps.tokens.make()),
          deps.executionArn,
        )
      : undefined;
  const inside = token === undefined ? scope : { ...scope, context: { ...scope.context, Task: { Token: token } } };
  const parameters = await data.arguments(inside);
  const timeout = await data.wholeNumber("TimeoutSeconds", inside);
  const heartbeat = await data.wholeNumber("HeartbeatSeconds", inside);
  const narrator = new Narrator(thread, resource, deps.place.region);
  narrator.scheduled(parameters, timeout, heartbeat);
  const limits: Limits = {
    deadline: timeout === undefined ? Infinity : thread.once(() => thread.course.clock.now() + timeout * 1000),
    ...(timeout === undefined ? {} : { timeout }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
  };
  const job = (): Job => ({
    resource,
    parameters: resource.kind === "function" ? { Payload: parameters } : (parameters as JsonObject),
    as: deps.assume(),
    place: deps.place,
    executionArn: deps.executionArn,
    machineArn: deps.machineArn,
  });
  let submitted = false;
  try {
    const answer = await submit(deps, thread, limits, job);
    submitted = true;
    const result = resource.pattern === "request" ? answer : await theEnd(deps, { thread, limits, narrator, job, token, answer });
    narrator.succeeded(limited(result, "task's result"));
    return result;
  } catch (error) {
    if (error instanceof StatesError) narrator.failed(error, submitted);
    throw error;
  } finally {
    if (token !== undefined && thread.signal.reason !== CLOUD_ENDS) deps.tokens.close(token);
  }
}

const timedOut = (): StatesError => new StatesError("States.Timeout", "");

/** Work that must be done by the deadline. */
async function inTime<T extends Json>(thread: Thread, deadline: number, work: () => Promise<T>): Promise<T> {
  return thread.effect(async () => {
    if (deadline === Infinity) return work();
    let timer: { cancel(): void } | undefined;
    const { clock } = thread.course;
    const late = new Promise<never>((_, reject) => (timer = clock.setTimer(Math.max(0, deadline - clock.now()), () => reject(timedOut()))));
    try {
      return await Promise.race([work(), late]);
    } finally {
      timer?.cancel();
    }
  });
}

async function submit(deps: TaskDeps, thread: Thread, { deadline }: Limits, job: () => Job): Promise<Json> {
  return inTime(thread, deadline, async () => {
    const made = job();
    return deps.integration(made.resource).submit(made);
  });
}

interface Waiting {
  thread: Thread;
  limits: Limits;
  narrator: Narrator;
  job: () => Job;
  token: string | undefined;
  answer: Json;
}

async function theEnd(deps: TaskDeps, { thread, limits, narrator, job, token, answer }: Waiting): Promise<Json> {
  narrator.submitted(answer);
  if (token !== undefined) return thread.effect(() => deps.tokens.wait(token, thread, limits));
  const made = job();
  const integration = deps.integration(made.resource);
  try {
    return await inTime(thread, limits.deadline, () => integration.settle!(made, answer, (ms) => thread.until(thread.course.clock.now() + ms)));
  } catch (error) {
    const given = error instanceof Aborted ? thread.signal.reason !== CLOUD_ENDS : error instanceof StatesError && error.error === "States.Timeout";
    if (given) await integration.cancel?.(made, answer).catch(() => {});
    throw error;
  }
}

/** Tells a task's story in the history, in the words of its kind. */
class Narrator {
  private readonly thread: Thread;
  private readonly resource: Resource;
  private readonly region: string;

  constructor(thread: Thread, resource: Resource, region: string) {
    this.thread = thread;
    this.resource = resource;
    this.region = region;
  }

  scheduled(parameters: Json, timeout: number | undefined, heartbeat: number | undefined): void {
    const limits = { ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }) };
    const input = JSON.stringify(parameters);
    if (this.resource.kind === "function") {
      const value = { resource: this.resource.text, input, inputDetails: { truncated: false }, ...limits };
      this.thread.emit("LambdaFunctionScheduled", { member: "lambdaFunctionScheduledEventDetails", value });
      this.thread.emit("LambdaFunctionStarted");
      return;
    }
    this.tell("Scheduled", {
      region: this.region,
      parameters: input,
      ...limits,
      ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
    });
    this.tell("Started", {});
  }

  submitted(answer: Json): void {
    this.tell("Submitted", { output: JSON.stringify(answer), outputDetails: { truncated: false } });
  }

  succeeded(result: Json): void {
    this.tell("Succeeded", { output: JSON.stringify(result), outputDetails: { truncated: false } });
  }

  failed({ error, cause_ }: StatesError, submitted: boolean): void {
    const late = error === "States.Timeout" || error === "States.HeartbeatTimeout";
    const unsubmitted = !submitted && this.resource.pattern !== "request";
    this.tell(late ? "TimedOut" : unsubmitted ? "SubmitFailed" : "Failed", { error, cause: cause_ });
  }

  private tell(what: string, value: Record<string, unknown>): void {
    if (this.resource.kind === "function") this.thread.emit(`LambdaFunction${what}`, { member: `lambdaFunction${what}EventDetails`, value });
    else {
      const { service, name } = this.resource;
      this.thread.emit(`Task${what}`, { member: `task${what}EventDetails`, value: { resourceType: service, resource: name, ...value } });
    }
  }
}
