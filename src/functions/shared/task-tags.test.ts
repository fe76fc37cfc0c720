import { expect, test } from "vitest";
import { readWokenTag, writeWokenTag } from "./task-tags.ts";

/** Of a tag's value on ECS (service-2.json of ECS in botocore, TagValue). */
const TAG = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const at = "2026-01-05T12:00:00.000Z";

test.each([
  { at, seen: at, who: "192.0.2.1", what: "GET /api/auth/login" },
  { at, who: "custom.app", what: "Start ECS Task" },
  { seen: at, who: "2001:db8::1", what: "POST /käse/=41/100%" },
  { who: "ann" },
  {},
])("who woke it goes into a tag and comes out as it was: %j", (woken) => {
  const text = writeWokenTag(woken);
  expect(text).toMatch(TAG);
  expect(readWokenTag(text)).toEqual(woken);
});

test("what is too long is cut, and not within a character's code", () => {
  const text = writeWokenTag({ at, seen: at, who: "é".repeat(200), what: `GET /${"ü".repeat(200)}` });
  expect(text.length).toBeLessThanOrEqual(256);
  expect(text).toMatch(TAG);
  expect(readWokenTag(text).what).toMatch(/^GET \/ü+.?$/);
});
