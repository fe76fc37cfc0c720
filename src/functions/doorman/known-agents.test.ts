import { writeFileSync, readFileSync } from "node:fs";
import crawlers from "crawler-user-agents";
import { expect, test } from "vitest";

/** Who uses a library or a browser by program wants the service; the list knows them too. */
const CLIENTS = ["http-library", "browser-automation"];

test("known-agents.json is what the package crawler-user-agents says today (UPDATE_AGENTS=1 writes it anew)", () => {
  const tagged = crawlers.map((one): { pattern: string; tags: readonly string[] } => ({ tags: [], ...one }));
  const agents = tagged.filter(({ tags }) => !tags.some((tag) => CLIENTS.includes(tag)));
  const monitors = agents.filter(({ tags }) => tags.includes("monitoring")).map(({ pattern }) => pattern);
  const others = agents.filter(({ tags }) => !tags.includes("monitoring")).map(({ pattern }) => pattern);
  const path = new URL("./known-agents.json", import.meta.url);
  const said = {
    source: "crawler-user-agents (https://github.com/monperrus/crawler-user-agents), MIT License, Copyright (c) 2017 Martin Monperrus",
    monitors,
    crawlers: others,
  };
  if (process.env["UPDATE_AGENTS"]) writeFileSync(path, `${JSON.stringify(said, null, 2)}\n`);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(said);
});
