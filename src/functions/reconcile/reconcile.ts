import type { Marks } from "../shared/marks.ts";
import { ASLEEP, UNAVAILABLE_ADDRESS } from "../shared/names.ts";

/** What is there now, as far as the record depends on it. */
export interface Observation {
  readonly desired: number;
  readonly instances: readonly ObservedInstance[];
  readonly tasks: readonly ObservedTask[];
  readonly marks: Marks;
}

/** An instance of the leaf's group. */
export interface ObservedInstance {
  readonly id: string;
  /** Auto Scaling's: `Pending`, `InService`, `Terminating:Wait`, … */
  readonly lifecycle: string;
  /** EC2's; undefined when EC2 does not know it (any more). */
  readonly state?: string;
  readonly address?: string;
  /** Milliseconds. */
  readonly launchedAt?: number;
}

/** A task of the leaf's service. */
export interface ObservedTask {
  readonly instanceId?: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly health?: string;
  /** Milliseconds, all three. `pulledAt`: its image was there. */
  readonly createdAt?: number;
  readonly pulledAt?: number;
  readonly startedAt?: number;
}

/** What the leaf's two records say. */
export interface Published {
  readonly address: string;
  /** `asleep`, `starting <instance>` or `up <instance>`: the last thing that was announced. Then ` left-up`, if that was too. */
  readonly announced: string;
}

/** The instance whose address may be published: in service, running, with a task that serves. */
export function serving({ instances, tasks }: Observation, healthCheck: boolean): ObservedInstance | undefined {
  const serves = (task: ObservedTask): boolean =>
    task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING" && (!healthCheck || task.health === "HEALTHY");
  return instances.find(
    (instance) =>
      instance.lifecycle === "InService" &&
      instance.state === "running" &&
      instance.address !== undefined &&
      tasks.some((task) => task.instanceId === instance.id && serves(task)),
  );
}

/** On its way up, or up: not terminating, detached or in standby. */
export const isComing = ({ lifecycle, state }: Pick<ObservedInstance, "lifecycle" | "state">): boolean =>
  (lifecycle.startsWith("Pending") || lifecycle === "InService") && (state === undefined || state === "pending" || state === "running");

/**
 * What the records should say. Depends on the present state and on what was announced last, never on an event.
 *
 * A task that is replaced on the same instance (a deploy, one crash) takes the address away and brings it back without a
 * word; another instance is another occasion.
 */
export function shouldBe(observed: Observation, before: Published, healthCheck: boolean): Published {
  const instance = serving(observed, healthCheck);
  if (instance) return { address: instance.address!, announced: `up ${instance.id}` };
  const coming = observed.desired > 0 ? observed.instances.find(isComing) : undefined;
  const address = UNAVAILABLE_ADDRESS;
  if (coming) return { address, announced: before.announced === `up ${coming.id}` ? before.announced : `starting ${coming.id}` };
  // Desired, but no instance yet: between the wake and the launch, or between a broken instance and its replacement.
  return { address, announced: observed.desired > 0 ? before.announced : ASLEEP };
}

const MINUTE_MS = 60_000;

/**
 * The minutes, now and to come, in which a container that runs but is not healthy yet may still be booting. They count as
 * activity: nobody can use what is not published, and that is no idleness. ECS ends the boot when its patience does.
 * @param bootMs how long that is; 0 where there is no health check
 */
export function bootMinutes({ tasks }: Observation, bootMs: number, now: number): number[] {
  const booting = tasks.filter((task) => task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING" && task.health !== "HEALTHY");
  const until = Math.max(...booting.map(({ startedAt }) => (startedAt ?? now) + bootMs));
  return bootMs > 0 && until > now ? Array.from({ length: Math.ceil((until - now) / MINUTE_MS) + 1 }, (_, minute) => now + minute * MINUTE_MS) : [];
}

export type Occasion = "starting" | "up" | "stopped" | "left-up";

/**
 * What a change of the records is to be announced as. An instance that was up before anybody looked has started too: whoever
 * reads the messages gets the same ones for every wake, however quick it was.
 */
export function occasionsOf(before: Published, after: Published): Occasion[] {
  if (before.announced === after.announced) return [];
  if (after.announced === ASLEEP) return ["stopped"];
  const [what, instance] = after.announced.split(" ");
  if (what !== "up") return ["starting"];
  return before.announced === `starting ${instance}` ? ["up"] : ["starting", "up"];
}
