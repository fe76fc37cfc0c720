import { createColors } from "picocolors";
import { expect, test } from "vitest";
import type { Wake } from "../operate/history-types.ts";
import { historyText } from "./history-text.ts";

const style = { paint: createColors(false), details: true, since: "7d" };
const at = (second: number): string => new Date(Date.UTC(2026, 0, 5, 17, 3, second)).toISOString();
const wake: Wake = {
  leaf: "hello",
  id: "i-1",
  woken: { by: "dns", who: "192.0.2.53" },
  wokenBy: "DNS query from 192.0.2.53",
  phases: [
    { name: "asked", at: at(0) },
    { name: "noticed", at: at(4) },
    { name: "published", at: at(68) },
  ],
  readyMs: 68_000,
  address: "hello.example.com:8080",
  slept: { at: at(900), why: "idle", reason: "idle" },
  keptUp: "nobody used it",
  upSeconds: 896,
  usd: 0.0042,
  isFalse: true,
};

test("a wake with its phases, what it cost and that nobody used it; and the sums", () => {
  expect(historyText([{ leaf: "hello", wakes: [wake], alerts: [] }], style)).toBe(
    [
      "WHEN               READY IN  UP      COST     WHY IT SLEPT",
      "2026-01-05 17:03Z  68 s      15 min  $0.0042  idle",
      "  DNS query from 192.0.2.53  nobody used it",
      "  asked 17:03:00.000Z → noticed +4.0 s → published +64 s",
      "  reached at hello.example.com:8080",
      "  kept up: nobody used it",
      "",
      "1 wake in the last 7d, 1 of them unused, ready in 68 s (median), up for 15 min, $0.0042 for the hours up",
      "",
    ].join("\n"),
  );
});

test("nothing, in plain words", () => {
  expect(historyText([{ leaf: "hello", wakes: [], alerts: [] }], style)).toBe("Nothing was woken in the last 7d.\n");
});
