import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../src/cli/commands.ts";
import { load } from "../src/config/testing.ts";
import { root } from "./support/deployed.ts";

/** docs/dns-leaves.md, docs/access.md and docs/notifications.md: what they show is configuration that loads, and commands that there are. */
describe.each([
  ["dns-leaves.md", "leaves/minecraft.yaml"],
  ["access.md", "leaves/orders.yaml"],
  ["notifications.md", "leaves/minecraft.yaml"],
])("docs/%s", (name, leaf) => {
  const page = readFileSync(join(root, "docs", name), "utf8");
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  const files = Object.fromEntries(blocks.map((text) => [/^# ([\w/.]+\.yaml)/.exec(text)![1]!, text]));

  test("begins with a whole project", () => expect(Object.keys(files).slice(0, 2)).toEqual(["rouse.yaml", leaf]));

  test("its YAML loads", async () => {
    const loaded = await load({ "leaves/game.yaml": null, "leaves/orders/Dockerfile": "FROM scratch\n", ...files });
    expect(loaded.ok ? [] : loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
  });

  test("its commands exist", () => {
    const named = [...page.matchAll(/\brouse ([a-z]+)/g)].map((match) => match[1]!);
    const known = new Set(commands.map((command) => command.name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((each) => !known.has(each))).toEqual([]);
  });
});
