import { type Change, changesOf } from "../operate/changes.ts";
import { explainError, isUnreachable } from "../operate/explain.ts";
import type { Glance } from "../operate/glance.ts";
import { UserError } from "./command.ts";
import type { Target } from "./target.ts";

export interface Watcher {
  /** The first look, and each one that saw a change or came a second later. */
  looked(glances: readonly Glance[], changes: readonly Change[]): void;
  /** The cloud cannot be reached; told once, until it can be again. */
  lost(message: string): void;
  recovered(): void;
}

export interface WatchOptions {
  /** One look. @throws the SDK's errors */
  readonly look: (target: Target) => Promise<readonly Glance[]>;
  /** The project and its environment, as they are now: a cloud that comes back may be elsewhere. */
  readonly open: () => Promise<Target>;
  readonly signal: AbortSignal;
  /** Between two looks, milliseconds. */
  readonly pollMs?: number;
}

/** On AWS each look is some requests for each leaf, and accounts have limits of them. */
const POLL_MS = { local: 1000, aws: 10_000 };

/** Looks again and again until the signal. @throws UserError where the first look fails */
export async function watchLeaves({ look, open, signal, pollMs }: WatchOptions, watcher: Watcher): Promise<void> {
  let target = await open();
  const before = new Map<string, Glance>();
  let isLost = false;
  let isFirst = true;
  while (!signal.aborted) {
    try {
      if (isLost) target = await open();
      const glances = await look(target);
      if (isLost) watcher.recovered();
      isLost = false;
      const changes = glances.flatMap((glance) => changesOf(before.get(glance.name), glance));
      for (const glance of glances) before.set(glance.name, glance);
      watcher.looked(glances, changes);
    } catch (error) {
      if (isFirst && isPermanent(error)) throw error;
      if (!isLost) watcher.lost(error instanceof UserError ? error.message : explainError(error, target.project));
      isLost = true;
    }
    isFirst = false;
    await pause(pollMs ?? (target.connection.endpoint === undefined ? POLL_MS.aws : POLL_MS.local), signal);
  }
}

/** What the next look will not mend. */
const isPermanent = (error: unknown): boolean => !(error instanceof Error) || !isUnreachable(error);

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener("abort", over);
  });
