import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Folders, rouseHere } from "../src/cli/testing.ts";
import { loadProject } from "../src/config/load.ts";
import type { Project } from "../src/config/schema.ts";
import { DEFAULTS } from "../src/cost/assumptions.ts";
import { type Bill, billOf } from "../src/cost/bill.ts";
import type { Line } from "../src/cost/charge.ts";
import { CHARGES } from "../src/cost/charges.ts";
import { FREE } from "../src/cost/free.ts";
import { pricesOf } from "../src/cost/price-table.ts";
import { type PricedStack, resourcesOf } from "../src/cost/resource.ts";
import { readWanted } from "../src/deployment/assembly.ts";
import { TAGS } from "../src/functions/shared/names.ts";
import { buildApp } from "../src/stacks/app.ts";
import { everyEngine, everyService, everyTask, functionsDir, testLeaf, testOwnZone, testProject } from "../src/stacks/testing.ts";
import { rouse } from "./support/rouse.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-cost-"));
const folders = new Folders();
afterAll(() => {
  rmSync(folder, { recursive: true });
  folders.remove();
});

interface Priced {
  stacks: PricedStack[];
  bill: Bill;
}

function price(name: string, project: Project): Priced {
  const out = buildApp(project, { outdir: join(folder, name), functionsDir: functionsDir(folder) }).synth().directory;
  const stacks = readWanted(out).map(({ tags, ...stack }) => ({ ...stack, leaf: tags[TAGS.leaf] }));
  return { stacks, bill: billOf({ stacks, leaves: project.leaves, assume: DEFAULTS, pricesOf }) };
}

let priced: Record<"dns" | "engines" | "services" | "tasks", Priced>;
beforeAll(() => {
  const built = { image: undefined, build: { context: resolve("examples/engines/auth"), dockerfile: "Dockerfile", args: {} } };
  const dns = testProject([testLeaf("minecraft"), testLeaf("built", { ...built, volumes: {} }), testOwnZone("own")]);
  priced = {
    dns: price("dns", dns),
    engines: price("engines", everyEngine()),
    services: price("services", everyService()),
    tasks: price("tasks", everyTask()),
  };
});

/** The goal of docs/decisions/0024-what-a-sleeping-leaf-costs.md, US dollars a month beyond its storage. */
const MOST_ASLEEP = 0.1;

test("a sleeping leaf that DNS wakes costs next to nothing of its own, and five of them share what a zone costs", async () => {
  const loaded = await loadProject({ directory: resolve("."), environment: "prod", env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { stacks, bill } = price("example", loaded.project);
  const dns = bill.leaves.filter(({ kind }) => kind === "dns");
  expect(dns.map(({ name }) => name)).toEqual(["hello", "minecraft"]);
  for (const { asleep, storage } of dns) expect(asleep - storage).toBeLessThan(MOST_ASLEEP / 10);
  // What all share: the zone, and nothing else that is there while all of them sleep.
  expect(stacks.flatMap(resourcesOf).filter(({ type }) => type === "AWS::Route53::HostedZone")).toHaveLength(1);
  expect((bill.shared.asleep - bill.shared.storage) / 5).toBeLessThanOrEqual(MOST_ASLEEP + 1e-9);
});

describe("the templates of every kind of leaf", () => {
  test("have no type of resource that is neither priced nor known to be free, and none that is both", () => {
    const types = new Set(Object.values(priced).flatMap(({ stacks }) => stacks.flatMap(resourcesOf).map(({ type }) => type)));
    expect(types.size).toBeGreaterThan(50);
    expect([...types].filter((type) => !Object.hasOwn(FREE, type) && !Object.hasOwn(CHARGES, type))).toEqual([]);
    expect(Object.keys(CHARGES).filter((type) => Object.hasOwn(FREE, type))).toEqual([]);
  });

  test("say what each costs an hour", () => {
    const hours = Object.values(priced).flatMap(({ bill }) =>
      bill.leaves.map(({ name, kind, hour }) => [`${kind} ${name}`, Number(hour.toFixed(4))]),
    );
    const fargate = 0.0123 + 0.005;
    const small = 0.0168 + (30 * 0.08 + 7 * 0.3) / 730 + 0.005;
    // A container writes 10 MB of log an hour: half a cent for a GB makes no difference in the first three digits.
    const about = (value: number) => expect.closeTo(value, 2);
    expect(Object.fromEntries(hours)).toMatchObject({
      "dns minecraft": about(0.1126),
      "engine auth": about(fargate),
      "engine box": about(small),
      "engine old": 0,
      "task report": about(fargate),
      "task boxes": about(small),
      "service orders": about(2 * fargate),
      "service worker": about(0.0123 * 0.3 + 0.005),
    });
  });

  test("their functions are told the same hour, for the history", () => {
    for (const kind of ["dns", "engines", "tasks"] as const) {
      const { stacks, bill } = priced[kind];
      const told = bill.leaves.map(({ name }) => {
        const functions = stacks.filter(({ leaf }) => leaf === name).flatMap(resourcesOf);
        const variables = functions.map(({ properties }) => (properties["Environment"]?.Variables ?? {}) as Record<string, string>);
        return variables.flatMap(({ ROUSE_HOUR_USD: hour }) => hour ?? []);
      });
      for (const [index, { name, hour, notPriced }] of bill.leaves.entries()) {
        const [own] = told[index]!;
        // Some part of its hour has no price: nothing is told.
        if (own === "") expect(notPriced, name).not.toEqual([]);
        else expect(own, name).toBe(String(Number(hour.toPrecision(9))));
      }
      expect(told.flat().filter((hour) => Number(hour) > 0).length, kind).toBeGreaterThan(1);
    }
  });

  test("where each cent of a sleeping DNS leaf goes", () => {
    const { lines, asleep, storage } = priced.dns.bill.leaves[0]!;
    const standing = lines.filter(({ when }) => when === "standing").map(({ what, usd }) => [what, usd]);
    expect(standing).toEqual([["dashboard", 3]]);
    expect(asleep - storage).toBeCloseTo(3, 9);
    // Its alarms, on 5 and 2 metrics, exist while it is awake.
    expect(lines.filter(({ type }) => type === "Custom::WatchdogAlarms")).toMatchObject([
      { what: "2 alarms on 7 metrics, while awake", when: "awake", usd: expect.closeTo(0.7 / 730, 9) },
      { what: "1 metric of Rouse's own, while awake", when: "awake", usd: expect.closeTo(0.3 / 730, 9) },
    ]);
  });

  test("a leaf with a zone of its own has that, too, and leaves that share one have it once", () => {
    const standing = ({ lines }: { lines: readonly Line[] }) => lines.filter(({ when }) => when === "standing").map(({ what, usd }) => [what, usd]);
    const { bill } = priced.dns;
    const own = bill.leaves.find(({ name }) => name === "own")!;
    expect(standing(own)).toContainEqual(["hosted zone", 0.5]);
    expect(standing(bill.shared)).toEqual([["hosted zone", 0.5]]);
  });

  test("an engine whose task definition is not ours is told, and so is Container Insights", () => {
    const { leaves } = priced.engines.bill;
    expect(leaves.find(({ name }) => name === "old")!.notPriced).toContainEqual({
      what: "a task whose definition is in no template",
      resources: ["old"],
    });
    expect(
      leaves
        .find(({ name }) => name === "auth")!
        .notPriced.map(({ what }) => what)
        .join(),
    ).toContain("Container Insights (enabled)");
  });

  test("an internal load balancer has no public addresses", () => {
    const { balancers } = priced.services.bill;
    // Seven routes; two of them inside: 5 x 730 x (0.0225 + 0.01) + 2 x 730 x 0.0225 + 2 x 0.584.
    expect(balancers).toMatchObject({ here: 2, perService: 7, month: expect.closeTo(23.725 + 16.425 + 1.168, 6) });
    expect(balancers.perServiceMonth).toBeCloseTo(5 * 23.725 + 2 * 16.425 + 1.168, 6);
  });
});

describe("rouse cost", () => {
  test("five engines behind one load balancer, beside five", async () => {
    const { code, stdout, stderr } = await rouse(".", "cost", "--dir", "examples/engines", "--env", "prod", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const { balancers, leaves, region } = JSON.parse(stdout) as Bill & { region: string };
    expect(region).toBe("us-east-2");
    expect(balancers).toMatchObject({ here: 1, perService: 5, month: expect.closeTo(24.309, 6), perServiceMonth: expect.closeTo(119.209, 6) });
    expect(leaves.map(({ name }) => name)).toEqual(["auth", "batch", "fa", "pdf", "users"]);
  });

  const project = (region: string): string =>
    folders.with({
      "rouse.yaml": `name: x\nregion: ${region}\n`,
      "leaves/a.yaml": "wake: event\nimage: some/image\ncompute: { on: fargate, cpu: 256, memory: 512 }\n",
      "p.json": "{}",
      "q.json": "[",
    });

  test("of a region without prices: which there are, and what to do", async () => {
    const { code, stderr } = await rouseHere(["cost"], { directory: project("ap-south-1") });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("no prices are known of ap-south-1; of us-east-1, us-east-2, us-west-2, eu-central-1, eu-west-1 they are"),
    ]);
    expect(stderr).toContain("--prices");
  });

  test("a file of prices that is none, a leaf that is not there, a number that is none", async () => {
    const directory = project("us-west-2");
    const told = async (...args: string[]) => (await rouseHere(["cost", ...args], { directory })).stderr;
    expect(await told("--prices", "p.json")).toMatch(/p\.json is no file of prices\nregion: /);
    expect(await told("--prices", "q.json")).toContain("q.json is no file of prices");
    expect(await told("--prices", "no.json")).toContain("there is no ");
    expect(await told("b")).toContain("there is no leaf b; this project has a");
    expect(await told("--hours", "-1")).toContain("It takes a number from 0 to 744.");
  });
});
