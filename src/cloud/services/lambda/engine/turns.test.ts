import { expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import type { Environment } from "./environment.ts";
import { Turns } from "./turns.ts";

/** Two at once; `start` is what an invocation does, and notes in `order` what it got. */
function world(): { turns: Turns; order: string[]; start: (key: string) => () => void } {
  const turns = new Turns(new VirtualClock(), 2);
  const order: string[] = [];
  const start = (key: string): (() => void) => {
    let end: () => void = () => {};
    const started = new Promise<void>((resolve) => (end = resolve));
    void turns.wait(key).then(
      (environment) => {
        order.push(environment ? `${key} warm` : key);
        return environment ? undefined : turns.during(() => started);
      },
      (error: Error) => order.push(`${key} ${error.name}`),
    );
    return end;
  };
  return { turns, order, start };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("no more than so many start at once, and the function that had the fewest turns is next", async () => {
  const { order, start } = world();
  const doors = Array.from({ length: 4 }, () => start("door"));
  const reconcile = start("reconcile");
  await settled();
  expect(order).toEqual(["door", "door"]);
  doors[0]!();
  await settled();
  expect(order).toEqual(["door", "door", "reconcile"]);
  reconcile();
  doors[1]!();
  await settled();
  expect(order).toEqual(["door", "door", "reconcile", "door", "door"]);
});

test("who waits takes an environment of its function that has become free", async () => {
  const { turns, order, start } = world();
  for (let i = 0; i < 3; i++) start("door");
  await settled();
  expect(turns.pass("other", {} as Environment)).toBe(false);
  expect(turns.pass("door", {} as Environment)).toBe(true);
  await settled();
  expect(order).toEqual(["door", "door", "door warm"]);
  expect(turns.pass("door", {} as Environment)).toBe(false);
});

test("a start that waits for something does not keep the others from theirs, and nobody waits once the cloud is stopped", async () => {
  const { turns, order, start } = world();
  for (let i = 0; i < 3; i++) start("hangs");
  await expect.poll(() => order, { timeout: 10_000 }).toEqual(["hangs", "hangs", "hangs"]);
  start("hangs");
  start("hangs");
  await settled();
  turns.close();
  await settled();
  expect(order.slice(3)).toEqual(["hangs", "hangs ServiceException"]);
});
