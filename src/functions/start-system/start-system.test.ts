import { describe, expect, test } from "vitest";
import type { CrashMark } from "../shared/marks.ts";
import type { Query } from "./query-log.ts";
import { afterCrash, afterWake, decide, isWithin, latest, whyNot } from "./start-system.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const query: Query = { at: NOW - 2000, name: "minecraft.example.com", type: "A", code: "NOERROR", resolver: "192.0.2.53" };
const wanted = { domain: "minecraft.example.com", ignore: ["198.51.100.0/24", "2001:db8::/32"] };
const iso = (at: number) => new Date(at).toISOString();
const asleep = { desired: 0, marks: {}, now: NOW, graceMs: 10 * MINUTE };

describe("which queries count", () => {
  test.each([
    ["the exact name", {}, undefined],
    ["the name in mixed case", { name: "mInEcRaFt.eXample.COM" }, undefined],
    ["an SRV look-up below it", { name: "_minecraft._tcp.minecraft.example.com", type: "SRV" }, "another name"],
    ["a deeper name", { name: "www.minecraft.example.com" }, "another name"],
    ["a name that only ends the same", { name: "notminecraft.example.com" }, "another name"],
    ["another type", { type: "AAAA" }, "another type"],
    ["an answer that was none", { code: "SERVFAIL" }, "not answered"],
    ["a query of hours ago", { at: NOW - 3 * 60 * MINUTE }, "too old"],
    ["an ignored resolver", { resolver: "198.51.100.7" }, "ignored resolver"],
    ["an ignored resolver over IPv6", { resolver: "2001:db8::1" }, "ignored resolver"],
  ])("%s", (_what, changes, expected) => expect(whyNot({ ...query, ...changes }, wanted, NOW)).toBe(expected));

  test("the latest of those that count is what counts, and who is ignored hides nobody", () => {
    const ignored = { ...query, at: query.at + 1000, resolver: "198.51.100.7" };
    const why: string[] = [];
    expect(latest([{ ...query, at: query.at - 1000 }, query, ignored], wanted, NOW, (_query, said) => why.push(said))).toBe(query);
    expect(why).toEqual(["ignored resolver"]);
    expect(latest([ignored], wanted, NOW, () => {})).toBeUndefined();
  });

  test("an IPv4 address written as IPv6 is in its IPv4 range", () => expect(isWithin("::ffff:198.51.100.7", wanted.ignore)).toBe(true));
  test("what is no address is in no range", () => expect(isWithin("-", wanted.ignore)).toBe(false));
});

describe("waking", () => {
  test("a query wakes a sleeping leaf, and its hit counts for the minute before too", () => {
    expect(decide(query, asleep)).toEqual({ action: "wake", why: "asleep", hits: [query.at - MINUTE, query.at] });
  });

  test("a query wakes a leaf that is falling asleep: what counts is that nobody wants it up", () => {
    const marks = { wake: { at: iso(NOW - 30 * MINUTE), by: "dns" as const } };
    expect(decide(query, { ...asleep, marks })).toMatchObject({ action: "wake" });
  });

  test("a query that is delivered again after the leaf went to sleep does not wake it", () => {
    const marks = { wake: { at: iso(query.at + 1), by: "dns" as const } };
    expect(decide(query, { ...asleep, marks })).toMatchObject({ action: "none", why: "the query's wake has been", hits: [] });
  });

  test("the same query once more first asks what its first wake has launched", () => {
    const marks = { wake: { at: iso(query.at), by: "dns" as const } };
    expect(decide(query, { ...asleep, marks })).toEqual({ action: "check-wake" });
  });

  test("a query whose wake failed half-way is tried again", () => {
    expect(afterWake(query, [])).toMatchObject({ action: "wake" });
    expect(afterWake(query, [query.at - 30 * MINUTE])).toMatchObject({ action: "wake" });
  });

  test("a query that has had its instance is done", () => expect(afterWake(query, [query.at + 500])).toMatchObject({ action: "none", hits: [] }));
});

describe("queries while it is on", () => {
  const on = (wokenAgo: number) => ({ ...asleep, desired: 1, marks: { wake: { at: iso(query.at - wokenAgo), by: "dns" as const } } });
  test("count inside the grace", () => expect(decide(query, on(9 * MINUTE))).toMatchObject({ action: "none", hits: [query.at] }));
  test("do not count after it: a monitor cannot keep it up", () =>
    expect(decide(query, on(11 * MINUTE))).toMatchObject({ action: "none", hits: [] }));
  test("do not count when nobody knows of a wake", () =>
    expect(decide(query, { ...asleep, desired: 1 })).toMatchObject({ action: "none", hits: [] }));
});

describe("after a crash loop", () => {
  const mark: CrashMark = {
    at: iso(NOW - 5 * MINUTE),
    until: iso(NOW + 10 * MINUTE),
    strikes: 0,
    task: "arcade-minecraft:3",
    stops: 3,
    reason: "exit code 1",
  };

  test("a query first asks what would run", () =>
    expect(decide(query, { ...asleep, marks: { crashed: mark } })).toEqual({ action: "check-crash", mark }));
  test("the same task definition is not started again", () =>
    expect(afterCrash(query, mark, NOW, "arcade-minecraft:3")).toMatchObject({ action: "none", hits: [] }));
  test("another task definition is", () => expect(afterCrash(query, mark, NOW, "arcade-minecraft:4")).toMatchObject({ action: "wake" }));
  test("after the back-off it is", () => {
    expect(decide(query, { ...asleep, marks: { crashed: { ...mark, until: iso(NOW - 1) } } })).toMatchObject({ action: "wake" });
  });
});
