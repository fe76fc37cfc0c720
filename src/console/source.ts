import type { LeafDetail, LogLineView, Overview } from "./api-types.ts";

/** Where the console reads, and what it steers. The real one is aws-source.ts. All throw what the SDK throws. */
export interface ConsoleSource {
  overview(): Promise<Overview>;
  /** @throws CannotDo for a leaf that there is not */
  leaf(name: string): Promise<LeafDetail>;
  /**
   * Lines of a leaf's log: the old ones first, then what comes, until the signal.
   * @param from seconds back from now, or the time of the last line that is known
   * @returns false where there is no log
   */
  logs(
    name: string,
    from: { readonly since: number } | { readonly after: string },
    onLine: (line: LogLineView) => void,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Each says in a sentence what it did. @throws UserMistake for a leaf that cannot */
  act(name: string, what: Action): Promise<string>;
  /** What is wrong and what to do, in a sentence or two. */
  explain(error: unknown): string;
  /** Between two looks, milliseconds. */
  readonly pollMs: number;
}

/**
 * Between two looks, milliseconds. On AWS describing is free, but Route 53 takes five requests a second of an account (Amazon Route 53
 * Developer Guide, "Quotas", API requests), its console and other tools included, and each leaf that DNS wakes needs two.
 */
export const pollEvery = (leaves: readonly { readonly kind: string }[], { isLocal }: { readonly isLocal: boolean }): number =>
  isLocal ? 1000 : Math.max(5000, 1000 * leaves.filter(({ kind }) => kind === "dns").length);

export const ACTIONS = ["wake", "sleep", "run"] as const;
export type Action = (typeof ACTIONS)[number];

/** What was asked for cannot be done; the message says why. */
export class CannotDo extends Error {
  readonly status: 404 | 409;
  constructor(status: 404 | 409, message: string) {
    super(message);
    this.status = status;
  }
}
