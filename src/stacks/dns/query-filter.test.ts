import { expect, test } from "vitest";
import { queryFilter } from "./query-filter.ts";

/** The regular expression in a pattern, between its percent signs. */
const nameOf = (domain: string): RegExp => new RegExp(/%(.*)%/.exec(queryFilter(domain))![1]!);

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
