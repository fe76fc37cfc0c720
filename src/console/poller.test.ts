import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LeafDetail, Overview } from "./api-types.ts";
import { Poller } from "./poller.ts";
import { card, FakeSource } from "./testing.ts";

let source: FakeSource;
let poller: Poller;
beforeEach(() => {
  vi.useFakeTimers();
  source = new FakeSource();
  poller = new Poller(source);
});
afterEach(() => {
  poller.stop();
  vi.useRealTimers();
});

function page(leaf?: string) {
  const got: [string, string][] = [];
  const end = poller.watch({ ...(leaf === undefined ? {} : { leaf }), send: (event, data) => void got.push([event, data]) });
  return { end, got, events: () => got.map(([event]) => event), take: () => got.splice(0).map(([event]) => event) };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const looks = (): number => source.asked.filter((what) => what === "overview").length;
const fails = (error: Error) => async (): Promise<never> => {
  throw error;
};

test("a page gets the overview at once, and from then on only what changes: the time alone is no change", async () => {
  const { got, take } = page();
  await pass(0);
  expect(take()).toEqual(["overview"]);
  source.now = "2026-01-05T12:00:01.000Z";
  await pass(3000);
  expect(looks()).toBe(4);
  expect(got).toEqual([]);
  source.leaves["hello"] = { ...card("hello"), copy: "hello.example.com" };
  await pass(1000);
  expect((JSON.parse(got[0]![1]) as Overview).leaves[0]!.copy).toBe("hello.example.com");
});

test("several pages share one look, and nobody looks while there is none", async () => {
  expect(looks()).toBe(0);
  const pages = [page(), page(), page("hello")];
  await pass(0);
  // The first page's look was on its way when the others came.
  expect(looks()).toBe(2);
  await pass(1000);
  expect(looks()).toBe(3);
  for (const { end } of pages) end();
  await pass(60_000);
  expect(looks()).toBe(3);
});

test("a page gets its own leaf and no other; one that is no more keeps nothing from the others", async () => {
  const [hello, other, gone] = [page("hello"), page("other"), page("gone")];
  await pass(0);
  expect(hello.take()).toEqual(["overview", "leaf"]);
  expect((JSON.parse(other.got.at(-1)![1]) as LeafDetail).card.name).toBe("other");
  expect(gone.events()).toEqual(["overview"]);
  source.leaves["other"] = { ...card("other"), copy: "x" };
  await pass(1000);
  expect(hello.events()).toEqual(["overview"]);
});

test("a page that comes later gets what is known before the next look has ended", async () => {
  page("hello");
  await pass(0);
  expect(page("hello").events()).toEqual(["overview", "leaf"]);
  expect(page("other").events()).toEqual(["overview"]);
});

test("what was known is not shown to somebody who comes back later", async () => {
  const first = page();
  await pass(0);
  first.end();
  const second = page();
  expect(second.events()).toEqual([]);
  await pass(0);
  expect(second.events()).toEqual(["overview"]);
});

test("trouble is told once, to those who come as well, and its end too", async () => {
  const { got, take } = page();
  await pass(0);
  take();
  source.trouble = fails(new Error("gone"));
  await pass(5000);
  expect(got).toEqual([["problem", JSON.stringify({ message: "explained: Error: gone" })]]);
  const late = page();
  expect(late.events()).toEqual(["overview", "problem"]);
  take();
  source.trouble = fails(new Error("worse"));
  await pass(1000);
  expect(take()).toEqual(["problem"]);
  source.trouble = undefined;
  await pass(1000);
  expect(take()).toEqual(["recovered"]);
});

test("an answer that does not come is trouble, and what it brings later is not shown", async () => {
  const { got, take } = page();
  await pass(0);
  take();
  let answer: (() => void) | undefined;
  source.trouble = () => new Promise<never>((resolve) => (answer = resolve as () => void));
  await pass(1000);
  source.trouble = undefined;
  await pass(19_000);
  expect(got).toEqual([]);
  await pass(1000);
  expect(got[0]).toEqual(["problem", expect.stringContaining("TimeoutError: no answer within 20 s")]);
  source.leaves["hello"] = card("hello");
  answer!();
  await pass(1000);
  expect(take()).toEqual(["problem", "recovered"]);
});

test("after something was done it looks at once, also while a look goes on", async () => {
  page();
  await pass(0);
  poller.lookNow();
  poller.lookNow();
  poller.lookNow();
  await pass(0);
  expect(looks()).toBe(3);
  await pass(999);
  expect(looks()).toBe(3);
});

test("a console that has stopped does not wait for a look that hangs, and looks no more", async () => {
  source.trouble = () => new Promise<never>(() => {});
  const { got } = page();
  await pass(0);
  poller.stop();
  source.trouble = undefined;
  await pass(60_000);
  expect(got).toEqual([]);
  expect(looks()).toBe(1);
});
