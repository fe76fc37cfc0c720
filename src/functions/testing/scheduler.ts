/** Ends a run at the call it has got to, as Lambda does with a function that takes too long. */
export class Killed extends Error {}

/**
 * Virtual time and any interleaving: every call of everybody waits here, before and after its effect, and whose turn is
 * next is drawn.
 */
export class Scheduler {
  now: number;
  private readonly random: () => number;
  private waiting: { at: number; go: () => void }[] = [];
  private running = new Set<Promise<unknown>>();

  constructor(random: () => number, now = 1_800_000_000_000) {
    this.random = random;
    this.now = now;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.waiting.push({ at: this.now + ms, go: resolve }));
  }

  /** Something that happens beside the rest. What it throws is its own affair. */
  spawn(what: () => Promise<unknown>): void {
    const promise = what().catch(() => {});
    this.running.add(promise);
    void promise.finally(() => this.running.delete(promise));
  }

  later(ms: number, what: () => unknown): void {
    this.spawn(async () => {
      await this.wait(ms);
      await what();
    });
  }

  /** A call: takes some time, and what it answers was so at some time in between. */
  async call<T>(effect: () => T): Promise<T> {
    await this.wait(Math.floor(this.random() * 40));
    const answer = effect();
    await this.wait(Math.floor(this.random() * 40));
    return answer;
  }

  /** Lets things happen until that time, or until nothing is left to happen. */
  async run(until = Infinity): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.waiting.length === 0) return;
      const soonest = Math.min(...this.waiting.map(({ at }) => at));
      if (soonest > until) return void (this.now = until);
      this.now = Math.max(this.now, soonest);
      const ready = this.waiting.filter(({ at }) => at <= this.now);
      const next = ready[Math.floor(this.random() * ready.length)]!;
      this.waiting = this.waiting.filter((one) => one !== next);
      next.go();
    }
  }
}
