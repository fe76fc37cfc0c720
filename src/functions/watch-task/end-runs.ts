import type { Log } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask } from "../shared/seen-task.ts";
import { isGoing } from "../shared/start-run.ts";

export interface EndWorld extends Time {
  tasks(): Promise<readonly SeenTask[]>;
  stop(task: string): Promise<void>;
  /** What is remembered in parameters that no template knows. */
  forget(): Promise<void>;
}

/**
 * The leaf is deleted: stops its runs and waits until ECS has let go of them, for a cluster with tasks cannot be deleted.
 * @param until when to give up, milliseconds
 * @throws Error when tasks are still stopping then; the deletion fails, and can be tried again
 */
export async function endRuns(world: EndWorld, until: number, log: Log): Promise<void> {
  const began = world.now();
  for (;;) {
    const there = (await world.tasks()).filter(isGoing);
    if (there.length === 0) break;
    log("ending", { tasks: there.map(({ arn, lastStatus, desiredStatus }) => ({ arn, lastStatus, desiredStatus })) });
    for (const { arn } of there.filter(isLiving)) await world.stop(arn);
    if (world.now() >= until) throw new Error(`${there.length} runs are still stopping: ${there.map(({ arn }) => arn).join(", ")}`);
    await world.sleep(nextPoll(world.now() - began, { first: 100, most: 2_000 }));
  }
  await world.forget();
}
