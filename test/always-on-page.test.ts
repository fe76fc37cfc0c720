import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { load } from "../src/config/testing.ts";
import { messageFor } from "../src/functions/watch-service/messages.ts";

/** docs/always-on-services.md: what it shows is configuration that loads, and the mails are those that are sent. */
const page = await readFile(join(import.meta.dirname, "../docs/always-on-services.md"), "utf8");
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
const files = Object.fromEntries(blocks.map((text) => [/^# ([\w/.]+\.yaml)/.exec(text)![1]!, text]));

test("it begins with a whole project", () => expect(Object.keys(files).slice(0, 2)).toEqual(["rouse.yaml", "leaves/orders.yaml"]));

test("its YAML loads", async () => {
  const loaded = await load({ "leaves/game.yaml": null, "leaves/orders/Dockerfile": "FROM scratch\n", ...files });
  expect(loaded.ok ? [] : loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
});

test("its mails are those that are sent", () => {
  const seen = {
    desired: 2,
    running: 2,
    primary: { id: "ecs-svc/1", definition: "shop-orders:3", rollout: "COMPLETED", desired: 2, running: 1 },
    ended: [],
    announced: [],
    now: 0,
  };
  const id = { application: "shop", environment: "prod", leaf: "orders" };
  const config = { ...id, crashLoop: { stops: 3, withinMs: 900_000 }, logGroup: "/rouse/shop/orders" };
  const subjects = (["failed", "crashing", "unplaced"] as const).map((occasion) =>
    messageFor({ occasion, task: "2", why: "…" }, seen, config).subject.trim(),
  );
  const shown = [...page.matchAll(/^\| `(orders[^`]*)`/gm)].map((match) => match[1]!.replace(/…$/, "").trim());
  expect(subjects).toEqual(shown);
});
