import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Leaf, Project } from "../config/index.ts";
import type { Assumptions } from "../cost/assumptions.ts";
import { type Bill, billOf, type PricedLeaf } from "../cost/bill.ts";
import { knownRegions, pricesOf, type PriceTable } from "../cost/price-table.ts";
import { readWanted } from "../deployment/assembly.ts";
import { TAGS } from "../functions/shared/names.ts";
import { LOCAL_ACCOUNT } from "../operate/environment.ts";
import { ensureAssembly } from "./assembly.ts";
import { type CliContext, UserError } from "./command.ts";

/** Zones and what belongs to them are in us-east-1, whatever the region of the leaves. */
const DNS_REGION = "us-east-1";

/** @throws UserError where the project's region has no prices */
export function tablesFor({ base }: Project, own?: PriceTable): Map<string, PriceTable> {
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

/** What the stacks of an environment cost. */
export async function priceProject(
  context: CliContext,
  project: Project,
  assume: Assumptions,
  prices: (region: string) => PriceTable | undefined,
): Promise<Bill> {
  return priceAssembly(project, await costAssembly(context, project), assume, prices);
}

/** Synthesizes the stacks where need be, into a folder of their own: a deployment's assembly is of one account, which nobody is asked for here. */
export async function costAssembly(context: CliContext, project: Project): Promise<string> {
  const { directory, environment } = project;
  const out = join(directory, ".rouse", environment.name, "cost");
  const found = join(directory, "cdk.context.json");
  await ensureAssembly(project, out, context.interrupted, {
    CDK_DEFAULT_ACCOUNT: context.env["CDK_DEFAULT_ACCOUNT"] ?? LOCAL_ACCOUNT,
    ...(existsSync(found) ? { CDK_CONTEXT_JSON: JSON.stringify(JSON.parse(readFileSync(found, "utf8"))) } : {}),
  });
  return out;
}

/** What the stacks of an assembly cost. @param out its folder */
export function priceAssembly(project: Project, out: string, assume: Assumptions, prices: (region: string) => PriceTable | undefined): Bill {
  const stacks = readWanted(out).map(({ name, region, tags, template, nested }) => ({ name, region, leaf: tags[TAGS.leaf], template, nested }));
  return billOf({ stacks, leaves: project.leaves.map(asPriced), assume, pricesOf: prices });
}

const asPriced = (leaf: Leaf): PricedLeaf => ({ name: leaf.name, kind: leaf.kind });
