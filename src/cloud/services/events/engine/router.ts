import { AwsError } from "../../../core/errors.ts";
import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { EventsDeps } from "../index.ts";
import { compilePattern, type CompiledPattern } from "../pattern/compile.ts";
import { flatten, matches, mayMatch } from "../pattern/match.ts";
import { DEFAULT_BUS, retries, ruleKey, rules, type Envelope, type RetryRow, type RuleRow } from "../state.ts";
import { isRetryable, MAX_AGE_S, RETRIES, retryDelay } from "./retry.ts";
import { deadLetter, type Exhausted } from "./dead-letters.ts";
import { invoke, type Invocation } from "./targets.ts";
import { targetInput } from "./transform.ts";

/** Told of an invocation that failed for good: on AWS it shows only in a metric and in the dead-letter queue. */
export type InvocationErrorHandler = (error: unknown, invocation: { rule: RuleRow; targetArn: string; event: Envelope }) => void;

/** More patterns than that are not kept compiled. */
const MAX_COMPILED = 2000;

type Deps = Pick<EventsDeps, "store" | "clock" | "ids" | "api" | "lambda" | "sns" | "sqs" | "logs" | "metrics" | "iam"> & {
  onDeliveryError: InvocationErrorHandler;
};

/** Takes events, finds the rules that they match, and invokes the rules' targets: at once, and again after failures. */
export class Router {
  private readonly deps: Deps;
  private readonly compiled = new Map<string, CompiledPattern>();
  private readonly timers = new Set<Timer>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** An event of `source` that happens now in `scope`; it is not on a bus yet. */
  envelope(scope: Scope, event: { source: string; detailType: string; detail: object; resources?: string[]; at?: number; id?: string }): Envelope {
    return {
      version: "0",
      id: event.id ?? this.deps.ids.uuid(),
      "detail-type": event.detailType,
      source: event.source,
      account: scope.account,
      time: isoSeconds(event.at ?? this.deps.clock.now()),
      region: scope.region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
  }

  /** Puts an event on a bus. Which rules it matches is decided now; their targets are invoked right after. */
  put(scope: Scope, bus: string, event: Envelope, hops = 0): void {
    const candidates = rules(this.deps.store, scope).filter(
      (row) => row.bus === bus && row.state === "ENABLED" && row.eventPattern !== undefined && mayMatch(this.pattern(row.eventPattern), event.source),
    );
    if (candidates.length === 0) return;
    const flat = flatten(event);
    for (const rule of candidates) if (matches(this.pattern(rule.eventPattern!), flat)) this.trigger(scope, rule, event, hops);
  }

  /** Invokes all targets of a rule. */
  trigger(scope: Scope, rule: RuleRow, event: Envelope, hops = 0): void {
    this.count(scope, rule, ["MatchedEvents", "TriggeredRules"]);
    const ingestedAt = isoSeconds(this.deps.clock.now());
    for (const target of rule.targets) {
      void this.deps.clock.during(this.deliver({ scope, rule, target, event, hops, input: targetInput(target, event, rule, ingestedAt) }, 1));
    }
  }

  /** Takes up the retries that were waiting when the cloud ended. */
  start(): void {
    for (const scope of this.deps.store.scopes("events.retries")) {
      for (const row of retries(this.deps.store, scope).values()) this.arm(scope, row);
    }
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private pattern(text: string): CompiledPattern {
    let found = this.compiled.get(text);
    if (!found) {
      if (this.compiled.size >= MAX_COMPILED) this.compiled.clear();
      this.compiled.set(text, (found = compilePattern(text)));
    }
    return found;
  }

  /** @param attempt 1 for the first one */
  private async deliver(invocation: Invocation, attempt: number, retried?: RetryRow): Promise<void> {
    const { scope, rule } = invocation;
    // Whoever emitted the event finishes first: it may still be changing the state that the event tells of.
    await Promise.resolve();
    try {
      await invoke(this.deps, (to, bus, event, hops) => this.put(to, bus, event, hops), invocation);
      this.count(scope, rule, ["Invocations"]);
      if (retried) retries(this.deps.store, scope).delete(retried.id);
    } catch (error) {
      const next = this.nextTry(invocation, attempt, error, retried);
      if (typeof next === "object") {
        retries(this.deps.store, scope).set(next.id, next);
        this.arm(scope, next);
        return;
      }
      if (retried) retries(this.deps.store, scope).delete(retried.id);
      this.count(scope, rule, ["Invocations", "FailedInvocations"]);
      this.deps.onDeliveryError(error, { rule, targetArn: invocation.target.Arn!, event: invocation.event });
      await this.keep(invocation, error, attempt - 1, next);
    }
  }

  /** Sends what could not be delivered to the target's dead-letter queue, if it has one. */
  private async keep(invocation: Invocation, error: unknown, retryAttempts: number, exhausted: Exhausted | undefined): Promise<void> {
    const { scope, rule, target, event } = invocation;
    if (target.DeadLetterConfig?.Arn === undefined) return;
    try {
      await deadLetter(this.deps, invocation, { error, retryAttempts, exhausted });
      this.count(scope, rule, ["InvocationsSentToDlq"]);
    } catch (failure) {
      if (!(failure instanceof AwsError)) throw failure;
      this.count(scope, rule, ["InvocationsFailedToBeSentToDlq"]);
      this.deps.onDeliveryError(failure, { rule, targetArn: target.DeadLetterConfig.Arn, event });
    }
  }

  /** When to try again, within the target's retry policy; or which part of it is used up; nothing where the error is for good. */
  private nextTry(invocation: Invocation, attempt: number, error: unknown, retried?: RetryRow): RetryRow | Exhausted | undefined {
    const { rule, target, event, hops } = invocation;
    const { MaximumRetryAttempts = RETRIES, MaximumEventAgeInSeconds = MAX_AGE_S } = target.RetryPolicy ?? {};
    if (!isRetryable(error)) return undefined;
    if (attempt > MaximumRetryAttempts) return "MaximumRetryAttempts";
    const now = this.deps.clock.now();
    const dueAt = now + retryDelay(attempt, this.deps.ids.fraction());
    const firstAt = retried?.firstAt ?? now;
    if (dueAt - firstAt > MaximumEventAgeInSeconds * 1000) return "MaximumEventAgeInSeconds";
    return { id: retried?.id ?? this.deps.ids.uuid(), ruleKey: ruleKey(rule.bus, rule.name), target, event, attempts: attempt, firstAt, dueAt, hops };
  }

  private arm(scope: Scope, row: RetryRow): void {
    const timer = this.deps.clock.setTimer(Math.max(0, row.dueAt - this.deps.clock.now()), () => {
      this.timers.delete(timer);
      const rule = rules(this.deps.store, scope).get(row.ruleKey);
      if (!rule) return void retries(this.deps.store, scope).delete(row.id);
      const input = targetInput(row.target, row.event, rule, isoSeconds(row.firstAt));
      return this.deps.clock.during(
        this.deliver({ scope, rule, target: row.target, event: row.event, hops: row.hops, input }, row.attempts + 1, row),
      );
    });
    this.timers.add(timer);
  }

  /** "Metrics that specify only the RuleName dimension refer to the default event bus" (Monitoring Amazon EventBridge). */
  private count(scope: Scope, rule: RuleRow, names: string[]): void {
    const dimensions: Record<string, string> = rule.bus === DEFAULT_BUS ? { RuleName: rule.name } : { EventBusName: rule.bus, RuleName: rule.name };
    this.deps.metrics.put(
      scope,
      "AWS/Events",
      names.map((name) => ({ name, dimensions, value: 1, unit: "Count" })),
    );
  }
}

/** `2026-01-05T00:00:00Z`. */
export const isoSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
