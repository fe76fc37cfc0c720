import { AwsError } from "../../../core/errors.ts";

/** "By default, EventBridge retries sending the event for 24 hours and up to 185 times" (User Guide, Event retry policy). */
export const RETRIES = 185;
export const MAX_AGE_S = 86_400;

/** "with an exponential back off and jitter"; AWS gives no figures. The cap spreads 185 tries over a day. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 480_000;

/** How long to wait after the attempt of that number (1 for the first). @param fraction a random number from 0 to below 1 */
export function retryDelay(attempt: number, fraction: number): number {
  const backoff = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(backoff * (0.5 + fraction / 2));
}

export const isThrottling = (error: unknown): boolean =>
  error instanceof AwsError && (error.status === 429 || /Throttl|TooManyRequests/.test(error.code));

/**
 * "Some errors are not retried: those that come from missing permissions or from a target that is no longer there" (User
 * Guide, Event retry policy). Throttling and faults of the target's service are.
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof AwsError && (error.status >= 500 || isThrottling(error) || /ServiceUnavailable/.test(error.code));
}
