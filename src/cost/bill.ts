import type { Assumptions } from "./assumptions.ts";
import type { Charge, Line, NotPriced, When } from "./charge.ts";
import { CHARGES } from "./charges.ts";
import { tasksOf } from "./compute.ts";
import { FREE } from "./free.ts";
import { type BalancersCost, balancersOf } from "./load-balancers.ts";
import { HOURS_PER_MONTH, PRICE_KEYS } from "./price-keys.ts";
import type { Price, PriceTable } from "./price-table.ts";
import { type PricedStack, type Resource, resourcesOf } from "./resource.ts";
import { runsPerMonth } from "./runs.ts";

/** A leaf whose stacks are priced. */
export interface PricedLeaf {
  readonly name: string;
  readonly kind: "dns" | "engine" | "task" | "service";
}

/** What a leaf, or what all of them share, costs, in US dollars. What has no price is in none of the sums. */
export interface Cost {
  /** A month of what is kept and what is there, though nobody comes. `storage` is a part of it. */
  readonly asleep: number;
  readonly storage: number;
  /** An hour awake. */
  readonly hour: number;
  /** Hours awake in the month of the stated use. */
  readonly hours: number;
  /** The month of the stated use. */
  readonly month: number;
  /** The same month awake throughout. */
  readonly always: number;
  readonly lines: readonly Line[];
  /** What costs, and is in none of the sums. */
  readonly notPriced: readonly Missing[];
}

/** Something without a price. */
export interface Missing {
  readonly what: string;
  /** Logical ids and stacks of the resources that have it. */
  readonly resources: readonly string[];
}

export interface LeafCost extends Cost {
  readonly name: string;
  readonly kind: PricedLeaf["kind"];
  /** Tasks at the least, of an always-on service; one otherwise. */
  readonly tasks: number;
  /** Runs in an average month, of a scheduled task. */
  readonly runs?: number;
}

export interface Bill {
  readonly leaves: readonly LeafCost[];
  readonly shared: Cost;
  readonly total: Pick<Cost, "asleep" | "storage" | "month" | "always">;
  readonly balancers: BalancersCost;
}

export interface BillInput {
  readonly stacks: readonly PricedStack[];
  readonly leaves: readonly PricedLeaf[];
  readonly assume: Assumptions;
  /** @returns undefined for a region without prices */
  readonly pricesOf: (region: string) => PriceTable | undefined;
}

/** What an environment costs, resource by resource. */
export function billOf(input: BillInput): Bill {
  const of = (leaf: string | undefined): Resource[] => input.stacks.filter((stack) => stack.leaf === leaf).flatMap(resourcesOf);
  const leaves = input.leaves.map((leaf) => leafCost(leaf, of(leaf.name), input));
  const shared = costOf(linesOf(of(undefined), { tasks: 1, spotTasks: 0 }, input), 0);
  const sum = (part: "asleep" | "storage" | "month" | "always"): number => leaves.reduce((total, cost) => total + cost[part], shared[part]);
  return {
    leaves,
    shared,
    total: { asleep: sum("asleep"), storage: sum("storage"), month: sum("month"), always: sum("always") },
    balancers: balancersOf(shared.lines, new Map(input.leaves.map(({ name }) => [name, of(name)]))),
  };
}

function leafCost(leaf: PricedLeaf, resources: readonly Resource[], input: BillInput): LeafCost {
  const { assume } = input;
  const tasks = tasksOf(resources);
  const lines = linesOf(resources, tasks, input);
  if (!lines.some((entry) => "what" in entry && entry.when === "awake"))
    lines.push({ notPriced: "a task whose definition is in no template", at: leaf.name });
  const runs = leaf.kind === "task" ? runsOf(resources) : undefined;
  const hours = leaf.kind === "service" ? HOURS_PER_MONTH : runs === undefined ? assume.hours : hoursOf(runs, resources, assume);
  return { name: leaf.name, kind: leaf.kind, tasks: tasks.tasks, ...(runs === undefined ? {} : { runs }), ...costOf(lines, hours) };
}

/** Where a run is skipped while the one before goes on, there is never more than one. The parameter that functions read says so. */
function hoursOf(runs: number, resources: readonly Resource[], { minutes }: Assumptions): number {
  const hours = (runs * minutes) / 60;
  const skips = resources.some(
    ({ type, properties }) => type === "AWS::SSM::Parameter" && JSON.stringify(properties).includes('\\"overlap\\":\\"skip\\"'),
  );
  return skips ? Math.min(hours, HOURS_PER_MONTH) : hours;
}

/** Runs of all schedules of a leaf that are on. One that cannot be read is told among what is not priced. */
const runsOf = (resources: readonly Resource[]): number =>
  resources
    .filter(({ type, properties }) => type === "AWS::Scheduler::Schedule" && properties["State"] !== "DISABLED")
    .reduce((total, { properties }) => total + (runsPerMonth(String(properties["ScheduleExpression"])) ?? 0), 0);

/**
 * What an hour awake costs, as a bill says it.
 * @param resources of one leaf, at least those that cost by the hour or decide how many tasks there are
 * @returns undefined where a part of it has no price
 */
export function hourOf(resources: readonly Resource[], assume: Assumptions, prices: BillInput["pricesOf"]): number | undefined {
  const entries = linesOf(resources, tasksOf(resources), { assume, pricesOf: prices });
  const awake = entries.filter((entry) => "notPriced" in entry || entry.when === "awake");
  // What runs is in no template.
  if (awake.length === 0) return undefined;
  if (awake.some((entry) => "notPriced" in entry || (entry.usd === null && entry.quantity > 0))) return undefined;
  return costOf(awake, 0).hour;
}

type Entry = Line | (NotPriced & { readonly at: string });

function linesOf(
  resources: readonly Resource[],
  tasks: { tasks: number; spotTasks: number },
  input: Pick<BillInput, "assume" | "pricesOf">,
): Entry[] {
  return resources.flatMap((resource): Entry[] => {
    if (Object.hasOwn(FREE, resource.type)) return [];
    const charging = Object.hasOwn(CHARGES, resource.type) ? CHARGES[resource.type] : undefined;
    const at = `${resource.id} of ${resource.stack}`;
    if (charging === undefined) return [{ notPriced: resource.type, at }];
    return charging(resource, { all: resources, ...tasks, assume: input.assume }).map((charge) =>
      "notPriced" in charge ? { ...charge, at } : priced(charge, resource, input),
    );
  });
}

function priced(
  { what, when, price: key, quantity }: Charge,
  { stack, id, type, region }: Resource,
  { pricesOf }: Pick<BillInput, "pricesOf">,
): Line {
  const table = pricesOf(region);
  const price: Price | undefined = typeof key === "string" ? table?.prices.get(key) : table?.instances.get(key.instance);
  return {
    stack,
    region,
    resource: id,
    type,
    what,
    when,
    quantity,
    priced: typeof key === "string" ? `${PRICE_KEYS[key].what} (${key})` : `an hour of ${key.instance} (instances)`,
    unit: typeof key === "string" ? PRICE_KEYS[key].unit : "hour",
    price: price?.usd ?? null,
    usd: price === undefined ? null : price.usd * quantity,
    ...(price?.source ? { source: `${[price.offer, price.usage].filter(Boolean).join(" ")} (${price.source.title}, ${price.source.date})` } : {}),
  };
}

function costOf(entries: readonly Entry[], hours: number): Cost {
  const lines = entries.filter((entry) => "what" in entry);
  const sum = (...when: When[]): number => lines.reduce((total, line) => total + (when.includes(line.when) ? (line.usd ?? 0) : 0), 0);
  const asleep = sum("storage", "standing");
  const hour = sum("awake");
  const fixed = asleep + sum("use");
  return {
    asleep,
    storage: sum("storage"),
    hour,
    hours,
    month: fixed + hours * hour,
    always: fixed + HOURS_PER_MONTH * hour,
    lines,
    notPriced: missingFrom(entries),
  };
}

/** What has no price, each with all that have it. */
function missingFrom(entries: readonly Entry[]): Missing[] {
  const found = new Map<string, Set<string>>();
  const add = (what: string, at: string): void => void found.set(what, (found.get(what) ?? new Set()).add(at));
  for (const entry of entries) {
    if ("notPriced" in entry) add(entry.notPriced, entry.at);
    else if (entry.usd === null && entry.quantity > 0) add(`${entry.priced} in ${entry.region}`, `${entry.resource} of ${entry.stack}`);
  }
  return [...found].map(([what, resources]) => ({ what, resources: [...resources] }));
}
