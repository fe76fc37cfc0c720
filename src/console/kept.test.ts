import { expect, test } from "vitest";
import { Kept } from "./kept.ts";

function setUp() {
  const time = { now: 0 };
  let reads = 0;
  const kept = new Kept<string, number>(100, () => time.now);
  return { time, kept, read: () => Promise.resolve(++reads), reads: () => reads };
}

test("what is fresh is not read again; what is old is", async () => {
  const { kept, read, time } = setUp();
  expect(await kept.get("a", read)).toBe(1);
  time.now = 99;
  expect(await kept.get("a", read)).toBe(1);
  expect(await kept.get("b", read)).toBe(2);
  time.now = 100;
  expect(await kept.get("a", read)).toBe(3);
});

test("those who ask at the same time share one reading", async () => {
  const { kept, read, reads } = setUp();
  await Promise.all([kept.get("a", read), kept.get("a", read)]);
  expect(reads()).toBe(1);
});

test("what was forgotten, or could not be read, is read again", async () => {
  const { kept, read } = setUp();
  await expect(kept.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await kept.get("a", read)).toBe(1);
  kept.forget("a");
  expect(await kept.get("a", read)).toBe(2);
});
