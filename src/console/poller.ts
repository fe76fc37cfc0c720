import type { LeafDetail, Overview, Problem } from "./api-types.ts";
import { CannotDo, type ConsoleSource } from "./source.ts";

/** Who looks: the overview, and one leaf where that is open. */
export interface Watcher {
  readonly leaf?: string;
  readonly send: (event: "overview" | "leaf" | "problem" | "recovered", data: string) => void;
}

interface Seen {
  /** What was sent, and the same without what changes by itself. */
  data: string;
  key: string;
}

/** A look that takes longer is given up, milliseconds: the SDK waits for an answer for as long as a dead connection stays open. */
const ANSWER_MS = 20_000;

/** One look for all pages, and only while there is one. Each page gets what has changed. */
export class Poller {
  private readonly source: ConsoleSource;
  private readonly watchers = new Set<Watcher>();
  private readonly leaves = new Map<string, Seen>();
  private overview: Seen | undefined;
  private problem: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private again = false;

  constructor(source: ConsoleSource) {
    this.source = source;
  }

  /** @returns what ends it */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    // A new page gets what is known at once, and a fresh look after it.
    if (this.overview) watcher.send("overview", this.overview.data);
    const leaf = watcher.leaf === undefined ? undefined : this.leaves.get(watcher.leaf);
    if (leaf) watcher.send("leaf", leaf.data);
    if (this.problem !== undefined) watcher.send("problem", this.problem);
    this.lookNow();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size > 0) return;
      clearTimeout(this.timer);
      // What is old by the time that somebody comes back is not shown to him.
      this.overview = undefined;
      this.leaves.clear();
      this.problem = undefined;
    };
  }

  /** Something was done: the pages should see it now. */
  lookNow(): void {
    clearTimeout(this.timer);
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    void this.look().finally(() => {
      this.running = false;
      const { again } = this;
      this.again = false;
      if (this.watchers.size === 0) return;
      if (again) return this.lookNow();
      this.timer = setTimeout(() => this.lookNow(), this.source.pollMs);
      this.timer.unref();
    });
  }

  /** Forgets what is planned, and what a look that goes on will bring. */
  stop(): void {
    this.watchers.clear();
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    try {
      const names = [...new Set([...this.watchers].flatMap(({ leaf }) => leaf ?? []))];
      const [overview, ...details] = await inTime(Promise.all([this.source.overview(), ...names.map((name) => this.detail(name))]));
      if (this.watchers.size === 0) return;
      if (this.problem !== undefined) {
        this.problem = undefined;
        this.tell("recovered", "{}");
      }
      this.overview = this.news("overview", this.overview, overview, keyOfOverview(overview));
      for (const [i, name] of names.entries()) {
        const detail = details[i];
        if (detail) this.leaves.set(name, this.news("leaf", this.leaves.get(name), detail, keyOfLeaf(detail), name));
      }
      for (const name of this.leaves.keys()) if (!names.includes(name)) this.leaves.delete(name);
    } catch (error) {
      const problem: Problem = { message: this.source.explain(error) };
      const text = JSON.stringify(problem);
      if (this.problem === text || this.watchers.size === 0) return;
      this.problem = text;
      this.tell("problem", text);
    }
  }

  /** A page may ask for a leaf that is no more; the others are not to suffer for it. */
  private async detail(name: string): Promise<LeafDetail | undefined> {
    try {
      return await this.source.leaf(name);
    } catch (error) {
      if (error instanceof CannotDo) return undefined;
      throw error;
    }
  }

  private news(event: "overview" | "leaf", before: Seen | undefined, value: object, key: string, leaf?: string): Seen {
    if (before?.key === key) return before;
    const data = JSON.stringify(value);
    this.tell(event, data, leaf);
    return { data, key };
  }

  private tell(event: Parameters<Watcher["send"]>[0], data: string, leaf?: string): void {
    for (const watcher of this.watchers) if (leaf === undefined || watcher.leaf === leaf) watcher.send(event, data);
  }
}

/** @throws an error named TimeoutError */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException(`no answer within ${ANSWER_MS / 1000} s`, "TimeoutError")), ANSWER_MS);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The time passes on the page by itself. */
const keyOfOverview = ({ now: _now, ...rest }: Overview): string => JSON.stringify(rest);
const keyOfLeaf = (detail: LeafDetail): string => JSON.stringify(detail);
