import type { Engine, StopMark } from "../shared/engine.ts";
import type { Capacity, RunAnswer, Tasks } from "../shared/ensure-task.ts";
import { isLiving, type SeenTask, taskId } from "../shared/seen-task.ts";
import type { World } from "../reconcile-engine/converge.ts";
import type { Minute } from "../reconcile-engine/idle.ts";
import type { HistoryLine } from "../shared/record.ts";
import type { Message } from "../shared/aws-tell.ts";
import type { Announced, Observation, Place, Route, Target } from "../reconcile-engine/observation.ts";
import { arnOf, task } from "./engines.ts";
import { Killed, type Scheduler } from "./scheduler.ts";

interface Row {
  task: SeenTask;
  /** When its container answers health checks; undefined: never. */
  readonly bootMs: number | undefined;
}

/** ECS, a load balancer, parameters and a schedule, as far as the functions of one engine see them. */
export class FakeCloud {
  readonly rows: Row[] = [];
  targets: (Target & { drainedAt?: number })[] = [];
  rule: Route = "other";
  announced: Announced[] = [];
  readonly told: string[] = [];
  readonly lines: HistoryLine[] = [];
  check: number | undefined;
  readonly requests: number[] = [];
  /** What went against a rule that holds at every moment. */
  readonly wrongs: string[] = [];
  /** Told of each change of a task's state. */
  onEvent: () => void = () => {};
  started = 0;
  /** Whether tasks fail by themselves. */
  isRough = true;
  private readonly tokens = new Map<string, Row>();
  readonly scheduler: Scheduler;
  readonly engine: Engine;
  private readonly random: () => number;
  private readonly drainMs: number;

  constructor(scheduler: Scheduler, engine: Engine, random: () => number, drainMs: number) {
    this.scheduler = scheduler;
    this.engine = engine;
    this.random = random;
    this.drainMs = drainMs;
  }

  get tasks(): SeenTask[] {
    return this.rows.map(({ task }) => task);
  }

  get living(): SeenTask[] {
    return this.tasks.filter(isLiving);
  }

  private change(arn: string, changes: Partial<SeenTask>): void {
    const row = this.rows.find(({ task }) => task.arn === arn)!;
    row.task = { ...row.task, ...changes };
    this.onEvent();
  }

  /** It ends by itself, or could not start. */
  die(arn: string, stopCode = "EssentialContainerExited"): void {
    const now = this.scheduler.now;
    if (!this.living.some((one) => one.arn === arn)) return;
    this.change(arn, {
      desiredStatus: "STOPPED",
      lastStatus: "STOPPED",
      stopCode,
      stoppedAt: now,
      containers: [{ name: "auth", exitCode: 1, ports: [] }],
    });
  }

  private start(): Row {
    const id = `t${++this.started}`;
    const now = this.scheduler.now;
    const fresh = task(id, { lastStatus: "PROVISIONING", createdAt: now, startedAt: undefined, address: `10.0.0.${this.started}` });
    const row: Row = { task: fresh, bootMs: this.isRough && this.random() < 0.1 ? undefined : 500 + this.random() * 90_000 };
    this.rows.push(row);
    if (this.living.length > 1) this.wrongs.push(`${id} was started beside ${this.living[0]!.arn}`);
    this.onEvent();
    const fails = this.isRough && this.random() < 0.1;
    this.scheduler.later(1_000 + this.random() * 20_000, () => {
      if (!isLiving(row.task)) return;
      if (fails) this.die(fresh.arn, "TaskFailedToStart");
      else this.change(fresh.arn, { lastStatus: "RUNNING", startedAt: this.scheduler.now });
    });
    if (this.isRough && this.random() < 0.3) this.scheduler.later(this.random() * 300_000, () => this.die(fresh.arn));
    return row;
  }

  private stop(arn: string, reason: string): void {
    const row = this.rows.find(({ task }) => task.arn === arn)!;
    if (!isLiving(row.task)) return;
    const { mark, lastStatus, address } = row.task;
    const drained = !this.targets.some((target) => target.address === address && target.state !== "draining");
    if (mark?.drain && lastStatus === "RUNNING" && !drained) this.wrongs.push(`${arn} was stopped before it was drained`);
    this.change(arn, { desiredStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: reason, mark: undefined });
    this.scheduler.later(1_000 + this.random() * 30_000, () => this.change(arn, { lastStatus: "STOPPED", stoppedAt: this.scheduler.now }));
  }

  /** As Elastic Load Balancing would tell it now. */
  private seenTargets(): Target[] {
    const now = this.scheduler.now;
    this.targets = this.targets.filter(({ drainedAt }) => drainedAt === undefined || drainedAt > now);
    return this.targets.map(({ address, port, drainedAt }) => {
      const row = this.rows.find(({ task }) => task.address === address);
      const up = row?.task.lastStatus === "RUNNING" && row.bootMs !== undefined ? row.task.startedAt! + row.bootMs : Infinity;
      const isNamed = this.rule !== "other";
      const state =
        drainedAt !== undefined
          ? "draining"
          : !isNamed
            ? "unused"
            : up <= now
              ? "healthy"
              : row && row.task.startedAt! + 30_000 > now
                ? "initial"
                : "unhealthy";
      return { address, port, state };
    });
  }

  /** True where a client's request reaches a task that answers. */
  request(): boolean {
    if (this.rule !== "service" || !this.seenTargets().some(({ state }) => state === "healthy")) return false;
    this.requests.push(this.scheduler.now);
    return true;
  }

  /** @param guard thrown from when the caller is killed */
  tasksFor(guard: () => void): Tasks {
    const call = <T>(effect: () => T): Promise<T> => this.call(guard, effect);
    return {
      look: () => call(() => this.known()),
      describe: (arns) => call(() => this.known().filter(({ arn }) => arns.includes(arn))),
      use: (arn, at, marked) =>
        call(() => {
          const row = this.rows.find(({ task }) => task.arn === arn);
          if (!row || row.task.lastStatus === "STOPPED") throw new Error("the task has stopped");
          row.task = { ...row.task, usedAt: at, ...(marked ? { mark: undefined } : {}) };
        }),
      poke: () => call(() => this.onEvent()),
      revision: () => call(() => "arcade-auth:3"),
      run: (token: string, _capacity: Capacity, startedBy: string) =>
        call((): RunAnswer => {
          const known = this.tokens.get(token);
          const now = this.scheduler.now;
          const isForgotten = known?.task.stoppedAt !== undefined && now - known.task.stoppedAt > 60 * 60_000;
          // Another parameter, startedBy, is a conflict on ECS.
          if (known && !isForgotten) return startedBy === "rouse/http" ? { task: known.task } : { taken: [known.task.arn] };
          const row = this.start();
          this.tokens.set(token, row);
          return { task: row.task };
        }),
    };
  }

  worldFor(guard: () => void): World {
    const call = <T>(effect: () => T): Promise<T> => this.call(guard, effect);
    return {
      now: () => this.scheduler.now,
      sleep: (ms) => this.scheduler.wait(ms),
      observe: async (): Promise<Observation> => {
        const now = this.scheduler.now;
        const [tasks, targets, route, announced] = await Promise.all([
          call(() => this.known()),
          call(() => this.seenTargets()),
          call(() => this.rule),
          call(() => this.announced),
        ]);
        return { tasks, targets, route, announced, instances: {}, now };
      },
      targets: () => call(() => this.seenTargets()),
      minutes: (from, to) => call(() => this.minutes(from, to)),
      register: (places) => call(() => places.forEach((place) => this.register(place))),
      deregister: (places) =>
        call(() => {
          for (const target of this.targets)
            if (places.some(({ address }) => address === target.address)) target.drainedAt ??= this.scheduler.now + this.drainMs;
        }),
      route: (to) => call(() => void (this.rule = to)),
      mark: (arn: string, mark: StopMark) => call(() => this.mark(arn, mark)),
      unmark: (arn) => call(() => this.mark(arn, undefined)),
      stop: async (arn, mark, reason) => {
        const isMarked = await call(() => this.living.find((task) => task.arn === arn)?.mark?.at === mark.at);
        if (isMarked) await call(() => this.stop(arn, reason));
      },
      lock: (one) =>
        call(() => {
          if (this.announced.some(({ occasion, task }) => occasion === one.occasion && task === one.task)) return false;
          this.announced = [...this.announced, { ...one, at: this.scheduler.now }];
          return true;
        }),
      forget: (one) =>
        call(() => void (this.announced = this.announced.filter(({ occasion, task }) => occasion !== one.occasion || task !== one.task))),
      tell: (message: Message) => call(() => void this.told.push(message.subject)),
      record: (...lines) => call(() => void this.lines.push(...lines)),
      tail: () => Promise.resolve([]),
      check: (at) => call(() => this.schedule(at)),
    };
  }

  private async call<T>(guard: () => void, effect: () => T): Promise<T> {
    guard();
    const answer = await this.scheduler.call(() => {
      guard();
      return effect();
    });
    guard();
    return answer;
  }

  /** ECS forgets a stopped task after an hour. */
  private known(): SeenTask[] {
    return this.tasks.filter(({ lastStatus, stoppedAt = 0 }) => lastStatus !== "STOPPED" || this.scheduler.now - stoppedAt < 60 * 60_000);
  }

  private register(place: Place): void {
    this.targets = [...this.targets.filter(({ address }) => address !== place.address), { ...place, state: "initial" }];
  }

  mark(arn: string, mark: StopMark | undefined): void {
    const row = this.rows.find(({ task }) => task.arn === arn);
    if (row && row.task.lastStatus !== "STOPPED") row.task = { ...row.task, mark };
  }

  /** The last two minutes are not known yet. */
  private minutes(from: number, to: number): Minute[] {
    const known = this.requests.filter((at) => at >= from && at < to && at < this.scheduler.now - 110_000);
    return [...new Set(known.map((at) => Math.floor(at / 60_000) * 60_000))].map((at) => ({ at, requests: 1, allRequests: 1, connections: 1 }));
  }

  private schedule(at: number | undefined): void {
    this.check = at;
    if (at === undefined) return;
    this.scheduler.later(Math.max(0, at - this.scheduler.now), () => {
      if (this.check === at) this.onCheck();
    });
  }
  onCheck: () => void = () => {};
}

/** Throws at the nth call from now. */
export function killAfter(calls: number): () => void {
  let left = calls;
  return () => {
    if (left-- <= 0) throw new Killed("killed");
  };
}

export { arnOf, taskId };
