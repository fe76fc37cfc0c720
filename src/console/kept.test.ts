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

test("what takes long is not waited for: the old one is shown until the new one is there", async () => {
  const { kept, read, time, reads } = setUp();
  expect(kept.latest("a", read)).toBeUndefined();
  expect(kept.latest("a", read)).toBeUndefined();
  await new Promise(setImmediate);
  expect(kept.latest("a", read)).toBe(1);
  time.now = 100;
  expect(kept.latest("a", read)).toBe(1);
  await new Promise(setImmediate);
  expect(kept.latest("a", read)).toBe(2);
  expect(reads()).toBe(2);
});

test("what went wrong meanwhile is told to the next one who asks, and tried again", async () => {
  const { kept, read } = setUp();
  expect(kept.latest("a", () => Promise.reject(new Error("no")))).toBeUndefined();
  await new Promise(setImmediate);
  expect(() => kept.latest("a", read)).toThrow("no");
  expect(kept.latest("a", read)).toBeUndefined();
  await new Promise(setImmediate);
  expect(kept.latest("a", read)).toBe(1);
});
