import { expect, test } from "vitest";
import { VirtualClock } from "../../../../core/clock.ts";
import type { HealthCheck, TargetHealthRow } from "../../state.ts";
import type { Outcome } from "./check.ts";
import { matches } from "./matcher.ts";
import { afterCheck, watchTarget, type Streak } from "./monitor.ts";

test.each([
  ["200", 200, true],
  ["200", 201, false],
  ["200,202", 202, true],
  ["200-299", 250, true],
  ["200-299,404", 404, true],
  ["200-599", 200, undefined],
  ["199", 199, undefined],
  ["299-200", 250, undefined],
  ["ok", 200, undefined],
])("matcher %s and code %i: %s", (matcher, code, expected) => {
  expect(matches(matcher, code)).toBe(expected);
});

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const after = (state: TargetHealthRow["state"], outcomes: Outcome["kind"][]): string[] => {
  let streak: Streak = { health: { state }, successes: 0, failures: 0 };
  return outcomes.map((kind) => {
    streak = afterCheck(streak, kind === "code" ? { kind, code: 503 } : { kind }, thresholds);
    return streak.health.state;
  });
};

test("one success makes a fresh target healthy, a run of them an unhealthy one; a run of failures makes any unhealthy", () => {
  expect(after("initial", ["ok"])).toEqual(["healthy"]);
  expect(after("initial", ["refused", "ok"])).toEqual(["initial", "healthy"]);
  expect(after("initial", ["refused", "timeout"])).toEqual(["initial", "unhealthy"]);
  expect(after("healthy", ["code", "ok", "code", "code"])).toEqual(["healthy", "healthy", "healthy", "unhealthy"]);
  expect(after("unhealthy", ["ok", "ok", "failed", "ok", "ok", "ok"])).toEqual([
    "unhealthy",
    "unhealthy",
    "unhealthy",
    "unhealthy",
    "unhealthy",
    "healthy",
  ]);
});

const CHECK: HealthCheck = {
  enabled: true,
  protocol: "HTTP",
  port: "traffic-port",
  path: "/",
  interval: 30,
  timeout: 5,
  matcher: "200",
  ...thresholds,
};

test("after the quick checks there is one for each interval, whatever they take; none after the end", async () => {
  const clock = new VirtualClock();
  const began = clock.now();
  const times: number[] = [];
  const seen: string[] = [];
  let outcome: Outcome = { kind: "code", code: 503 };
  const end = watchTarget({
    clock,
    check: CHECK,
    health: { state: "initial" },
    probe: async () => {
      times.push((clock.now() - began) / 1000);
      return outcome;
    },
    onHealth: ({ state, reason }) => void seen.push(`${state} ${reason ?? ""}`.trim()),
  });
  await clock.advance(70_000);
  expect(times).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 60]);
  expect(seen).toEqual(["initial Elb.InitialHealthChecking", "unhealthy Target.ResponseCodeMismatch"]);
  outcome = { kind: "ok" };
  await clock.advance(80_000);
  expect(seen.at(-1)).toBe("healthy");
  end();
  const count = times.length;
  await clock.advance(120_000);
  expect(times).toHaveLength(count);
});
