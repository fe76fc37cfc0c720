import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import { isTask } from "./schema.ts";

const directory = join(import.meta.dirname, "../../examples/jobs");

describe("the example of scheduled tasks", () => {
  test.each([
    ["local", { report: true, sweep: true }],
    ["staging", { report: false, sweep: true }],
    ["prod", { report: true, sweep: true }],
  ])("has no mistakes in the environment %s, and ticks there as it says", async (environment, expected) => {
    const loaded = await loadProject({ directory, environment, env: {} });
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    const tasks = loaded.project.leaves.filter(isTask);
    expect(Object.fromEntries(tasks.map(({ name, wake }) => [name, wake.schedule.enabled]))).toEqual(expected);
  });

  const runs = (env: Record<string, string>, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(directory, "report/report.mjs"), ...args], { env, encoding: "utf8" });
    return { status, stdout, stderr };
  };

  test("does its work and ends, or fails", () => {
    expect(runs({ ORDERS: "1" })).toEqual({ status: 0, stdout: "order 1: 20 €\n1 orders, 20 €\n", stderr: "" });
    expect(runs({ KEEP: "14d" }, "--sweep")).toEqual({ status: 0, stdout: "sweeping what is older than 14d\n", stderr: "" });
    expect(runs({ FAIL: "1" })).toMatchObject({ status: 1, stderr: "no such table: orders\n" });
  });
});
