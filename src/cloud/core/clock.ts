/**
 * The cloud's time. Everything below `src/cloud` takes a `Clock`; the host's `Date.now` and `setTimeout` are lint errors
 * outside this file, so that a test can run a week in a second and `--speed 60` speeds up every part alike.
 *
 * Times are milliseconds since the epoch, in the cloud's own time. Delays are milliseconds of the cloud's time.
 */

/** A timer that has been set. Cancelling one that has fired, or twice, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** How the time passes; the Lambda worker needs to know to give functions the same time. */
  readonly mode: { kind: "real"; speed: number } | { kind: "virtual" };
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `fn` once, `delayMs` from now. A rejected promise or a throw goes to `onError` of the clock. */
  setTimer(delayMs: number, fn: () => void | Promise<void>): Timer;
  /** Resolves `delayMs` from now. */
  sleep(delayMs: number): Promise<void>;
  /**
   * Says that work is going on that the clock cannot see (a socket, a worker, a process). Virtual time does not advance
   * until the returned function is called; it may be called more than once.
   */
  hold(): () => void;
  /** `hold` for as long as `work` takes. */
  during<T>(work: Promise<T>): Promise<T>;
}

export type TimerErrorHandler = (error: unknown) => void;

const reportToStderr: TimerErrorHandler = (error) => {
  process.stderr.write(`rouse: a timer failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
};

/** The longest delay that Node's setTimeout takes (2^31 - 1 ms); longer ones would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** Real time, or real time `speed` times faster. Timers do not keep the process alive. */
export class RealClock implements Clock {
  readonly mode: { kind: "real"; speed: number };
  private readonly startedAt = Date.now();
  private readonly startedMonotonic = performance.now();
  private readonly speed: number;
  private readonly onError: TimerErrorHandler;

  constructor(options: { speed?: number; onError?: TimerErrorHandler } = {}) {
    this.speed = options.speed ?? 1;
    this.onError = options.onError ?? reportToStderr;
    this.mode = { kind: "real", speed: this.speed };
  }

  now(): number {
    return Math.round(this.startedAt + (performance.now() - this.startedMonotonic) * this.speed);
  }

  setTimer(delayMs: number, fn: () => void | Promise<void>): Timer {
    const due = this.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const wait = Math.max(0, (due - this.now()) / this.speed);
      handle = setTimeout(() => (this.now() + 1 < due && wait >= LONGEST_DELAY_MS ? arm() : run(fn, this.onError)), Math.min(wait, LONGEST_DELAY_MS));
      handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, delayMs / this.speed)));
  }

  hold(): () => void {
    return () => {};
  }

  during<T>(work: Promise<T>): Promise<T> {
    return work;
  }
}

interface DueTimer {
  due: number;
  order: number;
  fn: () => void | Promise<void>;
  cancelled: boolean;
}

const isBefore = (a: DueTimer, b: DueTimer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

/** Timers by their due times: a binary heap. Cancelled ones stay in it until their turn, or until they are the most of it. */
class Agenda {
  private heap: DueTimer[] = [];
  private cancelled = 0;

  add(timer: DueTimer): void {
    const { heap } = this;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(timer, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = timer;
  }

  cancel(timer: DueTimer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    this.cancelled++;
    if (this.cancelled < 64 || this.cancelled * 2 < this.heap.length) return;
    const left = this.heap.filter((one) => !one.cancelled);
    this.heap = [];
    this.cancelled = 0;
    for (const one of left) this.add(one);
  }

  /** Timers that are still to fire. */
  get size(): number {
    return this.heap.length - this.cancelled;
  }

  first(): DueTimer | undefined {
    while (this.heap[0]?.cancelled) {
      this.take();
      this.cancelled--;
    }
    return this.heap[0];
  }

  /** Takes away the first one. */
  take(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!isBefore(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}

/**
 * Time that stands still until a test advances it. It steps from due timer to due timer, in order of their due times (and
 * of their setting where those are equal), and waits before every step until the work that the last one set off has
 * settled: promises, sockets on loopback, and everything held by `hold`.
 */
export class VirtualClock implements Clock {
  readonly mode = { kind: "virtual" } as const;
  private time: number;
  private order = 0;
  private holds = 0;
  private readonly agenda = new Agenda();
  private readonly onError: TimerErrorHandler;
  private readonly waitingForRelease = new Set<() => void>();

  /** @param start milliseconds since the epoch; 2026-01-05T00:00:00Z (a Monday) unless told. */
  constructor(options: { start?: number; onError?: TimerErrorHandler } = {}) {
    this.time = options.start ?? Date.UTC(2026, 0, 5);
    this.onError = options.onError ?? reportToStderr;
  }

  now(): number {
    return this.time;
  }

  /** Timers that are still to fire. */
  get pending(): number {
    return this.agenda.size;
  }

  setTimer(delayMs: number, fn: () => void | Promise<void>): Timer {
    const timer = { due: this.time + Math.max(0, delayMs), order: this.order++, fn, cancelled: false };
    this.agenda.add(timer);
    return { cancel: () => this.agenda.cancel(timer) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(delayMs, resolve));
  }

  hold(): () => void {
    this.holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.holds--;
      if (this.holds > 0) return;
      for (const resume of this.waitingForRelease) resume();
      this.waitingForRelease.clear();
    };
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const release = this.hold();
    try {
      return await work;
    } finally {
      release();
    }
  }

  /** Lets `ms` pass, with every timer that falls due in it run at its own time. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.time + ms);
  }

  private async advanceTo(end: number): Promise<void> {
    for (;;) {
      await this.settle();
      const next = this.agenda.first();
      if (!next || next.due > end) break;
      this.agenda.take();
      // It has had its turn: to cancel it now would count for one that is still there.
      next.cancelled = true;
      this.time = Math.max(this.time, next.due);
      run(next.fn, this.onError);
    }
    this.time = Math.max(this.time, end);
    await this.settle();
  }

  /**
   * Steps from timer to timer until `condition` is true.
   * @throws Error when it is not true after `limitMs` of the cloud's time; the message has `what`.
   */
  async advanceUntil(condition: () => boolean | Promise<boolean>, limitMs: number, what = "the condition", stepMs = 1000): Promise<void> {
    const end = this.time + limitMs;
    await this.settle();
    while (!(await this.during(Promise.resolve(condition())))) {
      const next = this.agenda.first();
      if (this.time >= end) throw new Error(`${what} did not come true within ${limitMs / 1000} s of virtual time`);
      // In steps of at most `stepMs`, so that a condition that no timer brings about is still looked at.
      await this.advanceTo(Math.min(end, Math.max(this.time, next ? Math.min(next.due, this.time + stepMs) : this.time + stepMs)));
    }
  }

  /** Waits until nothing is held and the event loop has come to rest. Advances no time. */
  async settle(): Promise<void> {
    for (let calm = 0; calm < 3; calm++) {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.holds > 0) {
        calm = 0;
        await new Promise<void>((resolve) => void this.waitingForRelease.add(resolve));
      }
    }
  }
}

/** Runs a timer's function. Under a virtual clock it is not awaited: it may itself wait for a later timer. */
function run(fn: () => void | Promise<void>, onError: TimerErrorHandler): void {
  try {
    const result = fn();
    if (result) result.catch(onError);
  } catch (error) {
    onError(error);
  }
}
