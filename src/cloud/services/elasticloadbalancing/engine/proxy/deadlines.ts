import type { Clock, Timer } from "../../../../core/clock.ts";

/** Something that ends by itself unless it is kept going. */
export interface Deadline {
  /** Milliseconds of the cloud's clock. Read again at every look, so that whoever keeps it going only moves it. */
  dueAt(): number;
  /** It is due; it is no longer watched. */
  expire(now: number): void;
}

/**
 * Many deadlines that nearly always move on before they are due: of connections, of requests. They share one timer, set to
 * the earliest; at 20,000 requests a second a timer each would cost more than the requests.
 */
export class Deadlines {
  private readonly watched = new Set<Deadline>();
  private readonly clock: Clock;
  private timer: Timer | undefined;
  private armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(deadline: Deadline): void {
    this.watched.add(deadline);
    this.arm(deadline.dueAt());
  }

  delete(deadline: Deadline): void {
    this.watched.delete(deadline);
  }

  /** To be called where a deadline has come nearer, which is not seen otherwise. */
  sooner(deadline: Deadline): void {
    if (this.watched.has(deadline)) this.arm(deadline.dueAt());
  }

  stop(): void {
    this.watched.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(dueAt: number): void {
    if (dueAt >= this.armedFor) return;
    this.timer?.cancel();
    this.armedFor = dueAt;
    this.timer = this.clock.setTimer(dueAt - this.clock.now(), () => this.look());
  }

  private look(): void {
    this.armedFor = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const deadline of this.watched) {
      const dueAt = deadline.dueAt();
      if (dueAt > now) {
        next = Math.min(next, dueAt);
        continue;
      }
      this.watched.delete(deadline);
      deadline.expire(now);
    }
    if (next !== Number.POSITIVE_INFINITY) this.arm(next);
  }
}
