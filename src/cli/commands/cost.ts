import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Assumptions } from "../../cost/assumptions.ts";
import { PriceFileError, type PriceTable, readPrices } from "../../cost/price-table.ts";
import { priceProject, tablesFor } from "../bill.ts";
import { type CliContext, UserError } from "../command.ts";
import { isColored } from "../paint.ts";
import { billText } from "../cost-text.ts";
import { openProject } from "../project.ts";
import { findLeaf } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, options);
  const only = name === undefined ? undefined : findLeaf(project, name);
  const own = typeof options["prices"] === "string" ? readOwn(resolve(context.directory, options["prices"])) : undefined;
  const tables = tablesFor(project, own);
  const assume = assumptionsFrom(options);
  const bill = await priceProject(context, project, assume, (region) => tables.get(region));
  const leaves = only === undefined ? bill.leaves : bill.leaves.filter((leaf) => leaf.name === only.name);
  const { base, environment } = project;
  const about = { application: base.name, environment: environment.name, region: base.region, currency: "USD" };
  if (options["json"]) {
    const prices = [...tables.values()].map(({ region, checked, sources }) => ({ region, checked, sources }));
    const shown = only === undefined ? { ...bill, leaves } : { leaves };
    context.stdout.write(`${JSON.stringify({ ...about, assumptions: assume, ...shown, prices }, undefined, 2)}\n`);
    return 0;
  }
  const color = isColored(context, "stdout");
  const table = tables.get(base.region)!;
  context.stdout.write(
    billText(
      { ...bill, leaves },
      { ...about, assume, table, color, details: only !== undefined || Boolean(options["details"]), only: only !== undefined },
    ),
  );
  return 0;
}

function readOwn(file: string): PriceTable {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UserError(`cannot read the prices: there is no ${file}`);
  }
  try {
    return readPrices(JSON.parse(text));
  } catch (error) {
    if (error instanceof PriceFileError || error instanceof SyntaxError) throw new UserError(`${file} is no file of prices\n${error.message}`);
    throw error;
  }
}

/** The options have the assumptions' names, and the defaults of them. */
function assumptionsFrom(options: Record<string, unknown>): Assumptions {
  const given = (key: keyof Assumptions): number => Number(options[key]);
  return {
    hours: given("hours"),
    minutes: given("minutes"),
    storage: given("storage"),
    image: given("image"),
    logs: given("logs"),
    requests: given("requests"),
    invocations: given("invocations"),
    lcu: given("lcu"),
    spotDiscount: given("spotDiscount"),
  };
}
