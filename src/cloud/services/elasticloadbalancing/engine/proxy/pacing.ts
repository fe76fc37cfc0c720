import type { Clock } from "../../../../core/clock.ts";
import { hostNow, hostSleep } from "../../../../machines/host-time.ts";

/**
 * Requests and virtual time. A target is a process of this machine: what it does takes the host's time, and the cloud's
 * virtual clock must neither run away meanwhile (every idle time-out would be over at once) nor stand still for ever
 * behind a target that never answers (no idle time-out would ever come). So the clock is held while bytes move, and until
 * nothing has moved for a while of the host's time; from then on, whoever advances the clock decides how long it lasts.
 *
 * A request to a Lambda function gives its hold back altogether: the function's worker holds the clock itself while it
 * works, and lets it pass while it waits (docs/decisions/0014).
 *
 * With a real clock there is nothing to hold, and none of this is done.
 */
export class Pacing {
  private readonly clock: Clock;
  private readonly flows = new Set<Flow>();
  private watching = false;

  /** @returns undefined for a clock that cannot be held. */
  static of(clock: Clock): Pacing | undefined {
    return clock.mode.kind === "virtual" ? new Pacing(clock) : undefined;
  }

  private constructor(clock: Clock) {
    this.clock = clock;
  }

  begin(graceMs: number): Flow {
    const flow = new Flow(this, graceMs);
    flow.moved();
    return flow;
  }

  hold(flow: Flow): () => void {
    this.flows.add(flow);
    if (!this.watching) {
      this.watching = true;
      void this.watch();
    }
    return this.clock.hold();
  }

  drop(flow: Flow): void {
    this.flows.delete(flow);
  }

  private async watch(): Promise<void> {
    while (this.flows.size > 0) {
      await hostSleep(LOOK_MS);
      const now = hostNow();
      for (const flow of this.flows) if (now - flow.movedAt >= flow.graceMs) flow.rest();
    }
    this.watching = false;
  }
}

/** How long a target may take to begin its answer, and any pause within one, before virtual time may pass; ms of the host. */
export const ANSWER_GRACE_MS = 500;
export const STREAM_GRACE_MS = 100;
const LOOK_MS = 10;

/** One request, or one upgraded connection. */
export class Flow {
  graceMs: number;
  movedAt = 0;
  private readonly pacing: Pacing;
  private release: (() => void) | undefined;
  private ended = false;

  constructor(pacing: Pacing, graceMs: number) {
    this.pacing = pacing;
    this.graceMs = graceMs;
  }

  /** Bytes have moved. */
  moved(): void {
    if (this.ended) return;
    this.movedAt = hostNow();
    this.release ??= this.pacing.hold(this);
  }

  /** Time may pass until bytes move again. */
  rest(): void {
    this.pacing.drop(this);
    this.release?.();
    this.release = undefined;
  }

  end(): void {
    this.ended = true;
    this.rest();
  }
}
