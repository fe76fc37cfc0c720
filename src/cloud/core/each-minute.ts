import type { Clock, Timer } from "./clock.ts";

/** Milliseconds. */
export const MINUTE = 60_000;

interface Options {
  /** Asked when it is to begin, and after every minute: is there anything to do at the end of the next one? */
  readonly wanted: () => boolean;
  /** @param begin of the minute that has ended, milliseconds since the epoch: the time of its metrics */
  readonly work: (begin: number) => void | Promise<void>;
}

/**
 * Does some work at the end of every full minute of the cloud's time, for as long as it is wanted. Has no timer while it is not: a cloud
 * in which everything sleeps does nothing, and days of it are simulated in no time.
 */
export class EachMinute {
  private readonly clock: Clock;
  private readonly options: Options;
  private timer: Timer | undefined;

  constructor(clock: Clock, options: Options) {
    this.clock = clock;
    this.options = options;
  }

  /** To be called when the work may have come to be wanted. */
  wake(): void {
    if (this.timer || !this.options.wanted()) return;
    const now = this.clock.now();
    const begin = now - (now % MINUTE);
    this.timer = this.clock.setTimer(begin + MINUTE - now, async () => {
      this.timer = undefined;
      const done = this.options.work(begin);
      this.wake();
      if (done) await this.clock.during(done);
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
