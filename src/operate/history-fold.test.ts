import { describe, expect, test } from "vitest";
import type { Notice } from "../functions/shared/notice.ts";
import type { DeliveryLine, HistoryLine, NoticeLine, ReadyLine, SleptLine, StartedLine, Waker } from "../functions/shared/record.ts";
import { foldHistory, readLine, wokenByWords } from "./history-fold.ts";

const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 0, 5, 12, minute, second)).toISOString();
const NOW = Date.parse(at(59));
const woken: Waker = { by: "dns", who: "192.0.2.1", subnet: "198.51.100.0/24" };

const started = (wake: string, minute: number): StartedLine => ({
  line: "started",
  wake,
  at: at(minute, 3),
  woken,
  phases: { asked: at(minute), noticed: at(minute, 2), desired: at(minute, 3) },
});
const ready = (wake: string, minute: number): ReadyLine => ({
  line: "ready",
  wake,
  at: at(minute + 1),
  woken,
  phases: { ...started(wake, minute).phases, instance: at(minute, 30), running: at(minute, 50), published: at(minute + 1) },
  address: "hello.example.com:8080",
});
const slept = (wake: string, minute: number, changes: Partial<SleptLine> = {}): SleptLine => ({
  line: "slept",
  wake,
  at: at(minute + 20),
  woken,
  phases: { ...ready(wake, minute).phases, traffic: at(minute + 2) },
  why: "idle",
  reason: "nobody has used it for 3 minutes",
  upSeconds: 1190,
  usd: 0.0021,
  used: { minutes: 12, queriesOnly: 2, lastAt: at(minute + 17) },
  traffic: { sum: 1_234_567, unit: "bytes" },
  ...changes,
});
const fold = (...lines: HistoryLine[]) => foldHistory("hello", lines, NOW);

describe("a wake", () => {
  test("that has ended is told whole: who, each phase in order, how long until it could be used, why it slept, what it cost", () => {
    expect(fold(started("i-1", 0), ready("i-1", 0), slept("i-1", 0)).wakes).toEqual([
      {
        leaf: "hello",
        id: "i-1",
        woken,
        wokenBy: "DNS query from 192.0.2.1 for 198.51.100.0/24",
        phases: [
          { name: "asked", at: at(0) },
          { name: "noticed", at: at(0, 2) },
          { name: "desired", at: at(0, 3) },
          { name: "instance", at: at(0, 30) },
          { name: "running", at: at(0, 50) },
          { name: "published", at: at(1) },
          { name: "traffic", at: at(2) },
        ],
        readyMs: 60_000,
        address: "hello.example.com:8080",
        slept: { at: at(20), why: "idle", reason: "nobody has used it for 3 minutes" },
        keptUp: "used in 10 minutes, the last at 12:17Z, 1.2 MB in all",
        upSeconds: 1190,
        usd: 0.0021,
        isFalse: false,
      },
    ]);
  });

  test("is the same where lines are there twice, in another order, or lack", () => {
    const whole = fold(started("i-1", 0), ready("i-1", 0), slept("i-1", 0)).wakes;
    expect(fold(slept("i-1", 0), started("i-1", 0), ready("i-1", 0), slept("i-1", 0)).wakes).toEqual(whole);
    expect(fold(ready("i-1", 0), slept("i-1", 0)).wakes).toEqual(whole);
    expect(fold(slept("i-1", 0)).wakes).toEqual([{ ...whole[0], address: null }]);
  });

  test("was used by nobody before there was an address: traffic is known by the minute", () => {
    const early = slept("i-1", 0, { phases: { ...ready("i-1", 0).phases, traffic: at(0, 45) } });
    expect(fold(ready("i-1", 0), early).wakes[0]!.phases.slice(-2)).toEqual([
      { name: "published", at: at(1) },
      { name: "traffic", at: at(1) },
    ]);
  });

  test("that goes on is up until now, and nothing is said of its end", () => {
    expect(fold(started("i-1", 30)).wakes[0]).toMatchObject({
      readyMs: null,
      address: null,
      slept: null,
      upSeconds: 29 * 60 - 3,
      isFalse: null,
      usd: null,
    });
    expect(fold(started("i-1", 30), ready("i-1", 30)).wakes[0]).toMatchObject({ readyMs: 60_000, slept: null, keptUp: null });
  });

  test("before the newest has ended, though nobody has written when", () => {
    const [newest, lost] = fold(started("i-1", 0), started("i-2", 30)).wakes;
    expect(newest).toMatchObject({ id: "i-2", upSeconds: 29 * 60 - 3 });
    expect(lost).toMatchObject({ id: "i-1", slept: null, upSeconds: null });
  });

  test.each<[string, Partial<SleptLine>, boolean | null, string | null]>([
    ["nobody used", { used: { minutes: 0 }, traffic: undefined }, true, "nobody used it"],
    ["only queries kept up", { used: { minutes: 3, queriesOnly: 3 } }, true, "only DNS queries, in 3 minutes"],
    ["one request used", { used: { minutes: 1 }, traffic: { sum: 1, unit: "requests" } }, false, "used in 1 minute, 1 request in all"],
    ["nothing was measured of", { used: undefined, traffic: undefined }, null, null],
  ])("that %s is marked so", (_, changes, isFalse, keptUp) => {
    expect(fold(slept("i-1", 0, changes)).wakes[0]).toMatchObject({ isFalse, keptUp });
  });

  test("of a task that is never published is ready when it runs; its exit code is told", () => {
    const { published: _, ...phases } = ready("t", 0).phases;
    const run = fold({ ...ready("t", 0), phases }, slept("t", 0, { phases, why: "failed", exitCode: 3, usd: undefined })).wakes[0];
    expect(run).toMatchObject({ readyMs: 50_000, exitCode: 3, usd: null, slept: { why: "failed" } });
  });
});

test("the newest wake comes first", () => {
  expect(fold(slept("i-1", 0), slept("i-3", 30), slept("i-2", 25)).wakes.map(({ id }) => id)).toEqual(["i-3", "i-2", "i-1"]);
});

describe("alerts", () => {
  const notice: Notice = { id: "n1", occasion: "ready", application: "arcade", environment: "local", leaf: "hello", at: at(1) };
  const told = (id: string, minute: number): NoticeLine => ({ line: "notice", at: at(minute), subject: "hello is up", notice: { ...notice, id } });
  const sent = (id: string, to: string, ok: boolean, minute = 2): DeliveryLine => ({
    line: "delivery",
    at: at(minute),
    id,
    channel: "webhook",
    to,
    ok,
    ...(ok ? {} : { error: "answered 500" }),
  });

  test("are each there once, the newest first, with whom they reached", () => {
    const { alerts } = fold(told("n1", 1), told("n1", 1), told("n2", 5), sent("n1", "a.example", true), sent("n2", "b.example", false));
    expect(alerts.map(({ notice: { id }, deliveries }) => [id, deliveries.map(({ to, ok }) => [to, ok])])).toEqual([
      ["n2", [["b.example", false]]],
      ["n1", [["a.example", true]]],
    ]);
    expect(alerts[0]!.deliveries[0]).toEqual({ channel: "webhook", to: "b.example", ok: false, error: "answered 500", at: at(2) });
  });

  test("that a place took at last have reached it, whatever went wrong before or after", () => {
    const { alerts } = fold(told("n1", 1), sent("n1", "a", false, 2), sent("n1", "a", true, 3), sent("n1", "a", false, 4));
    expect(alerts[0]!.deliveries).toEqual([{ channel: "webhook", to: "a", ok: true, at: at(3) }]);
  });
});

test.each<[Waker, string]>([
  [{ by: "dns" }, "DNS query from an unknown resolver"],
  [{ by: "http", what: "GET /api/login", who: "192.0.2.9" }, "GET /api/login from 192.0.2.9"],
  [{ by: "event", what: "Order placed", who: "shop" }, 'event "Order placed" of shop'],
  [{ by: "schedule", who: "arcade-report-1" }, "schedule arcade-report-1"],
  [{ by: "cli", who: "kim" }, "kim (rouse)"],
  [{ by: "hand" }, "by hand"],
])("%j is said in words", (waker, words) => expect(wokenByWords(waker)).toBe(words));

describe("a line", () => {
  test("that a function has written is read", () => {
    for (const line of [started("i-1", 0), ready("i-1", 0), slept("i-1", 0)]) expect(readLine(JSON.stringify(line))).toEqual(line);
  });

  test.each([
    "hello",
    "",
    "null",
    "[]",
    "{}",
    '"slept"',
    '{"line":"slept"}',
    '{"line":"slept","at":"2026-01-05T12:00:00Z","wake":"i-1"}',
    '{"line":"started","at":"2026-01-05T12:00:00Z","wake":"i-1","woken":{"by":"dns"}}',
    '{"line":"notice","at":"2026-01-05T12:00:00Z"}',
    '{"line":"delivery","at":"2026-01-05T12:00:00Z"}',
    '{"line":"other","at":"2026-01-05T12:00:00Z"}',
    '{"line":"constructor","at":"2026-01-05T12:00:00Z"}',
  ])("that somebody wrote by hand is passed over: %s", (text) => expect(readLine(text)).toBeUndefined());
});
