import type { Scope } from "../../../../core/scope.ts";

/** A minute of what is counted by (TargetGroup, LoadBalancer). */
export class GroupCounters {
  readonly fullName: string;
  requests = 0;
  /** By hundreds: `responses[2]` is HTTPCode_Target_2XX_Count. */
  readonly responses = [0, 0, 0, 0, 0, 0];
  connectionErrors = 0;
  tlsErrors = 0;
  lambdaUserErrors = 0;
  lambdaInternalErrors = 0;
  /** How often which response time was measured: the times are powers of 1.01 s, by their exponents. */
  private readonly exponents = new Map<number, number>();
  /** For RequestCountPerTarget; 0 where it "does not apply" (Lambda). */
  targets = 0;

  constructor(fullName: string) {
    this.fullName = fullName;
  }

  answered(status: number, seconds: number): void {
    const hundreds = Math.floor(status / 100);
    this.responses[hundreds] = (this.responses[hundreds] ?? 0) + 1;
    const exponent = seconds <= 0 ? Number.NEGATIVE_INFINITY : Math.round(Math.log(seconds) / STEP);
    this.exponents.set(exponent, (this.exponents.get(exponent) ?? 0) + 1);
  }

  /** Response times in seconds, each to 1 %, and how often. */
  *times(): Generator<[seconds: number, count: number]> {
    for (const [exponent, count] of this.exponents) yield [Number((1.01 ** exponent).toPrecision(6)), count];
  }
}

const STEP = Math.log(1.01);

/** A minute of what is counted by LoadBalancer. */
export class BalancerCounters {
  readonly scope: Scope;
  readonly fullName: string;
  readonly groups = new Map<string, GroupCounters>();
  /** Answers of the load balancer's own, by status. */
  readonly own = new Map<number, number>();
  redirects = 0;
  redirectsTooLong = 0;
  fixed = 0;
  newConnections = 0;
  bytes = 0;
  tlsErrors = 0;
  nonCompliant = 0;
  lambdaBytes = 0;
  nonSticky = 0;
  /** Open now, of clients and to targets; and the most at a time in this minute. */
  open = 0;
  peak = 0;

  constructor(scope: Scope, fullName: string) {
    this.scope = scope;
    this.fullName = fullName;
  }

  /** A new minute. What is open stays so. */
  restart(): void {
    this.groups.clear();
    this.own.clear();
    this.redirects = this.redirectsTooLong = this.fixed = 0;
    this.newConnections = this.bytes = this.lambdaBytes = 0;
    this.tlsErrors = this.nonCompliant = this.nonSticky = 0;
    this.peak = this.open;
  }

  opened(): void {
    this.newConnections++;
    this.open++;
    if (this.open > this.peak) this.peak = this.open;
  }

  closed(): void {
    this.open--;
  }

  answered(status: number): void {
    this.own.set(status, (this.own.get(status) ?? 0) + 1);
  }

  group(fullName: string): GroupCounters {
    let group = this.groups.get(fullName);
    if (!group) this.groups.set(fullName, (group = new GroupCounters(fullName)));
    return group;
  }
}
