import { expect, test } from "vitest";
import { queryFilter, queryFilterBelow } from "./query-filter.ts";

/** The regular expression in a pattern, between its percent signs. */
const regexOf = (pattern: string): RegExp => new RegExp(/%(.*)%/.exec(pattern)![1]!);
const nameOf = (domain: string): RegExp => regexOf(queryFilter(domain));

test("the pattern names the fields of the log line and asks for an answered A query", () => {
  expect(queryFilter("a-1.io")).toBe(String.raw`[version, time, zone, name = %^[Aa]-1\.[Ii][Oo]$%, type = "A", code = "NOERROR", ...]`);
});

test.each([
  ["minecraft.example.com", true],
  ["mInEcRaFt.ExAmPlE.cOm", true],
  ["_minecraft._tcp.minecraft.example.com", false],
  ["www.minecraft.example.com", false],
  ["minecraft.example.com.evil.org", false],
  ["minecraftxexample.com", false],
  ["minecraft.example.co", false],
])("the name %s is matched: %s", (name, expected) => expect(nameOf("minecraft.example.com").test(name)).toBe(expected));

test("the longest name there is still makes a pattern that CloudWatch Logs takes, and that matches it", () => {
  const domain = ["a", "b", "c", "d"].map((letter) => letter.repeat(letter === "d" ? 61 : 63)).join(".");
  expect(domain).toHaveLength(253);
  expect(queryFilter(domain).length).toBeLessThanOrEqual(1024);
  expect(nameOf(domain).test(domain)).toBe(true);
  expect(nameOf(domain).test(domain.toUpperCase())).toBe(true);
  expect(nameOf(domain).test(`x${domain}`)).toBe(false);
});

test.each([
  ["minecraft.games.example.com", true],
  ["mInEcRaFt.GaMeS.ExAmPlE.cOm", true],
  ["a-1.games.example.com", true],
  ["games.example.com", false],
  ["_rouse.games.example.com", false],
  ["_rouse.minecraft.games.example.com", false],
  ["_minecraft._tcp.minecraft.games.example.com", false],
  ["www.minecraft.games.example.com", false],
  ["minecraft.games.example.com.evil.org", false],
  ["minecraftxgames.example.com", false],
  ["minecraft.example.com", false],
])("in the zone that leaves share the name %s is matched: %s", (name, expected) =>
  expect(regexOf(queryFilterBelow("games.example.com")).test(name)).toBe(expected),
);

test("the longest zone there is still makes a pattern that CloudWatch Logs takes", () => {
  const zone = ["a", "b", "c", "d"].map((letter) => letter.repeat(letter === "d" ? 59 : 63)).join(".");
  expect(queryFilterBelow(zone).length).toBeLessThanOrEqual(1024);
  expect(regexOf(queryFilterBelow(zone)).test(`x.${zone}`)).toBe(true);
});
