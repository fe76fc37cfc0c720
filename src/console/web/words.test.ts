import { describe, expect, test } from "vitest";
import { amount, byUrgency, clockOf, duration, money, shortDuration, stateWords, totals, when, whySlept, withLocalTimes } from "./words.ts";

describe("words of the page", () => {
  test("durations", () => {
    expect([0, 119_000, 120_000, 59 * 60_000, 65 * 60_000, 47 * 3_600_000, 3 * 86_400_000].map(duration)).toEqual([
      "0 s",
      "119 s",
      "2 min",
      "59 min",
      "1 h 05 min",
      "47 h 00 min",
      "3 days",
    ]);
    expect([850, 2100, 42_000].map(shortDuration)).toEqual(["850 ms", "2.1 s", "42 s"]);
  });

  test("times, by how long they have been", () => {
    const now = new Date(2026, 0, 6, 20, 31).getTime();
    expect(when(new Date(2026, 0, 6, 9, 5).getTime(), now)).toBe("09:05");
    expect(when(new Date(2026, 0, 5, 23, 59).getTime(), now)).toBe("Monday 23:59");
    expect(when(new Date(2025, 11, 30, 0, 0).getTime(), now)).toBe("30 Dec 00:00");
  });

  test("times of lines, and in sentences from elsewhere", () => {
    const at = new Date(2026, 0, 6, 20, 49, 12, 7);
    expect(clockOf(at.toISOString())).toBe("20:49:12.007");
    const now = new Date(2026, 0, 6, 20, 31).getTime();
    expect(withLocalTimes(`stopped; starts again ${at.toISOString()}, or by rouse wake`, now)).toBe("stopped; starts again 20:49, or by rouse wake");
    expect(withLocalTimes("i-2026-01-06 is no time", now)).toBe("i-2026-01-06 is no time");
  });

  test("states", () => {
    const now = Date.parse("2026-01-06T20:31:00Z");
    const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();
    expect(stateWords({ state: "awake", since: at(-70) }, at(4), now)).toBe("sleeps in 4 min");
    expect(stateWords({ state: "awake", since: at(-70) }, null, now)).toBe("for 1 h 10 min");
    expect(stateWords({ state: "waking", since: at(-0.5) }, null, now)).toBe("for 30 s");
    expect(stateWords({ state: "asleep", since: null }, null, now)).toBe("");
    expect(totals(["asleep", "awake", "asleep", "crashed"])).toBe("1 crashed, 1 awake, 2 asleep");
  });

  test("what needs somebody comes first", () => {
    const status = (name: string, state: "asleep" | "crashed" | "awake") => ({ name, state, address: null, since: null });
    const order = [status("b", "asleep"), status("a", "asleep"), status("c", "crashed"), status("d", "awake")].toSorted(byUrgency);
    expect(order.map(({ name }) => name)).toEqual(["c", "d", "a", "b"]);
  });

  test("why it slept", () => {
    expect(whySlept({ at: "", why: "idle", reason: "idle" })).toBe("nobody used it");
    expect(whySlept({ at: "", why: "crashed", reason: "its container exited with code 3" })).toBe("its container exited with code 3");
  });

  test("money and traffic", () => {
    expect([0, 0.001, 0.31, 12].map(money)).toEqual(["$0.00", "< $0.01", "$0.31", "$12.00"]);
    expect([amount(353, "bytes/s"), amount(1175, "bytes/s"), amount(42_000, "bytes/s"), amount(3_100_000, "bytes/s"), amount(1, "requests")]).toEqual(
      ["353 B/s", "1.2 kB/s", "42 kB/s", "3.1 MB/s", "1 request"],
    );
  });
});
