import { createColors } from "picocolors";
import { type Assumptions, INVOCATION_SECONDS, NOT_COUNTED } from "../cost/assumptions.ts";
import type { Bill, Cost, LeafCost } from "../cost/bill.ts";
import type { Line, When } from "../cost/charge.ts";
import type { PriceTable } from "../cost/price-table.ts";

export interface BillTextOptions {
  readonly application: string;
  readonly environment: string;
  readonly region: string;
  readonly assume: Assumptions;
  /** Of the leaves' region. */
  readonly table: PriceTable;
  readonly color: boolean;
  /** Every leaf resource by resource. */
  readonly details: boolean;
  /** One leaf, and nothing of what is shared. */
  readonly only: boolean;
}

type Paint = ReturnType<typeof createColors>;

/** A bill in words: the table, what it rests on, and what is not in it. */
export function billText(bill: Bill, options: BillTextOptions): string {
  const { application, environment, region, table, color, details, only } = options;
  const paint = createColors(color);
  const where = environment === "local" ? "local, which costs nothing; on AWS it would be, " : `${environment}, `;
  const parts = [
    `${application} in ${where}in US dollars a month, by the list prices of ${region} (table of ${table.checked || "your own"}):\n`,
    costTable(bill, options, paint),
    ...runLines(bill.leaves, options.assume),
    ...(details
      ? [...bill.leaves.map((leaf) => detailText(leaf.name, leaf, paint)), ...(only ? [] : [detailText("shared", bill.shared, paint)])]
      : []),
    ...(only ? [] : [balancerText(bill)]),
    notPricedText(only ? bill.leaves : [...bill.leaves, bill.shared], paint),
    assumptionText(options.assume, paint),
    paint.dim(`Not counted: ${NOT_COUNTED.join(";\n  ")}.\n`),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

const month = (usd: number): string => usd.toFixed(2);
const hour = (usd: number): string => usd.toFixed(4);

function costTable({ leaves, shared, total }: Bill, { assume, only }: BillTextOptions, paint: Paint): string {
  const headings = ["LEAF", "WOKEN BY", "ASLEEP", "OF IT STORAGE", "AN HOUR AWAKE", `${assume.hours} H AWAKE`, "ALWAYS ON"];
  const woken = { dns: "a DNS query", engine: "events, HTTP", task: "its schedule", service: "always on" };
  const plus = ({ notPriced }: Cost): string => (notPriced.length > 0 ? " +" : "  ");
  const rows = leaves.map((leaf) => [
    leaf.name,
    woken[leaf.kind],
    leaf.kind === "service" ? "-  " : `${month(leaf.asleep)}${plus(leaf)}`,
    month(leaf.storage),
    hour(leaf.hour),
    month(leaf.month),
    month(leaf.always),
  ]);
  if (!only) {
    rows.push(["shared", "", `${month(shared.asleep)}${plus(shared)}`, month(shared.storage), "", month(shared.month), month(shared.always)]);
    rows.push(["together", "", `${month(total.asleep)}  `, month(total.storage), "", month(total.month), month(total.always)]);
  }
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  const written = rows.map((row, i) => (!only && i === rows.length - 1 ? paint.bold(line(row)) : line(row)));
  return `${[paint.dim(line(headings)), ...written].join("\n")}\n`;
}

/** Why a leaf's month has other hours than those that were asked for. */
function runLines(leaves: readonly LeafCost[], { minutes }: Assumptions): string[] {
  const lines = leaves.flatMap(({ name, kind, runs, hours, tasks }) => {
    if (runs !== undefined)
      return [
        `${name}: ${Math.round(runs)} runs of ${minutes} min a month, ${hours.toFixed(1)} h${hours * 60 < runs * minutes - 1 ? ", as one that comes due during another is skipped" : ""}`,
      ];
    return kind === "service" ? [`${name}: on all month, ${tasks} ${tasks === 1 ? "task" : "tasks"} at the least`] : [];
  });
  return lines.length === 0 ? [] : [`${lines.map((line) => `  ${line}`).join("\n")}\n`];
}

const WHEN: Readonly<Record<When, string>> = { storage: "storage", standing: "there", use: "as used", awake: "an hour" };

function detailText(name: string, { lines }: Cost, paint: Paint): string {
  const shown = lines.filter(({ quantity }) => quantity > 0);
  const cell = ({ usd, when }: Line): string =>
    usd === null ? "no price" : when === "awake" ? hour(usd) : usd > 0 && usd < 0.005 ? "< 0.01" : month(usd);
  const rows = shown.map((line) => [cell(line), WHEN[line.when], line.what, `${short(line.type)} ${line.resource}`]);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]!.length)));
  const sources = [...new Set(shown.flatMap(({ source }) => (source === undefined ? [] : [source])))];
  return [
    paint.bold(name),
    ...rows.map(
      ([usd, when, what, where]) => `  ${usd!.padStart(widths[0]!)}  ${when!.padEnd(widths[1]!)}  ${what!.padEnd(widths[2]!)}  ${paint.dim(where)}`,
    ),
    ...(sources.length === 0 ? [] : [paint.dim("  prices read in:"), ...sources.map((source) => paint.dim(`    ${source}`))]),
    "",
  ].join("\n");
}

const short = (type: string): string => type.replace(/^AWS::/, "").replace("::", " ");

function balancerText({ balancers: { here, perService, month: now, perServiceMonth } }: Bill): string {
  if (here === 0) return "";
  const one = (count: number): string => `${count} load ${count === 1 ? "balancer" : "balancers"}`;
  const saved = perServiceMonth - now;
  if (perService <= here) return `${one(here)}: ${month(now)} a month.\n`;
  return `${one(here)} instead of ${perService}, one for each service: ${month(now)} a month instead of ${month(perServiceMonth)}, ${month(saved)} less.\n`;
}

function notPricedText(costs: readonly Cost[], paint: Paint): string {
  const all = new Map<string, string[]>();
  for (const { what, resources } of costs.flatMap(({ notPriced }) => notPriced)) all.set(what, [...(all.get(what) ?? []), ...resources]);
  if (all.size === 0) return "";
  const lines = [...all].map(
    ([what, [first, ...more]]) => `  no price known for ${what}: ${first}${more.length > 0 ? ` and ${more.length} more` : ""}`,
  );
  return `${paint.yellow("+ and this, which has no price and is in none of the sums:")}\n${lines.join("\n")}\n`;
}

function assumptionText(a: Assumptions, paint: Paint): string {
  const said = [
    `${a.hours} h awake a month (--hours)`,
    `runs of ${a.minutes} min (--minutes)`,
    `${a.storage} GB in each volume (--storage)`,
    `images of ${a.image} GB (--image)`,
    `${a.logs} MB of log an hour (--logs)`,
    `${a.requests} queries, messages, requests a month each (--requests)`,
    `${a.invocations} invocations of each function, ${INVOCATION_SECONDS} s each (--invocations)`,
    `${a.lcu} LCU of traffic at each load balancer (--lcu)`,
    `Spot ${a.spotDiscount} % cheaper (--spot-discount)`,
  ];
  return paint.dim(`Assumed, as no template knows it: ${said.join("; ")}.\n`).replaceAll(/(.{90,130}?;) /g, "$1\n  ");
}
