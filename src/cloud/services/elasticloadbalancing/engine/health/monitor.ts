import type { Clock, Timer } from "../../../../core/clock.ts";
import { hostNow, hostSleep } from "../../../../machines/host-time.ts";
import type { HealthCheck, TargetHealthRow } from "../../state.ts";
import type { Outcome } from "./check.ts";
import { CHECKING } from "./states.ts";

/**
 * A fresh target is checked a few times quickly before its first interval is over, so that a client that waits for `healthy`
 * does not wait out the interval. (Elastic Load Balancing waits for it.) Such a check only counts when it succeeds.
 */
const QUICK_FOR_MS = 10_000;
/** Milliseconds of the host's time between quick checks: a tenth of what has passed already, 10 at first, 100 at most. */
const pauseAfter = (elapsed: number): number => Math.min(10 + elapsed / 10, 100);
/**
 * Under a virtual clock: for how much of the host's time the cloud's stands still while nobody listens at the target's port,
 * because a process that starts needs the machine's time and not the cloud's; and the pause of the cloud's time otherwise.
 */
const HELD_FOR_MS = 3_000;
const CALM_PAUSE_MS = 1_000;

const UNHEALTHY = {
  timeout: { reason: "Target.Timeout", description: "Request timed out" },
  refused: { reason: "Target.FailedHealthChecks", description: "Health checks failed" },
  failed: { reason: "Target.FailedHealthChecks", description: "Health checks failed" },
} as const;

function unhealthy(outcome: Exclude<Outcome, { kind: "ok" }>): TargetHealthRow {
  if (outcome.kind === "code")
    return { state: "unhealthy", reason: "Target.ResponseCodeMismatch", description: `Health checks failed with these codes: [${outcome.code}]` };
  return { state: "unhealthy", ...UNHEALTHY[outcome.kind] };
}

export interface Streak {
  health: TargetHealthRow;
  successes: number;
  failures: number;
}

/**
 * Health after one more check. "After your target is registered, it must pass one health check to be considered healthy"; an
 * unhealthy one has to pass HealthyThresholdCount in a row, and UnhealthyThresholdCount failures in a row make it so.
 */
export function afterCheck(before: Streak, outcome: Outcome, check: Pick<HealthCheck, "healthyThreshold" | "unhealthyThreshold">): Streak {
  const { state } = before.health;
  if (outcome.kind === "ok") {
    const successes = before.successes + 1;
    const healthy = state === "initial" || successes >= check.healthyThreshold;
    return { health: healthy ? { state: "healthy" } : before.health, successes, failures: 0 };
  }
  const failures = before.failures + 1;
  const down = state === "unhealthy" || failures >= check.unhealthyThreshold;
  return { health: down ? unhealthy(outcome) : before.health, successes: 0, failures };
}

export interface MonitorOptions {
  clock: Clock;
  check: HealthCheck;
  /** Does one check; holds no clock. */
  probe: () => Promise<Outcome>;
  /** Told of every change. */
  onHealth: (health: TargetHealthRow) => void;
  /** What is known already; a target whose health is `initial` is fresh. */
  health: TargetHealthRow;
  quickForMs?: number | undefined;
  heldForMs?: number | undefined;
}

/** Checks one target until the returned function is called. */
export function watchTarget(options: MonitorOptions): () => void {
  const monitor = new Monitor(options);
  monitor.begin();
  return () => monitor.end();
}

class Monitor {
  private readonly options: MonitorOptions;
  private readonly startedAt: number;
  /** When the next check is due that counts whatever it finds. */
  private due: number;
  private streak: Streak;
  private timer: Timer | undefined;
  private ended = false;

  constructor(options: MonitorOptions) {
    this.options = options;
    this.startedAt = options.clock.now();
    this.due = this.startedAt + options.check.interval * 1000;
    this.streak = { health: options.health, successes: 0, failures: 0 };
  }

  begin(): void {
    const { clock } = this.options;
    if (this.streak.health.state === "initial") {
      this.tell({ ...this.streak, health: CHECKING });
      this.quickly().catch((error: unknown) => {
        clock.setTimer(0, () => Promise.reject(error));
      });
    } else this.regularly();
  }

  end(): void {
    this.ended = true;
    this.timer?.cancel();
  }

  private tell(next: Streak): void {
    const before = this.streak.health;
    this.streak = next;
    const { health } = next;
    if (this.ended || (health.state === before.state && health.reason === before.reason && health.description === before.description)) return;
    this.options.onHealth(health);
  }

  private async quickly(): Promise<void> {
    const { clock, check } = this.options;
    const quickForMs = this.options.quickForMs ?? QUICK_FOR_MS;
    const began = hostNow();
    while (!this.ended) {
      const outcome = await clock.during(this.options.probe());
      if (this.ended) return;
      const counts = clock.now() >= this.due;
      if (counts) this.due += check.interval * 1000;
      if (counts || outcome.kind === "ok") this.tell(afterCheck(this.streak, outcome, check));
      const spent = clock.mode.kind === "virtual" ? clock.now() - this.startedAt : hostNow() - began;
      if (outcome.kind === "ok" || spent >= quickForMs) return this.regularly();
      await this.pause(outcome, hostNow() - began);
    }
  }

  private async pause(outcome: Outcome, elapsed: number): Promise<void> {
    const { clock, heldForMs = HELD_FOR_MS } = this.options;
    const pause = hostSleep(pauseAfter(elapsed));
    if (clock.mode.kind === "real") await pause;
    else if (outcome.kind === "refused" && elapsed < heldForMs) await clock.during(pause);
    else await new Promise<void>((resolve) => (this.timer = clock.setTimer(CALM_PAUSE_MS, resolve)));
  }

  /** "The load balancer sends a health check request … every HealthCheckIntervalSeconds seconds"; how long one takes does not move the next. */
  private regularly(): void {
    if (this.ended) return;
    const { clock, check } = this.options;
    this.timer = clock.setTimer(Math.max(0, this.due - clock.now()), async () => {
      // A clock that jumped, or a check that took long, does not make for several at once.
      do this.due += check.interval * 1000;
      while (this.due <= clock.now());
      const outcome = await clock.during(this.options.probe());
      if (this.ended) return;
      this.tell(afterCheck(this.streak, outcome, check));
      this.regularly();
    });
  }
}
