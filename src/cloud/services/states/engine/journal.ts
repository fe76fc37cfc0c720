import { setMaxListeners } from "node:events";
import type { Clock } from "../../../core/clock.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Table } from "../../../core/store.ts";
import { StatesError } from "../asl/errors.ts";
import type { Chance } from "../asl/scope.ts";
import type { Json, JsonObject } from "../asl/types.ts";
import type { Entry } from "../state.ts";
import type { History } from "./history.ts";

/** The execution, or this part of it, is not to go on: it was stopped, another branch failed, or the cloud ends. */
export class Aborted extends Error {}

/** The reason of an abort that leaves the execution as it is: it goes on when the cloud is started again. */
export const CLOUD_ENDS = Symbol("the cloud ends");

/** What parts of one execution share. */
export interface Course {
  entries: Table<Entry>;
  history: History;
  clock: Clock;
  ids: Ids;
}

export interface Checkpoint {
  state: string;
  input: Json;
  variables: JsonObject;
  /** How many states this thread has left behind. */
  turn: number;
  lastEvent: number;
}

/**
 * One line of an execution: its main line, a branch, an iteration. What happens in it is written down under the line's path,
 * the number of the state, and a running number, so that after a restart the state that was under way is run again and finds
 * what it had done already: results, random numbers, deadlines, events. Only what had not come to an end is done anew.
 */
export class Thread {
  readonly course: Course;
  readonly signal: AbortSignal;
  private readonly path: string;
  private turn = 0;
  private count = 0;
  /** The event before the next one. */
  lastEvent: number;

  constructor(course: Course, path: string, signal: AbortSignal, lastEvent: number) {
    this.course = course;
    this.path = path;
    this.signal = signal;
    // Every branch and iteration listens to the same signal.
    setMaxListeners(0, signal);
    this.lastEvent = lastEvent;
  }

  /** Where the line stood when the cloud ended; undefined at its beginning. */
  resume(): Checkpoint | undefined {
    const kept = this.course.entries.get(`@${this.path}`);
    if (kept?.kind !== "checkpoint") return undefined;
    this.turn = kept.turn;
    this.lastEvent = kept.lastEvent;
    return kept;
  }

  /** The next state begins; what the last one wrote down is of no use any more. */
  advance(next: Pick<Checkpoint, "state" | "input" | "variables">): void {
    const done = `${this.path}/${this.turn}`;
    this.turn++;
    this.count = 0;
    this.course.entries.set(`@${this.path}`, { kind: "checkpoint", ...next, turn: this.turn, lastEvent: this.lastEvent });
    for (const [key] of this.course.entries.entries()) {
      if (key.startsWith(`${done}:`) || key.startsWith(`${done}.`) || key.startsWith(`@${done}.`)) this.course.entries.delete(key);
    }
  }

  /** A line inside the state that is under way. */
  branch(name: string, signal: AbortSignal): Thread {
    return new Thread(this.course, `${this.path}/${this.turn}.${name}`, signal, this.lastEvent);
  }

  /** What cannot be foreseen, written down before it is used. */
  once<T extends Json>(make: () => T): T {
    const key = this.key();
    const kept = this.course.entries.get(key);
    if (kept?.kind === "value") return kept.value as T;
    const value = make();
    this.course.entries.set(key, { kind: "value", value });
    return value;
  }

  /** Work whose result is written down, an error as well. @throws StatesError, Aborted */
  async effect<T extends Json>(work: () => Promise<T>): Promise<T> {
    const key = this.key();
    const kept = this.course.entries.get(key);
    if (kept?.kind === "value") return kept.value as T;
    if (kept?.kind === "error") throw new StatesError(kept.error, kept.cause);
    this.check();
    try {
      const value = await this.unlessAborted(work());
      this.course.entries.set(key, { kind: "value", value });
      return value;
    } catch (error) {
      if (error instanceof StatesError) this.course.entries.set(key, { kind: "error", error: error.error, cause: error.cause_ });
      throw error;
    }
  }

  /** @returns the event's id */
  emit(type: string, details?: { member: string; value: Record<string, unknown> }): number {
    this.check();
    this.lastEvent = this.once(() => this.course.history.add(this.lastEvent, type, details));
    return this.lastEvent;
  }

  readonly chance: Chance = {
    uuid: () => this.once(() => this.course.ids.uuid()),
    fraction: () => this.once(() => this.course.ids.fraction()),
    now: () => this.once(() => this.course.clock.now()),
  };

  /** Resolves at that time, in milliseconds since the epoch. */
  async until(at: number): Promise<void> {
    let timer: { cancel(): void } | undefined;
    try {
      await this.unlessAborted(
        new Promise<void>((resolve) => (timer = this.course.clock.setTimer(Math.max(0, at - this.course.clock.now()), resolve))),
      );
    } finally {
      timer?.cancel();
    }
  }

  check(): void {
    if (this.signal.aborted) throw new Aborted();
  }

  async unlessAborted<T>(work: Promise<T>): Promise<T> {
    this.check();
    let stop: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(new Aborted());
      this.signal.addEventListener("abort", stop, { once: true });
    });
    // Whichever loses is not looked at again.
    work.catch(() => {});
    aborted.catch(() => {});
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", stop);
    }
  }

  private key(): string {
    return `${this.path}/${this.turn}:${this.count++}`;
  }
}
