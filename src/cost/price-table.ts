import { z } from "zod";
import { isPriceKey, PRICE_KEYS, type PriceKey } from "./price-keys.ts";
import euCentral1 from "./prices/eu-central-1.json" with { type: "json" };
import euWest1 from "./prices/eu-west-1.json" with { type: "json" };
import global from "./prices/global.json" with { type: "json" };
import usEast1 from "./prices/us-east-1.json" with { type: "json" };
import usEast2 from "./prices/us-east-2.json" with { type: "json" };
import usWest2 from "./prices/us-west-2.json" with { type: "json" };

/** Where a price was read. */
export interface Source {
  readonly title: string;
  readonly url: string;
  /** When it said so; not every source is dated. */
  readonly date: string;
}

export interface Price {
  /** US dollars for one unit. */
  readonly usd: number;
  /** The price list's offer (service code) and usage type, where the price is looked up again. */
  readonly offer?: string;
  readonly usage?: string;
  readonly source?: Source;
}

/** List prices of one region, without free allowances and discounts. */
export interface PriceTable {
  readonly region: string;
  /** The day on which the table was put together from its sources. */
  readonly checked: string;
  readonly prices: ReadonlyMap<PriceKey, Price>;
  /** An hour of an instance, by its type: Linux, on demand, shared. */
  readonly instances: ReadonlyMap<string, Price>;
  readonly sources: readonly Source[];
}

const usd = z.number().nonnegative();
const price = z.union([usd, z.strictObject({ usd, offer: z.string().optional(), usage: z.string().optional(), source: z.string().optional() })]);
const file = z.strictObject({
  region: z.string(),
  currency: z.literal("USD").optional(),
  checked: z.string().optional(),
  sources: z.record(z.string(), z.strictObject({ title: z.string(), url: z.string(), date: z.string() })).optional(),
  prices: z.record(z.string(), price).optional(),
  instances: z.union([z.strictObject({ source: z.string(), usd: z.record(z.string(), usd) }), z.record(z.string(), usd)]).optional(),
});

/** A file of prices that cannot be used; the message says what is wrong with it. */
export class PriceFileError extends Error {}

/**
 * Reads a file of prices, as those in src/cost/prices. A price may be a number alone.
 * @throws PriceFileError with every mistake
 */
export function readPrices(json: unknown): PriceTable {
  const read = file.safeParse(json);
  if (!read.success) throw new PriceFileError(read.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join("\n"));
  const { region, checked = "", sources = {}, prices = {}, instances = {} } = read.data;
  const unknown = Object.keys(prices).filter((key) => !isPriceKey(key));
  if (unknown.length > 0)
    throw new PriceFileError(`${unknown.join(", ")}: no price has that name; there are\n  ${Object.keys(PRICE_KEYS).join("\n  ")}`);
  const sourceOf = (id: string | undefined): { source?: Source } => {
    if (id === undefined) return {};
    const source = sources[id];
    if (source === undefined) throw new PriceFileError(`source ${id} is not among the file's sources`);
    return { source };
  };
  const one = (entry: z.infer<typeof price>): Price =>
    typeof entry === "number" ? { usd: entry } : { ...entry, source: undefined, ...sourceOf(entry.source) };
  const isListed = (value: typeof instances): value is { source: string; usd: Record<string, number> } => typeof value["usd"] === "object";
  const [types, from] = isListed(instances) ? [instances.usd, sourceOf(instances.source)] : [instances, {}];
  return {
    region,
    checked,
    prices: new Map(Object.entries(prices).map(([key, entry]) => [key as PriceKey, one(entry)])),
    instances: new Map(Object.entries(types).map(([type, hour]) => [type, { usd: hour, offer: "AmazonEC2", usage: `BoxUsage:${type}`, ...from }])),
    sources: Object.values(sources),
  };
}

/** What `over` says, and where it says nothing what `under` says. */
export const merged = (under: PriceTable, over: PriceTable): PriceTable => ({
  region: over.region,
  checked: over.checked || under.checked,
  prices: new Map([...under.prices, ...over.prices]),
  instances: new Map([...under.instances, ...over.instances]),
  sources: [...under.sources, ...over.sources],
});

const everywhere = readPrices(global);
const BUILT_IN: ReadonlyMap<string, PriceTable> = new Map(
  [usEast1, usEast2, usWest2, euCentral1, euWest1].map((json) => [json.region, merged(everywhere, readPrices(json))]),
);

/** Regions whose prices are known here. */
export const knownRegions = (): string[] => [...BUILT_IN.keys()];

/**
 * @param own a table of one's own, which counts for its region before what is known here
 * @returns undefined for a region of which no prices are known
 */
export function pricesOf(region: string, own?: PriceTable): PriceTable | undefined {
  const known = BUILT_IN.get(region);
  return own?.region === region ? merged(known ?? everywhere, own) : known;
}
