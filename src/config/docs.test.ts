import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { generateConfigDocs } from "../../scripts/generate-config-docs.ts";
import { rowsOf } from "./reference.ts";
import { baseSchema, leafSchema } from "./schema.ts";

const root = join(import.meta.dirname, "../..");
const docs = generateConfigDocs();

test.each(Object.entries(docs))("%s is up to date (else: npm run generate)", async (path, content) => {
  expect(await readFile(join(root, path), "utf8")).toBe(content);
});

/** What an editor would say of a text: the JSON Schema read back, without our own parsers. */
function accepts(name: string, text: string): boolean {
  const schema = z.fromJSONSchema(JSON.parse(docs[`schemas/${name}.schema.json`]!) as Parameters<typeof z.fromJSONSchema>[0]);
  return schema.safeParse(parse(text)).success;
}

describe("the JSON Schemas accept the examples, and tell mistakes", () => {
  test.each<readonly [string, string]>([
    ["rouse", "rouse.yaml"],
    ["leaf", "leaves/hello.yaml"],
    ["leaf", "leaves/minecraft.yaml"],
    ["leaf-overlay", "leaves/hello.local.yaml"],
    ["rouse", "examples/engines/rouse.yaml"],
    ["leaf", "examples/engines/leaves/auth.yaml"],
    ["leaf", "examples/engines/leaves/pdf.yaml"],
    ["leaf", "examples/engines/leaves/batch.yaml"],
    ["leaf-overlay", "examples/engines/leaves/auth.local.yaml"],
    ["rouse", "examples/jobs/rouse.yaml"],
    ["leaf", "examples/jobs/leaves/report.yaml"],
    ["leaf", "examples/jobs/leaves/sweep.yaml"],
    ["leaf-overlay", "examples/jobs/leaves/report.local.yaml"],
    ["rouse", "examples/services/rouse.yaml"],
    ...["orders", "www", "stock", "mailer"].map((leaf) => ["leaf", `examples/services/leaves/${leaf}.yaml`] as const),
    ...["orders.staging", "www.staging", "orders.local"].map((leaf) => ["leaf-overlay", `examples/services/leaves/${leaf}.yaml`] as const),
  ])("%s: %s", async (name, path) => {
    const text = await readFile(join(root, path), "utf8");
    expect(accepts(name, text)).toBe(true);
    expect(accepts(name, `${text}\nunknownKey: 1\n`)).toBe(false);
    const up = "../".repeat(path.split("/").length - 1) || "./";
    expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${up}schemas/${name}.schema.json`);
  });

  test("a variable may stand where a number or a shape is wanted", () => {
    const leaf = (type: string, below: string) =>
      `wake: dns\nimage: x\nports: [1]\ncompute: { on: ec2, instanceType: ${type} }\nwatchdog: { idle: { below: ${below} } }\n`;
    expect(accepts("leaf", leaf('"${TYPE}"', '"${RATE}"'))).toBe(true);
    expect(accepts("leaf", leaf("m5large", "5"))).toBe(false);
    expect(accepts("leaf", leaf("m5.large", "much"))).toBe(false);
  });

  test("an overlay needs nothing, and takes keys back with null", () => {
    expect(accepts("leaf", "image: x\n")).toBe(false);
    expect(accepts("leaf-overlay", "image: null\nwatchdog: { idle: { for: 3m, below: null } }\n")).toBe(true);
  });
});

test("every key has a meaning, and durations and rates say their unit or how they are written", () => {
  const rows = [...rowsOf(baseSchema), ...rowsOf(leafSchema)];
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) expect(row.description, row.key).toMatch(/^[A-Z`].{10,}/);
  expect(rows.find((row) => row.key === "watchdog.idle.below")?.description).toContain("bytes per second");
  expect(rows.find((row) => row.key === "watchdog.leftUp.after")).toMatchObject({ default: "8h", required: false });
});
