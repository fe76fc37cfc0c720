import type { Log } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask } from "../shared/seen-task.ts";
import type { Announced, Place, Target } from "./observation.ts";

/** AWS, as far as the end of an engine needs it. */
export interface ClearWorld extends Time {
  tasks(): Promise<readonly SeenTask[]>;
  targets(): Promise<readonly Target[]>;
  /** Requests get 503 from now on and wake nobody. */
  closeDoor(): Promise<void>;
  deregister(targets: readonly Place[]): Promise<void>;
  stop(task: string): Promise<void>;
  readonly announced: { read(): Promise<Announced[]>; forget(one: Announced): Promise<void> };
}

/**
 * The engine is deleted: stops its tasks and waits until ECS has let go of them. A cluster with tasks cannot be deleted, nor the
 * security group of their interfaces; and a task in a cluster that is not ours would run for ever, with nobody to stop it.
 * @param isOurs of the tasks of the engine's family
 * @param until when to give up, milliseconds
 * @throws Error when tasks are still stopping then; the deletion fails, and can be tried again
 */
export async function clear(world: ClearWorld, isOurs: (task: SeenTask) => boolean, until: number, log: Log): Promise<void> {
  await world.closeDoor();
  const began = world.now();
  for (;;) {
    const there = (await world.tasks()).filter((task) => isOurs(task) && task.lastStatus !== "STOPPED");
    if (there.length === 0) break;
    log("clearing", { tasks: there.map(({ arn, lastStatus, desiredStatus }) => ({ arn, lastStatus, desiredStatus })) });
    await deregister(world, there);
    for (const { arn } of there.filter(isLiving)) await world.stop(arn);
    if (world.now() >= until) throw new Error(`${there.length} tasks are still stopping: ${there.map(({ arn }) => arn).join(", ")}`);
    await world.sleep(nextPoll(world.now() - began, { first: 100, most: 2_000 }));
  }
  // What was told of it is remembered in parameters that no template knows.
  for (const one of await world.announced.read()) await world.announced.forget(one);
}

/** Those with an address of their own; what shares an instance's is gone with its target group. */
async function deregister(world: ClearWorld, tasks: readonly SeenTask[]): Promise<void> {
  const addresses = new Set(tasks.map(({ address }) => address));
  const targets = (await world.targets()).filter(({ address, state }) => state !== "draining" && addresses.has(address));
  if (targets.length > 0) await world.deregister(targets.map(({ address, port }) => ({ address, port })));
}
