import type { Connection } from "./environment.ts";

/** An environment's time. */
export interface EnvironmentTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** How many times faster than this machine's it passes. */
  readonly speed: number;
}

/** Between two looks at the embedded cloud's clock, milliseconds: it may be another cloud by then, with another speed. */
const LOOK_MS = 60_000;

/**
 * The environment's time: this machine's for AWS, the embedded cloud's own otherwise, which may be ahead of it and pass faster.
 * @returns what looks at the clock again where that is due
 */
export function environmentTime({ endpoint }: Connection): () => Promise<EnvironmentTime> {
  if (endpoint === undefined) return () => Promise.resolve({ now: () => Date.now(), speed: 1 });
  let known: { readonly time: EnvironmentTime; readonly at: number } | undefined;
  return async () => {
    if (known && performance.now() - known.at < LOOK_MS) return known.time;
    const answer = await fetch(`${endpoint}/_cloud/time`);
    const { now, mode } = (await answer.json()) as { now: string; mode: { kind: "real"; speed: number } | { kind: "virtual" } };
    const read = performance.now();
    // Virtual time passes when a test says so.
    const speed = mode.kind === "real" ? mode.speed : 0;
    known = { at: read, time: { speed, now: () => Date.parse(now) + (performance.now() - read) * speed } };
    return known.time;
  };
}
