import type { Assumptions } from "./assumptions.ts";
import type { PriceKey } from "./price-keys.ts";
import type { Resource } from "./resource.ts";

/**
 * When something costs:
 * - `storage`: what is kept, asleep or awake, by the month
 * - `standing`: what is there, asleep or awake, by the month
 * - `use`: as often as it is used, by the month, by the assumptions
 * - `awake`: for an hour in which the leaf is awake
 */
export type When = "storage" | "standing" | "use" | "awake";

/** A part of what a resource costs: how many units of what. */
export interface Charge {
  /** In words, with what was counted. */
  readonly what: string;
  readonly when: When;
  readonly price: PriceKey | { readonly instance: string };
  /** Units a month; of `awake` units an hour. */
  readonly quantity: number;
}

/** Something that costs and that is not known well enough to be priced. */
export interface NotPriced {
  /** What it is, and why. */
  readonly notPriced: string;
}

/** What a charge depends on besides its resource. */
export interface Surroundings {
  /** All resources of the leaf's stacks (or of the shared ones), this one among them. */
  readonly all: readonly Resource[];
  /** Tasks that run while the leaf is awake. */
  readonly tasks: number;
  /** How many of them run on Fargate Spot. */
  readonly spotTasks: number;
  readonly assume: Assumptions;
}

export type Charging = (resource: Resource, around: Surroundings) => readonly (Charge | NotPriced)[];

/** A part of a resource with its price. */
export interface Line {
  readonly stack: string;
  readonly region: string;
  /** Logical id in its template, and type. */
  readonly resource: string;
  readonly type: string;
  readonly what: string;
  readonly when: When;
  readonly quantity: number;
  /** What the price is of, and its key in a file of prices. */
  readonly priced: string;
  readonly unit: string;
  /** US dollars for one unit; null where no price is known. */
  readonly price: number | null;
  /** Dollars a month; of `awake` dollars an hour. Null where no price is known. */
  readonly usd: number | null;
  /** Where the price was read. */
  readonly source?: string;
}
