import { type Assumptions, DEFAULTS } from "../cost/assumptions.ts";
import { type BillInput, billOf, type PricedLeaf } from "../cost/bill.ts";
import { HOURS_PER_MONTH } from "../cost/price-keys.ts";
import type { LeafResult } from "./result.ts";
import { DAY, HOUR } from "./visits.ts";

/** US dollars a month, at the use of the simulated days; what has no price is in none of it. */
export interface LeafMoney {
  readonly name: string;
  readonly month: number;
  readonly always: number;
  /** What is paid for while it is up, an hour. */
  readonly hour: number;
}

export interface Money {
  readonly leaves: readonly LeafMoney[];
  readonly shared: { readonly month: number; readonly always: number };
  readonly total: { readonly month: number; readonly always: number };
}

export interface MoneyInput extends Pick<BillInput, "stacks" | "pricesOf"> {
  readonly leaves: readonly PricedLeaf[];
  readonly results: readonly LeafResult[];
  readonly days: number;
  /** Invocations of functions that were counted, in all, and how many functions there are. */
  readonly invocations: { readonly count: number; readonly functions: number };
  readonly imageGb: number;
  readonly minutes: number;
}

/** The bill of `rouse cost`, with what was simulated in place of assumptions, made up to a month of 730 hours. */
export function moneyOf(input: MoneyInput): Money {
  const { stacks, pricesOf, results, days, invocations } = input;
  const months = (days * DAY) / (HOURS_PER_MONTH * HOUR);
  const base: Assumptions = {
    ...DEFAULTS,
    image: input.imageGb,
    minutes: input.minutes,
    invocations: invocations.count / Math.max(1, invocations.functions) / months,
    requests: results.reduce((sum, { asked }) => sum + asked, 0) / months,
  };
  const leaves = results.map((result): LeafMoney => {
    const leaf = input.leaves.find(({ name }) => name === result.name)!;
    const assume = { ...base, hours: result.hoursAwake / months, requests: result.asked / months };
    const [cost] = billOf({ stacks: stacks.filter((stack) => stack.leaf === leaf.name), leaves: [leaf], assume, pricesOf }).leaves;
    // Runs come from the simulation, and not from the calendar.
    const month = result.kind === "task" ? cost!.month + (assume.hours - cost!.hours) * cost!.hour : cost!.month;
    return { name: leaf.name, month, always: cost!.always, hour: cost!.hour };
  });
  const { shared } = billOf({ stacks: stacks.filter((stack) => stack.leaf === undefined), leaves: [], assume: base, pricesOf });
  const sum = (part: "month" | "always"): number => leaves.reduce((total, leaf) => total + leaf[part], shared[part]);
  return { leaves, shared: { month: shared.month, always: shared.always }, total: { month: sum("month"), always: sum("always") } };
}
