import { availableParallelism } from "node:os";
import type { Clock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import { within } from "../../../machines/host-time.ts";
import type { ExecutionEnvironment } from "./environment.ts";

/** A start that takes longer waits for something else than the processor: the next one need not wait for it. Host's milliseconds. */
const LONGEST_TURN_MS = 1_000;

interface Waiter {
  readonly key: string;
  give(warm: ExecutionEnvironment | undefined): void;
  refuse(error: AwsError): void;
}

/**
 * Cold starts take their turns. Two hundred requests at once to a function are two hundred cold starts; all at once on a few
 * processors, each would be as late as the last of them, and what the first of them wakes would wait behind all others. Of the
 * functions that wait, the one that had the fewest turns is next. An invocation that waits takes an environment of its function
 * that becomes free meanwhile, if that comes first.
 */
export class Turns {
  private readonly clock: Clock;
  private readonly most: number;
  private starting = 0;
  private waiting: Waiter[] = [];
  /** How many turns each function has had since somebody had to wait. */
  private readonly had = new Map<string, number>();

  /** @param most that start at once */
  constructor(clock: Clock, most: number = Math.max(2, availableParallelism())) {
    this.clock = clock;
    this.most = most;
  }

  /** @returns an environment that has become free; undefined when it is this one's turn to start one, which ends with `during` */
  async wait(key: string): Promise<ExecutionEnvironment | undefined> {
    if (this.starting < this.most && this.waiting.length === 0) {
      this.begin(key);
      return undefined;
    }
    // What it waits for is this machine.
    return await this.clock.during(
      new Promise<ExecutionEnvironment | undefined>((give, refuse) => {
        this.waiting.push({ key, give, refuse });
      }),
    );
  }

  /** Ends a turn when the start has ended, or lasts for too long. */
  async during<T>(start: () => Promise<T>): Promise<T> {
    const starting = (async () => await start())();
    const ended = within(LONGEST_TURN_MS, starting).finally(() => this.next());
    // What went wrong is told by `starting`.
    ended.catch(() => {});
    return await starting;
  }

  /** @returns true when somebody waited for an environment of this function, and has it now */
  pass(key: string, environment: ExecutionEnvironment): boolean {
    const index = this.waiting.findIndex((waiter) => waiter.key === key);
    if (index < 0) return false;
    this.waiting.splice(index, 1)[0]!.give(environment);
    return true;
  }

  /** Nobody waits any longer. */
  close(): void {
    const error = new AwsError("ServiceException", "The cloud is being stopped.", { status: 500 });
    for (const waiter of this.waiting.splice(0)) waiter.refuse(error);
  }

  private begin(key: string): void {
    this.starting++;
    this.had.set(key, (this.had.get(key) ?? 0) + 1);
  }

  private next(): void {
    this.starting--;
    if (this.waiting.length === 0) {
      if (this.starting === 0) this.had.clear();
      return;
    }
    const turns = ({ key }: Waiter): number => this.had.get(key) ?? 0;
    // The first of those with the fewest.
    const next = this.waiting.reduce((best, waiter) => (turns(waiter) < turns(best) ? waiter : best));
    this.waiting.splice(this.waiting.indexOf(next), 1);
    this.begin(next.key);
    next.give(undefined);
  }
}
