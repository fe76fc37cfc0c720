import type { Runnable } from "./engine.ts";

/** What each run is told, over the leaf's own settings. */
export interface RunInput {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What it takes to run a scheduled leaf once. Kept as JSON in an SSM parameter and in the environment of its functions. */
export interface RunSpec extends Runnable {
  readonly leaf: string;
  /** What becomes of a tick while the run before it goes on. */
  readonly overlap: "skip" | "allow";
  /** How often a start that failed is tried again. */
  readonly retries: number;
  readonly input: RunInput;
}

/** How a run went. Times are ISO 8601. */
export interface LastRun {
  /** Id. */
  readonly task: string;
  /** When its container ran; absent where it could not start. */
  readonly startedAt?: string;
  readonly stoppedAt: string;
  /** The container's. */
  readonly exitCode?: number;
  /** In words: `its container report exited with code 1`. */
  readonly how: string;
  /** True for a run that did not do its work, and that nobody has stopped on purpose. */
  readonly failed: boolean;
}
