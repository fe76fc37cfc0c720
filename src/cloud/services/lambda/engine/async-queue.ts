import type { Timer } from "../../../core/clock.ts";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import { functionArn, resolveFunction, type Named } from "../names.ts";
import { events, invokeConfigs, type EventRow, type FunctionRow, type InvokeConfigRow } from "../state.ts";
import { deliverResult, deliverToDeadLetters, type Finished } from "./destinations.ts";
import type { Answer, Invoker, InvokerDeps } from "./invoker.ts";

export interface QueueDeps extends InvokerDeps {
  api: Api;
  log: (line: string) => void;
}

/** Waits before the retries after errors of the function: "one minute between the first two attempts, and two minutes between the second and third" (Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"). */
const ERROR_WAITS_MS = [60_000, 120_000];
/** "The retry interval increases exponentially from 1 second after the first attempt to a maximum of 5 minutes", up to 6 hours (same page). */
const FIRST_THROTTLE_WAIT_MS = 1000;
const LONGEST_THROTTLE_WAIT_MS = 300_000;
const DEFAULT_AGE_S = 21_600;
const DEFAULT_RETRIES = 2;

/** Lambda's internal queue of asynchronous events. What waits in it survives a restart. */
export class AsyncQueue {
  private readonly deps: QueueDeps;
  private readonly invoker: Invoker;
  private readonly timers = new Set<Timer>();
  private closed = false;

  constructor(deps: QueueDeps, invoker: Invoker) {
    this.deps = deps;
    this.invoker = invoker;
  }

  /** Takes an event in; the function runs from the next turn on. @returns the request's identifier */
  add(named: Named, payload: string, id = this.deps.ids.uuid()): string {
    const now = this.deps.clock.now();
    const row: EventRow = {
      id,
      functionName: named.name,
      ...(named.qualifier ? { qualifier: named.qualifier } : {}),
      payload,
      receivedAt: now,
      nextAt: now,
      attempts: 0,
      throttles: 0,
    };
    events(this.deps.store, named.scope).set(id, row);
    this.count(named.scope, row, "AsyncEventsReceived", 1, "Count");
    this.runNow(named.scope, id);
    return id;
  }

  /** Goes on with what was waiting when the cloud was stopped. */
  resume(): void {
    this.closed = false;
    for (const scope of this.deps.store.scopes("lambda.events")) {
      for (const row of events(this.deps.store, scope).values()) this.arm(scope, row);
    }
  }

  /** Forgets the timers; the events stay in the store. */
  pause(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private arm(scope: Scope, row: EventRow): void {
    const timer = this.deps.clock.setTimer(Math.max(0, row.nextAt - this.deps.clock.now()), () => {
      this.timers.delete(timer);
      this.runNow(scope, row.id);
    });
    this.timers.add(timer);
  }

  private runNow(scope: Scope, id: string): void {
    this.run(scope, id).catch((error: unknown) =>
      this.deps.log(`rouse: an asynchronous invocation failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
  }

  private async run(scope: Scope, id: string): Promise<void> {
    const table = events(this.deps.store, scope);
    const row = table.get(id);
    if (!row || this.closed) return;
    const named: Named = { scope, name: row.functionName, ...(row.qualifier ? { qualifier: row.qualifier } : {}) };
    const config = invokeConfigs(this.deps.store, scope).get(`${row.functionName}:${row.qualifier ?? "$LATEST"}`);
    let fn: FunctionRow;
    let answer: Answer;
    try {
      fn = resolveFunction(this.deps.store, named);
      if (this.isTooOld(row, config, this.deps.clock.now())) return await this.finish(scope, row, config, { fn, condition: "EventAgeExceeded" });
      answer = await this.invoker.invoke(fn, { id: row.id, arn: functionArn(named), payload: row.payload });
    } catch (error) {
      // It stays in the store, and is tried again after the next start.
      if (this.closed) return;
      return this.afterRefusal(scope, row, config, error);
    }
    // A reset, or the function's deletion, may have taken the event away meanwhile.
    if (!table.has(id) || this.closed) return;
    await this.afterAnswer(scope, { ...row, attempts: row.attempts + 1 }, config, fn, answer);
  }

  private async afterAnswer(scope: Scope, row: EventRow, config: InvokeConfigRow | undefined, fn: FunctionRow, answer: Answer): Promise<void> {
    if (!answer.failed) return this.finish(scope, row, config, { fn, condition: "Success", answer });
    if (row.attempts > (config?.maximumRetryAttempts ?? DEFAULT_RETRIES))
      return this.finish(scope, row, config, { fn, condition: "RetriesExhausted", answer });
    const nextAt = this.deps.clock.now() + ERROR_WAITS_MS[row.attempts - 1]!;
    if (this.isTooOld(row, config, nextAt)) return this.finish(scope, row, config, { fn, condition: "EventAgeExceeded", answer });
    this.again(scope, { ...row, nextAt });
  }

  private afterRefusal(scope: Scope, row: EventRow, config: InvokeConfigRow | undefined, error: unknown): void | Promise<void> {
    if (!(error instanceof AwsError) || error.code !== "TooManyRequestsException") {
      events(this.deps.store, scope).delete(row.id);
      // Deleted meanwhile: AWS drops the event too.
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return;
      throw error;
    }
    const nextAt = this.deps.clock.now() + Math.min(LONGEST_THROTTLE_WAIT_MS, FIRST_THROTTLE_WAIT_MS * 2 ** Math.min(row.throttles, 20));
    const fn = resolveFunction(this.deps.store, { scope, name: row.functionName, ...(row.qualifier ? { qualifier: row.qualifier } : {}) });
    if (this.isTooOld(row, config, nextAt)) return this.finish(scope, row, config, { fn, condition: "EventAgeExceeded" });
    this.again(scope, { ...row, throttles: row.throttles + 1, nextAt });
  }

  private again(scope: Scope, row: EventRow): void {
    events(this.deps.store, scope).set(row.id, row);
    this.arm(scope, row);
  }

  private isTooOld(row: EventRow, config: InvokeConfigRow | undefined, at: number): boolean {
    return at - row.receivedAt > (config?.maximumEventAge ?? DEFAULT_AGE_S) * 1000;
  }

  private async finish(
    scope: Scope,
    row: EventRow,
    config: InvokeConfigRow | undefined,
    end: Pick<Finished, "fn" | "condition" | "answer">,
  ): Promise<void> {
    const failed = end.condition !== "Success";
    if (failed) this.count(scope, row, "AsyncEventsDropped", 1, "Count");
    const finished: Finished = { ...end, row, at: this.deps.clock.now() };
    const destination = failed ? config?.onFailure : config?.onSuccess;
    const jobs: [string, Promise<void>][] = [];
    if (destination) jobs.push(["DestinationDeliveryFailures", deliverResult(this.deps, scope, finished, destination)]);
    if (failed && end.fn.deadLetterArn) jobs.push(["DeadLetterErrors", deliverToDeadLetters(this.deps, scope, finished, end.fn.deadLetterArn)]);
    for (const [metric, job] of jobs) {
      try {
        await job;
      } catch (error) {
        // As on AWS, what cannot be delivered is counted and lost.
        if (!(error instanceof AwsError) && !(error instanceof NotSupported)) throw error;
        this.count(scope, row, metric, 1, "Count");
        this.deps.log(`rouse: what became of an event of ${row.functionName} could not be delivered: ${error.message}`);
      }
    }
    events(this.deps.store, scope).delete(row.id);
  }

  private count(scope: Scope, row: EventRow, name: string, value: number, unit: string): void {
    this.deps.metrics.put(scope, "AWS/Lambda", [{ name, value, unit, dimensions: { FunctionName: row.functionName } }]);
  }
}
