import { RealClock, VirtualClock } from "../../src/cloud/core/clock.ts";

/** Real milliseconds between two steps, and the cloud's in each: ten times as fast, where nothing is waited for. */
const STEP = { real: 50, virtual: 500 };

/**
 * Virtual time that passes while another process works, faster than the machine's. It stands still while a function runs or a
 * request is answered, so that a slow machine makes none of them late, which a sped-up clock would.
 */
export class DrivenClock extends VirtualClock {
  private readonly machine: RealClock;

  constructor() {
    const machine = new RealClock();
    // Credentials that the cloud gives out run out on the other process's own clock.
    super({ start: machine.now() });
    this.machine = machine;
  }

  /** Lets time pass until `work` has ended. */
  async passing<T>(work: Promise<T>): Promise<T> {
    const state = { done: false };
    void work.catch(() => {}).finally(() => (state.done = true));
    while (!state.done) {
      await this.advance(STEP.virtual);
      await this.machine.sleep(STEP.real);
    }
    return work;
  }
}
