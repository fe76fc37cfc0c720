import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Leaf, Project } from "../../config/index.ts";
import type { Assumptions } from "../../cost/assumptions.ts";
import { type Bill, billOf, type PricedLeaf } from "../../cost/bill.ts";
import { knownRegions, PriceFileError, pricesOf, type PriceTable, readPrices } from "../../cost/price-table.ts";
import { readWanted } from "../../deployment/assembly.ts";
import { TAGS } from "../../functions/shared/names.ts";
import { ensureAssembly } from "../assembly.ts";
import { type CliContext, UserError } from "../command.ts";
import { billText } from "../cost-text.ts";
import { LOCAL_ACCOUNT } from "../../operate/environment.ts";
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
  const color = Boolean(context.stdout.isTTY) && !context.env["NO_COLOR"];
  const table = tables.get(base.region)!;
  context.stdout.write(
    billText(
      { ...bill, leaves },
      { ...about, assume, table, color, details: only !== undefined || Boolean(options["details"]), only: only !== undefined },
    ),
  );
  return 0;
}

/** Zones and what belongs to them are in us-east-1, whatever the region of the leaves. */
const DNS_REGION = "us-east-1";

/** @throws UserError where the project's region has no prices */
function tablesFor({ base }: Project, own: PriceTable | undefined): Map<string, PriceTable> {
  const tables = new Map<string, PriceTable>();
  for (const region of new Set([base.region, DNS_REGION])) {
    const table = pricesOf(region, own);
    if (table === undefined) {
      const mine = own === undefined ? "give your own with --prices file.json (docs/cost.md)" : `the file of --prices is of ${own.region}`;
      throw new UserError(`no prices are known of ${region}; of ${knownRegions().join(", ")} they are. For ${region} ${mine}`);
    }
    tables.set(region, table);
  }
  return tables;
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

async function priceProject(
  context: CliContext,
  project: Project,
  assume: Assumptions,
  prices: (region: string) => PriceTable | undefined,
): Promise<Bill> {
  const { directory, environment } = project;
  // A folder of its own: a deployment's assembly is of one account, which nobody is asked for here.
  const out = join(directory, ".rouse", environment.name, "cost");
  const found = join(directory, "cdk.context.json");
  await ensureAssembly(project, out, context.interrupted, {
    CDK_DEFAULT_ACCOUNT: context.env["CDK_DEFAULT_ACCOUNT"] ?? LOCAL_ACCOUNT,
    ...(existsSync(found) ? { CDK_CONTEXT_JSON: JSON.stringify(JSON.parse(readFileSync(found, "utf8"))) } : {}),
  });
  const stacks = readWanted(out).map(({ name, region, tags, template, nested }) => ({ name, region, leaf: tags[TAGS.leaf], template, nested }));
  return billOf({ stacks, leaves: project.leaves.map(asPriced), assume, pricesOf: prices });
}

const asPriced = (leaf: Leaf): PricedLeaf => ({ name: leaf.name, kind: leaf.kind });
