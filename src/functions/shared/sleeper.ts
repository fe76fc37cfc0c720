/**
 * What start-system must know of a leaf that a DNS query wakes. As JSON in the function's environment where the leaf has a zone of
 * its own, and in an SSM parameter of its name where leaves share one.
 */
export interface Sleeper {
  readonly leaf: string;
  /** Lower case, no dot at the end. */
  readonly domain: string;
  readonly group: string;
  readonly cluster: string;
  readonly service: string;
  /** Seconds after a wake in which queries count as activity. */
  readonly grace: number;
  /** CIDR ranges of resolvers whose queries do not count. */
  readonly ignore: readonly string[];
}
