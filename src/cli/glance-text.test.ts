import { createColors } from "picocolors";
import { describe, expect, test } from "vitest";
import type { Glance } from "../operate/glance.ts";
import { glanceText, stateWords } from "./glance-text.ts";

const NOW = "2026-01-08T17:00:00.000Z";
const glance = (changes: Partial<Glance>): Glance => ({
  name: "hello",
  state: "asleep",
  address: null,
  since: null,
  now: NOW,
  sleepsAt: null,
  domain: "hello.example.com",
  ...changes,
});
const plain = { paint: createColors(false), zone: "UTC" };

describe("what a leaf does, in words", () => {
  test.each<[string, Partial<Glance>]>([
    ["asleep since Tuesday", { since: "2026-01-06T09:00:00Z" }],
    ["asleep since yesterday 09:00", { since: "2026-01-07T09:00:00Z" }],
    ["asleep since 14:05", { since: "2026-01-08T14:05:00Z" }],
    ["asleep for 12 min", { since: "2026-01-08T16:48:00Z" }],
    ["asleep since 24 December 2025", { since: "2025-12-24T09:00:00Z" }],
    ["asleep", {}],
    ["awake for 2 h, sleeps in 4 min", { state: "awake", since: "2026-01-08T15:00:00Z", sleepsAt: "2026-01-08T17:04:10Z" }],
    ["awake for 40 s, about to sleep", { state: "awake", since: "2026-01-08T16:59:20Z", sleepsAt: NOW }],
    ["awake for 3 d 1 h", { state: "awake", since: "2026-01-05T16:00:00Z" }],
    ["waking for 40 s, Instance: being launched", { state: "waking", since: "2026-01-08T16:59:20Z", waitsFor: "Instance: being launched" }],
    ["crashed 5 min ago, starts again in 10 min", { state: "crashed", since: "2026-01-08T16:55:00Z", retryAt: "2026-01-08T17:10:00Z" }],
  ])("%s", (words, changes) => {
    expect(stateWords(glance(changes), plain)).toBe(words);
  });
});

describe("the table", () => {
  const glances = [
    glance({ name: "minecraft", state: "awake", since: "2026-01-08T15:00:00Z", address: "127.77.0.1", wokenBy: "jürgen 日本 (rouse wake)" }),
    glance({
      name: "shop",
      state: "crashed",
      domain: undefined,
      url: "http://127.0.0.1:8080/shop/",
      retryAt: "2026-01-08T17:10:00.000Z",
      reason: "stopped by itself 3 times (code 3); starts again 2026-01-08T17:10:00.000Z, or by rouse wake",
    }),
  ];

  test("is aligned where it fits, with a sign for each state", () => {
    expect(glanceText(glances, plain)).toBe(
      [
        "  LEAF       STATE                           WHERE",
        "● minecraft  awake for 2 h                   hello.example.com = 127.77.0.1",
        "    woken by jürgen 日本 (rouse wake)",
        "✗ shop       crashed, starts again in 10 min  http://127.0.0.1:8080/shop/",
        "    stopped by itself 3 times (code 3); starts again at 17:10, or by rouse wake",
        "",
      ]
        .join("\n")
        .replaceAll("STATE                           WHERE", "STATE                            WHERE")
        .replace("2 h                   hello", "2 h                    hello"),
    );
  });

  test("has no line wider than a narrow terminal, and loses nothing", () => {
    const text = glanceText(glances, { ...plain, columns: 40 });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
    for (const { name, address, url, domain } of glances) for (const word of [name, address, url, domain]) if (word) expect(text).toContain(word);
    expect(text.replace(/\s+/g, " ")).toContain("starts again at 17:10, or by rouse wake");
  });
});
