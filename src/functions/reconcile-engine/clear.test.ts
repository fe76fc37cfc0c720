import { expect, test } from "vitest";
import type { SeenTask } from "../shared/seen-task.ts";
import { arnOf, stopped, task } from "../testing/engines.ts";
import { VirtualTime } from "../testing/virtual-time.ts";
import { clear, type ClearWorld } from "./clear.ts";

const UP = { occasion: "up" as const, task: "a", at: 1 };

/** Tasks that take three seconds to stop. */
function fake(tasks: SeenTask[], stopMs = 3_000) {
  const time = new VirtualTime();
  const done: string[] = [];
  let seen = tasks;
  const change = (arn: string, changes: Partial<SeenTask>): void => void (seen = seen.map((one) => (one.arn === arn ? { ...one, ...changes } : one)));
  const world: ClearWorld = {
    now: time.now,
    sleep: time.sleep,
    tasks: async () => seen,
    targets: async () => [
      { address: "10.0.0.1", port: 8080, state: "healthy" },
      { address: "10.0.0.9", port: 8080, state: "healthy" },
    ],
    closeDoor: async () => void done.push("closed"),
    deregister: async (targets) => void done.push(`out ${targets.map(({ address }) => address).join()}`),
    stop: async (arn) => {
      done.push(`stop ${arn.split("/").at(-1)}`);
      change(arn, { desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" });
      time.after(stopMs, () => change(arn, { lastStatus: "STOPPED" }));
    },
    announced: { read: async () => [UP], forget: async ({ occasion }) => void done.push(`forgot ${occasion}`) },
  };
  const run = (isOurs: (task: SeenTask) => boolean = () => true) => clear(world, isOurs, time.at + 60_000, () => {});
  return { time, done, run };
}

test("nobody comes in, targets go, tasks stop, and it waits until they have", async () => {
  const { done, run, time } = fake([task("a"), stopped("old", 1)]);
  await run();
  expect(done.filter((one, index) => done.indexOf(one) === index)).toEqual(["closed", "out 10.0.0.1", "stop a", "forgot up"]);
  expect(done.filter((one) => one.startsWith("stop"))).toHaveLength(1);
  expect(time.at - 2_000_000_000).toBeGreaterThanOrEqual(3_000);
});

test("what somebody else has started in their own cluster goes on", async () => {
  const { done, run } = fake([task("a", { startedBy: "rouse/event" }), task("theirs", { startedBy: "me", address: "10.0.0.9" })]);
  await run(({ startedBy }) => startedBy?.startsWith("rouse/") === true);
  expect(done).toContain("stop a");
  expect(done.join()).not.toMatch(/theirs|10\.0\.0\.9/);
});

test("tasks that do not stop fail the deletion, by name", async () => {
  await expect(fake([task("a")], 600_000).run()).rejects.toThrow(`1 tasks are still stopping: ${arnOf("a")}`);
});
