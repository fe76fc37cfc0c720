import type { Clock, Timer } from "../../../core/clock.ts";
import { Environment, type ExecutionEnvironment } from "./environment.ts";
import { Turns } from "./turns.ts";

export interface PoolOptions {
  clock: Clock;
  runtimeDir: string;
  /** Blank environments that are kept started, so that a cold start does not wait for one. About 10 MB each. */
  blanks: number;
  /** Warm environments that are kept; the least recently used end first. About 14 MB each. */
  warm: number;
  /** After how much of the cloud's time an unused warm environment ends. */
  idleMs: number;
}

interface Warm {
  key: string;
  environment: ExecutionEnvironment;
  /** The cloud's time from which its credentials are too old for another invocation. */
  usableUntil: number;
  reaper: Timer;
}

/** The environments that do nothing: blank ones and warm ones. */
export class Pool {
  readonly turns: Turns;
  private readonly options: PoolOptions;
  private blanks: Environment[] = [];
  /** Least recently used first. */
  private warm: Warm[] = [];
  private readonly all = new Set<ExecutionEnvironment>();
  /** Memory sizes of the functions that were started last: the next one is likely to have one of them. */
  private sizes: number[] = [];
  private busy = 0;
  private closed = false;

  constructor(options: PoolOptions) {
    this.options = options;
    this.turns = new Turns(options.clock);
  }

  /** A warm environment of `key`, if one is there. */
  takeWarm(key: string): ExecutionEnvironment | undefined {
    const now = this.options.clock.now();
    // The most recently used, so that the others can be reaped.
    const index = this.warm.findLastIndex((warm) => warm.key === key && warm.usableUntil > now);
    if (index < 0) return undefined;
    const [found] = this.warm.splice(index, 1);
    found!.reaper.cancel();
    this.busy++;
    return found!.environment;
  }

  /** An environment that is no function's yet. */
  takeBlank(memoryMb: number): Environment {
    this.expect(memoryMb);
    this.busy++;
    const index = this.blanks.findIndex((blank) => blank.memoryMb === memoryMb && !blank.ended);
    if (index < 0) return this.startOne(memoryMb);
    return this.blanks.splice(index, 1)[0]!;
  }

  /** An environment that was made elsewhere and is to be used, kept and ended as those that are made here. */
  take<E extends ExecutionEnvironment>(environment: E): E {
    this.busy++;
    this.follow(environment);
    return environment;
  }

  /** Takes an environment back after an invocation. @param idleMs how long it is kept unused; of the cloud's time */
  giveBack(key: string, environment: ExecutionEnvironment, usableUntil: number, idleMs = this.options.idleMs): void {
    const isUsable = !environment.ended && !this.closed && usableUntil > this.options.clock.now();
    if (isUsable && this.turns.pass(key, environment)) return;
    this.busy--;
    if (environment.ended || this.closed) void environment.stop();
    else {
      const reaper = this.options.clock.setTimer(idleMs, () => this.end((warm) => warm.environment === environment));
      this.warm.push({ key, environment, usableUntil, reaper });
      while (this.warm.length > this.options.warm) {
        const surplus = this.surplus();
        this.end((warm) => warm === surplus);
      }
    }
    this.refill();
  }

  /**
   * Which one to give up: of the functions that have several, the one unused for longest; else the one unused for longest
   * of all. A burst of one function must not cost the others theirs: the next wake would be a cold start.
   */
  private surplus(): Warm | undefined {
    const several = this.warm.find(({ key }, i) => this.warm.some((other, j) => j > i && other.key === key));
    return several ?? this.warm[0];
  }

  /** Ends the warm environments of a function that has changed. */
  drop(isOf: (key: string) => boolean): void {
    this.end((warm) => isOf(warm.key));
  }

  /** A function of this size will run: keeps a blank environment ready for it. */
  expect(memoryMb: number): void {
    this.sizes = [memoryMb, ...this.sizes].slice(0, Math.max(1, this.options.blanks));
  }

  /** Starts blank environments where they are missing, but never while a function runs: it would take its time. */
  refill(): void {
    setImmediate(() => {
      if (this.busy > 0 || this.closed || this.sizes.length === 0) return;
      const wanted = Array.from({ length: this.options.blanks }, (_, i) => this.sizes[i % this.sizes.length]!);
      const kept: Environment[] = [];
      for (const size of wanted) {
        const index = this.blanks.findIndex((blank) => blank.memoryMb === size && !blank.ended);
        kept.push(index < 0 ? this.startOne(size) : this.blanks.splice(index, 1)[0]!);
      }
      for (const blank of this.blanks) void blank.stop();
      this.blanks = kept;
    });
  }

  /** Undoes `close`. */
  open(): void {
    this.closed = false;
  }

  /** Ends all environments, the ones that run too. */
  async close(): Promise<void> {
    this.closed = true;
    this.turns.close();
    for (const warm of this.warm) warm.reaper.cancel();
    this.warm = [];
    this.blanks = [];
    this.sizes = [];
    await Promise.all([...this.all].map((environment) => environment.stop()));
  }

  private startOne(memoryMb: number): Environment {
    const environment = new Environment({ clock: this.options.clock, runtimeDir: this.options.runtimeDir, memoryMb });
    this.follow(environment);
    return environment;
  }

  private follow(environment: ExecutionEnvironment): void {
    this.all.add(environment);
    environment.onEnd = () => {
      this.all.delete(environment);
      this.end((warm) => warm.environment === environment);
    };
  }

  private end(which: (warm: Warm) => boolean): void {
    const ending = this.warm.filter(which);
    this.warm = this.warm.filter((warm) => !ending.includes(warm));
    for (const { environment, reaper } of ending) {
      reaper.cancel();
      if (!environment.ended) void environment.stop();
    }
  }
}
