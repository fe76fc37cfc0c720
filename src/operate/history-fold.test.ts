import { describe, expect, test } from "vitest";
import type { HistoryLine } from "../functions/shared/record.ts";
import { foldHistory, readLine, wokenByWords } from "./history-fold.ts";

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 12, 0, seconds)).toISOString();
const NOW = Date.UTC(2026, 0, 5, 13);
const dns = { by: "dns", who: "192.0.2.1", subnet: "198.51.100.0/24" } as const;

const started: HistoryLine = { line: "started", wake: "i-1", at: at(4), woken: dns, phases: { asked: at(0), noticed: at(2), desired: at(3) } };
const ready: HistoryLine = {
  line: "ready",
  wake: "i-1",
  at: at(60),
  woken: dns,
  address: "203.0.113.1",
  phases: { asked: at(0), noticed: at(2), desired: at(3), instance: at(30), running: at(50), published: at(60) },
};
const slept: HistoryLine = {
  line: "slept",
  wake: "i-1",
  at: at(1200),
  woken: dns,
  phases: { ...ready.phases, traffic: at(120) },
  why: "idle",
  reason: "nobody used it",
  upSeconds: 1197,
  usd: 0.01,
  used: { minutes: 10, queriesOnly: 2, lastAt: at(900) },
  traffic: { sum: 1_500_000, unit: "bytes" },
};

describe("a history from its lines", () => {
  test("a wake that has ended", () => {
    const { wakes } = foldHistory("hello", [started, ready, slept], NOW);
    expect(wakes).toEqual([
      {
        leaf: "hello",
        id: "i-1",
        woken: dns,
        wokenBy: "DNS query from 192.0.2.1 for 198.51.100.0/24",
        phases: [
          { name: "asked", at: at(0) },
          { name: "noticed", at: at(2) },
          { name: "desired", at: at(3) },
          { name: "instance", at: at(30) },
          { name: "running", at: at(50) },
          { name: "published", at: at(60) },
          { name: "traffic", at: at(120) },
        ],
        readyMs: 60_000,
        address: "203.0.113.1",
        slept: { at: at(1200), why: "idle", reason: "nobody used it" },
        keptUp: "used in 8 minutes, the last at 12:15Z, 1.5 MB in all",
        upSeconds: 1197,
        usd: 0.01,
        isFalse: false,
      },
    ]);
  });

  test("the same from lines in any order, and twice", () => {
    const once = foldHistory("hello", [started, ready, slept], NOW);
    expect(foldHistory("hello", [slept, ready, started, slept, ready], NOW)).toEqual(once);
  });

  test("one that goes on, and one whose end nobody has written", () => {
    const before: HistoryLine = { ...started, wake: "i-0", phases: { asked: at(-3600), desired: at(-3597) } };
    const [first, second] = foldHistory("hello", [before, started], NOW).wakes;
    expect(first).toMatchObject({ id: "i-1", slept: null, upSeconds: 3597, readyMs: null, isFalse: null });
    expect(second).toMatchObject({ id: "i-0", slept: null, upSeconds: null });
  });

  test("one that nobody used, or only the queries did", () => {
    const unused = (used: object) => foldHistory("hello", [{ ...slept, used } as HistoryLine], NOW).wakes[0]!;
    expect(unused({ minutes: 0 })).toMatchObject({ isFalse: true, keptUp: "nobody used it" });
    expect(unused({ minutes: 1, queriesOnly: 1 })).toMatchObject({ isFalse: true, keptUp: "only DNS queries, in 1 minute" });
  });

  test("alerts, each with whom it reached at last", () => {
    const notice: HistoryLine = {
      line: "notice",
      at: at(5),
      subject: "hello is starting",
      notice: { id: "n1", occasion: "starting", application: "arcade", environment: "local", at: at(5) },
    };
    const delivery = (ok: boolean, seconds: number): HistoryLine => ({
      line: "delivery",
      at: at(seconds),
      id: "n1",
      channel: "discord",
      to: "discord.com",
      ok,
      ...(ok ? {} : { error: "HTTP 500" }),
    });
    const { alerts } = foldHistory("hello", [delivery(false, 6), notice, notice, delivery(true, 9), delivery(false, 8)], NOW);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.deliveries).toEqual([{ channel: "discord", to: "discord.com", ok: true, at: at(9) }]);
  });

  test("what somebody else has written into the log is no line", () => {
    for (const text of ["", "hello", "null", "[]", '{"line":"started"}', '{"line":"other","at":"x"}']) expect(readLine(text)).toBeUndefined();
    expect(readLine(JSON.stringify(started))).toEqual(started);
  });

  test.each([
    [{ by: "http", who: "203.0.113.9", what: "GET /api/auth/" }, "GET /api/auth/ from 203.0.113.9"],
    [{ by: "event", who: "custom.app", what: "Start ECS Task" }, 'event "Start ECS Task" of custom.app'],
    [{ by: "schedule", who: "nightly" }, "schedule nightly"],
    [{ by: "cli", who: "anna" }, "anna (rouse)"],
    [{ by: "hand" }, "by hand"],
  ] as const)("who woke it, in words: %j", (waker, words) => {
    expect(wokenByWords(waker)).toBe(words);
  });
});
