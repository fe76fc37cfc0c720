import type { Timer } from "../../../core/clock.ts";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { EventsDeps } from "../parts.ts";
import { deliver, type Job } from "./targets.ts";

/** "By default, EventBridge retries sending the event for 24 hours and up to 185 times with an exponential back off and jitter" (User Guide, "How EventBridge retries delivering events"). */
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_MS = 86_400_000;
/** The User Guide gives no intervals: from a second, doubling, up to ten minutes, which makes about 185 in 24 hours. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 600_000;

/** Errors of a target that is throttled, or has a failure of its own. Missing permissions and targets are not retried (same page). */
const isRetryable = (error: unknown): boolean =>
  error instanceof AwsError && (error.status >= 500 || /Throttl|TooManyRequests|RateExceeded|LimitExceeded/.test(error.code));

/** Sends events to targets, with retries. What waits for a retry is lost when the cloud is stopped. */
export class Delivery {
  private readonly deps: EventsDeps;
  private readonly timers = new Set<Timer>();
  private closed = false;

  constructor(deps: EventsDeps) {
    this.deps = deps;
  }

  /** Starts sending; never throws. */
  send(job: Job): void {
    this.closed = false;
    void this.deps.clock.during(this.attempt(job, this.deps.clock.now(), 0));
  }

  stop(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private async attempt(job: Job, began: number, retries: number): Promise<void> {
    try {
      await deliver(this.deps, job);
      this.count(job, "Invocations");
    } catch (error) {
      if (this.closed) return;
      if (isRetryable(error) && this.retry(job, began, retries)) return;
      this.count(job, "FailedInvocations");
      const isOurs = !(error instanceof AwsError) && !(error instanceof NotSupported);
      const told = error instanceof Error ? (isOurs ? (error.stack ?? error.message) : error.message) : String(error);
      this.deps.log(`rouse: an event for ${job.target.Arn} (rule ${job.rule.name}) could not be delivered: ${told}`);
    }
  }

  private retry(job: Job, began: number, retries: number): boolean {
    const { MaximumRetryAttempts = DEFAULT_ATTEMPTS, MaximumEventAgeInSeconds } = job.target.RetryPolicy ?? {};
    const now = this.deps.clock.now();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(retries, 20)) * (0.5 + this.deps.ids.fraction() / 2);
    const age = MaximumEventAgeInSeconds === undefined ? DEFAULT_AGE_MS : MaximumEventAgeInSeconds * 1000;
    if (retries >= MaximumRetryAttempts || now + wait - began > age) return false;
    const timer = this.deps.clock.setTimer(wait, () => {
      this.timers.delete(timer);
      void this.deps.clock.during(this.attempt(job, began, retries + 1));
    });
    this.timers.add(timer);
    return true;
  }

  private count({ scope, rule }: Job, name: string): void {
    this.deps.metrics.put(scope, "AWS/Events", [{ name, value: 1, unit: "Count", dimensions: { RuleName: rule.name } }]);
  }
}
