import { expect, test } from "vitest";
import type { Channel } from "../shared/alerts.ts";
import type { DeliveryLine } from "../shared/record.ts";
import { deliverAll, deliverLater, type Later, NoSecret, type World } from "./deliver.ts";
import type { Letter } from "./letter.ts";
import type { Answer } from "./post.ts";

const letter: Letter = { id: "n", at: "2026-03-01T12:00:00.000Z", subject: "s", body: "b", leaf: "hello" };
const slack = (parameter: string): Channel => ({ kind: "slack", secret: { parameter } });

/** A world whose receivers answer from lists, by the name of the parameter with their URL; 200 where a list is empty. */
function worldOf(answers: Record<string, (Partial<Answer> | Error)[]>) {
  let now = 0;
  const seen = { posted: [] as string[], lines: [] as DeliveryLine[], later: [] as Later[], forgotten: 0, slept: [] as number[] };
  const world: World = {
    time: { now: () => now, sleep: async (ms) => (seen.slept.push(ms), void (now += ms)) },
    secret: async (place) => {
      if (!("parameter" in place)) throw new NoSecret("there is none");
      return `https://hooks.example.com${place.parameter}`;
    },
    forget: () => void seen.forgotten++,
    post: async (url) => {
      const path = new URL(url).pathname;
      seen.posted.push(path);
      const answer = answers[path]?.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return { status: 200, text: "", ...answer };
    },
    record: async (line) => void seen.lines.push(line),
    again: async (later) => void seen.later.push(later),
    done: new Set(),
  };
  return { world, seen };
}

const results = (lines: readonly DeliveryLine[]) => lines.map(({ to, ok, error }) => [to, error ?? ok]);

test("a short pause is waited for; who fails twice is tried again alone", async () => {
  const { world, seen } = worldOf({ "/a": [{ status: 429, retryAfter: "3" }], "/b": [new Error("connect ECONNREFUSED"), { status: 500 }] });
  await deliverAll(letter, [slack("/a"), slack("/b"), slack("/c")], world);
  expect(seen.posted.toSorted()).toEqual(["/a", "/a", "/b", "/b", "/c"]);
  expect(results(seen.lines).toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
    ["/a", true],
    ["/b", "HTTP 500; tried again"],
    ["/c", true],
  ]);
  expect(seen.later.map(({ channel }) => channel)).toEqual([slack("/b")]);
});

test("a message that comes twice is told once, by those who have told it", async () => {
  const { world, seen } = worldOf({ "/a": [{ status: 404 }] });
  await deliverAll(letter, [slack("/a"), slack("/b")], world);
  await deliverAll(letter, [slack("/a"), slack("/b")], world);
  expect(seen.posted).toEqual(["/a", "/b", "/a"]);
  expect(seen.forgotten).toBe(1);
});

test("what cannot even be handed over is given up: the others must not hear twice", async () => {
  const { world, seen } = worldOf({ "/a": [{ status: 429, retryAfter: "20" }] });
  const again = async () => Promise.reject(new Error("throttled"));
  await deliverAll(letter, [slack("/a")], { ...world, again });
  expect(results(seen.lines).at(-1)).toEqual(["/a", "HTTP 429; given up: Error: throttled"]);
});

test("a later attempt waits for as long as it was asked to, and throws where there may be another one", async () => {
  const { world, seen } = worldOf({ "/a": [{ status: 503 }, { status: 410 }] });
  const later: Later = { letter, channel: slack("/a"), notBefore: 30_000 };
  await expect(deliverLater(later, world)).rejects.toThrow("/a: HTTP 503");
  expect(seen.slept).toEqual([30_000]);
  await deliverLater(later, world);
  expect(results(seen.lines)).toEqual([
    ["/a", "HTTP 503"],
    ["/a", "HTTP 410"],
  ]);
  await expect(deliverLater({ ...later, notBefore: 1e9 }, world)).rejects.toThrow("wants to be left alone");
});

test("without its secret nothing is tried again, and what is no URL is not told", async () => {
  const { world, seen } = worldOf({});
  await deliverAll(letter, [{ kind: "discord", secret: { secret: "none" } }], world);
  await deliverAll(letter, [slack("/b")], { ...world, secret: async () => "hooks.slack.com/s3cr3t" });
  expect(results(seen.lines)).toEqual([
    ["none", "there is none"],
    ["/b", "what the parameter /b holds is not the URL of a webhook"],
  ]);
  expect([seen.later, seen.posted]).toEqual([[], []]);
});
