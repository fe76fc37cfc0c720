import { RealClock } from "../core/clock.ts";
import type { TestClock } from "./with-cloud.ts";

const LOOK_EVERY_MS = 20;

/** Real time, for tests with something that has a time of its own, such as a browser. It passes, whoever waits for it. */
export class PassingClock extends RealClock implements TestClock {
  advance(ms: number): Promise<void> {
    return this.sleep(ms);
  }

  async advanceUntil(condition: () => boolean | Promise<boolean>, limitMs: number, what = "the condition"): Promise<void> {
    const end = this.now() + limitMs;
    while (!(await condition())) {
      if (this.now() >= end) throw new Error(`${what} did not come true within ${limitMs / 1000} s`);
      await this.sleep(LOOK_EVERY_MS);
    }
  }
}
