import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import { defaultRuntimeDir, type Environment } from "./environment.ts";
import { Pool } from "./pool.ts";

let pool: Pool | undefined;
afterEach(() => pool?.close());

test("a burst of one function does not cost another its warm environment", () => {
  const clock = new VirtualClock();
  pool = new Pool({ clock, runtimeDir: defaultRuntimeDir(), blanks: 0, warm: 3, idleMs: 600_000 });
  pool.open();
  const later = clock.now() + 3_600_000;
  const start = pool.takeBlank(128);
  const burst: Environment[] = Array.from({ length: 4 }, () => pool!.takeBlank(128));
  pool.giveBack("start-system", start, later);
  for (const environment of burst) pool.giveBack("reconcile", environment, later);

  expect(pool.takeWarm("start-system")).toBe(start);
  expect([pool.takeWarm("reconcile"), pool.takeWarm("reconcile"), pool.takeWarm("reconcile")]).toEqual([burst[3], burst[2], undefined]);
});

test("with one of each, the one unused for longest is given up", () => {
  const clock = new VirtualClock();
  pool = new Pool({ clock, runtimeDir: defaultRuntimeDir(), blanks: 0, warm: 2, idleMs: 600_000 });
  pool.open();
  for (const key of ["a", "b", "c"]) pool.giveBack(key, pool.takeBlank(128), clock.now() + 3_600_000);
  expect(["a", "b", "c"].map((key) => pool!.takeWarm(key) !== undefined)).toEqual([false, true, true]);
});

test("an environment that is given back for a short time ends after it, and others stay", async () => {
  const clock = new VirtualClock();
  pool = new Pool({ clock, runtimeDir: defaultRuntimeDir(), blanks: 0, warm: 4, idleMs: 600_000 });
  pool.open();
  const later = clock.now() + 3_600_000;
  pool.giveBack("custom-resource", pool.takeBlank(128), later, 1000);
  pool.giveBack("start-system", pool.takeBlank(128), later);
  await clock.advance(1001);
  expect(["custom-resource", "start-system"].map((key) => pool!.takeWarm(key) !== undefined)).toEqual([false, true]);
});
