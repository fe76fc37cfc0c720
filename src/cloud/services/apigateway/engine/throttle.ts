import type { Clock } from "../../../core/clock.ts";

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, as API Gateway throttles ("Throttle requests to your HTTP APIs": a steady rate and a burst). */
export class Throttle {
  private readonly clock: Clock;
  private readonly buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Takes one token. @param rate per second @returns false where there is none */
  take(key: string, rate: number, burst: number): boolean {
    const now = this.clock.now();
    const last = this.buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + ((now - last.at) / 1000) * rate);
    const allowed = tokens >= 1;
    this.buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }

  clear(): void {
    this.buckets.clear();
  }
}
