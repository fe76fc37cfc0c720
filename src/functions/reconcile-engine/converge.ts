import type { Recorder } from "../shared/aws-record.ts";
import type { Message } from "../shared/aws-tell.ts";
import { type Log, told } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import type { StopMark } from "../shared/engine.ts";
import { type SeenTask, taskId } from "../shared/seen-task.ts";
import { paidSeconds } from "../shared/task-life.ts";
import type { Announcement } from "./announce.ts";
import { type Action, activityNeeded, decide, type Plan } from "./decide.ts";
import { readyLine, sleptLine } from "./history.ts";
import type { Minute } from "./idle.ts";
import { type Details, messageFor } from "./messages.ts";
import type { Announced, Config, Observation, Place, Target } from "./observation.ts";

/** What the function sees and does. The real one is aws-world.ts. */
export interface World extends Time {
  observe(): Promise<Observation>;
  /** Only this of it, for close looks. */
  targets(): Promise<readonly Target[]>;
  minutes(from: number, to: number): Promise<Minute[]>;
  register(targets: readonly Place[]): Promise<void>;
  deregister(targets: readonly Place[]): Promise<void>;
  route(to: "service" | "doorman"): Promise<void>;
  mark(task: string, mark: StopMark): Promise<void>;
  unmark(task: string): Promise<void>;
  /** Unless that mark is gone. */
  stop(task: string, mark: StopMark, reason: string): Promise<void>;
  /** @returns false when somebody else has it already */
  lock(announced: Omit<Announced, "at">): Promise<boolean>;
  forget(announced: Announced): Promise<void>;
  /** To people, and into the history. */
  tell(message: Message): Promise<void>;
  /** Into the history. */
  readonly record: Recorder;
  /** The last lines of a task's log. @param id of it */
  tail(id: string): Promise<readonly string[]>;
  /** Sees to it that this function is invoked at that time, and at no other; undefined: never. */
  check(at: number | undefined): Promise<void>;
}

/** More changes in a row than one run can have to make. Each further change has an event of its own. */
const MOST_CHANGES = 20;
/** Between the switch of the rule and the first target's end. Elastic Load Balancing says of no time; a second is ample where it was looked at. */
const SETTLE_MS = 2_000;
const CLOSE_LOOK = { first: 10, most: 1_000, share: 20 };
/** How long close looks at the targets alone may go on before everything is looked at again. */
const LOOK_AGAIN_MS = 2_000;
/** A schedule has whole seconds, and takes a while to be made. */
const SOONEST_CHECK_MS = 15_000;

/**
 * Makes targets, rule and tasks what they should be: looks, decides, acts, and looks again, until nothing is left to do. So
 * the last of several that run at once has looked after everybody's last change.
 * @param until when to leave the rest to the check schedule, milliseconds
 * @throws what AWS answers, and Error when it does not come to rest; Lambda then tries again
 */
export async function converge(world: World, config: Config, until: number, log: Log): Promise<void> {
  const began = world.now();
  let changes = 0;
  for (;;) {
    const { observed, plan } = await look(world, config);
    if (plan.actions.length > 0) {
      if (++changes > MOST_CHANGES) throw new Error(`${config.leaf} did not come to rest in ${MOST_CHANGES} rounds`);
      log("changing", { leaf: config.leaf, actions: plan.actions, observed: brief(observed) });
      for (const action of plan.actions) await act(world, config, action, observed, log);
    } else if (plan.soon && world.now() < until) {
      changes = 0;
      await closeLook(world, observed.targets, began, Math.min(until, world.now() + LOOK_AGAIN_MS));
    } else {
      const at = plan.check === undefined ? undefined : Math.max(plan.check, world.now() + SOONEST_CHECK_MS);
      await world.check(at);
      return log("right", { leaf: config.leaf, check: at && new Date(at).toISOString(), observed: brief(observed) });
    }
  }
}

async function look(world: World, config: Config): Promise<{ observed: Observation; plan: Plan }> {
  const observed = await world.observe();
  const from = activityNeeded(observed, config);
  const minutes = from === undefined ? undefined : await world.minutes(from, observed.now);
  return { observed, plan: decide(observed, config, minutes) };
}

/** Comes back when the targets are others than they were, or at that time. */
async function closeLook(world: World, before: readonly Target[], began: number, end: number): Promise<void> {
  const told = (targets: readonly Target[]): string =>
    JSON.stringify(targets.map(({ address, port, state }) => `${address}:${port} ${state}`).sort());
  while (world.now() < end) {
    await world.sleep(nextPoll(world.now() - began, CLOSE_LOOK));
    if (told(await world.targets()) !== told(before)) return;
  }
}

async function act(world: World, config: Config, action: Action, observed: Observation, log: Log): Promise<void> {
  switch (action.do) {
    case "route":
      await world.route(action.to);
      if (action.settle) await world.sleep(SETTLE_MS);
      return;
    case "register":
      return await world.register(action.targets);
    case "deregister":
      return await world.deregister(action.targets);
    case "mark":
      return await world.mark(action.task, action.mark);
    case "unmark":
      return await world.unmark(action.task);
    case "stop":
      return await world.stop(action.task, action.mark, action.reason);
    case "forget":
      return await world.forget(action.announced);
    case "announce":
      return await announce(world, config, action.announcement, observed, log);
  }
}

async function announce(world: World, config: Config, announcement: Announcement, observed: Observation, log: Log): Promise<void> {
  const { occasion, task, aloud } = announcement;
  if (!(await world.lock({ occasion, task }))) return;
  const about = observed.tasks.find(({ arn }) => taskId(arn) === task);
  // At most once: whoever comes after does not know whether it was sent. And it must not stand in the way of the rest.
  const quietly = (error: unknown): void => log("not told", { occasion, task, error: told(error) });
  if (aloud) {
    const details = await detailsOf(world, announcement, about, log);
    await world.tell(messageFor(announcement, config, world.now(), details)).catch(quietly);
  }
  if (about) await record(world, config, occasion, about).catch(quietly);
}

async function detailsOf(world: World, { occasion, last }: Announcement, task: SeenTask | undefined, log: Log): Promise<Details> {
  if (occasion === "stopped" && task) return { upSeconds: paidSeconds(task, world.now()) };
  if (occasion !== "crashed" || last === undefined) return {};
  return await world.tail(last).then(
    (lines) => ({ log: lines }),
    (error: unknown) => (log("no log", { task: last, error: told(error) }), {}),
  );
}

async function record(world: World, config: Config, occasion: Announcement["occasion"], task: SeenTask): Promise<void> {
  if (occasion === "up") return await world.record(readyLine(task, config, world.now()));
  if (occasion !== "stopped" && occasion !== "ended") return;
  const end = task.stoppedAt ?? world.now();
  const { startedAt } = task;
  const isMeasured = config.isMeasured && startedAt !== undefined;
  const minutes = isMeasured ? await world.minutes(startedAt, end).catch(() => undefined) : undefined;
  await world.record(sleptLine(task, config, minutes, world.now()));
}

const brief = ({ tasks, targets, route }: Observation): object => ({
  tasks: tasks.map(({ arn, lastStatus, desiredStatus, mark }) => ({ arn, lastStatus, desiredStatus, mark })),
  targets,
  route,
});
