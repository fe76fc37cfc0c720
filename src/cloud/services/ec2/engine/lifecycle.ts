import type { Clock, Timer } from "../../../core/clock.ts";
import type { EventsPort, InstancesPort, InstanceView } from "../../../core/ports.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { instances, type InstanceRow, type InstanceState } from "../state.ts";
import type { Addresses } from "./addresses.ts";
import { viewOf } from "./view.ts";

export interface LifecycleDeps {
  store: Store;
  clock: Clock;
  events: EventsPort;
  /** Milliseconds from pending to running. */
  bootDelayMs?: number | ((instance: InstanceView) => number);
  /** Milliseconds from shutting-down to terminated, and from stopping to stopped. */
  stopDelayMs?: number | ((instance: InstanceView) => number);
}

/** Instances here are as fast as the machine: just long enough for every state to be seen. */
const DEFAULT_DELAY_MS = 5;

/** Terminated instances are shown for about an hour (EC2 User Guide, "Terminate Amazon EC2 instances"). */
const SHOWN_MS = 3600_000;

type Listener = Parameters<InstancesPort["onChange"]>[0];
type Reason = NonNullable<InstanceRow["stateReason"]>;

export const BY_USER: Reason = { code: "Client.UserInitiatedShutdown", message: "Client.UserInitiatedShutdown: User initiated shutdown" };

/** This machine went down with the instance on it; EC2 calls that a hardware failure of its own. */
const POWER_LOST: Reason = {
  code: "Server.InternalError",
  message: "Server.InternalError: Internal error on launch or hardware failure: the machine lost power",
};

/** Moves instances from state to state, and tells of it. */
export class Lifecycle {
  private readonly deps: LifecycleDeps;
  private readonly addresses: Addresses;
  private readonly listeners = new Set<Listener>();
  private readonly quiet = new Set<(scope: Scope, instance: InstanceView) => void>();
  private readonly timers = new Map<string, Timer>();

  constructor(deps: LifecycleDeps, addresses: Addresses) {
    this.deps = deps;
    this.addresses = addresses;
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A new row in state pending, or one that was stopped: gets its public address and boots. */
  boot(scope: Scope, row: InstanceRow): void {
    const publicIp = row.wantsPublicIp ? this.addresses.allocate(row.id) : undefined;
    instances(this.deps.store, scope).set(row.id, { ...row, publicIp, state: "pending", stateReason: undefined });
    this.tell(scope, row.id);
    this.later(scope, row.id, "pending", "running", this.deps.bootDelayMs);
  }

  terminate(scope: Scope, id: string, reason: Reason): void {
    const row = instances(this.deps.store, scope).get(id);
    if (!row || row.state === "shutting-down" || row.state === "terminated") return;
    this.move(scope, id, "shutting-down", reason);
    this.later(scope, id, "shutting-down", "terminated", this.deps.stopDelayMs);
  }

  stop(scope: Scope, id: string, reason: Reason): void {
    this.move(scope, id, "stopping", reason);
    this.later(scope, id, "stopping", "stopped", this.deps.stopDelayMs);
  }

  /** Tells the listeners of a change that is none of the state (monitoring, tags). No event. */
  refresh(scope: Scope, id: string): void {
    const row = instances(this.deps.store, scope).get(id);
    if (!row) return;
    const view = viewOf(this.deps.store, scope, row);
    for (const listener of this.quiet) listener(scope, view);
  }

  /** Told of every change of state, before the listeners, and of `refresh`: for parts of this service. */
  follow(listener: (scope: Scope, instance: InstanceView) => void): void {
    this.quiet.add(listener);
  }

  /** After a restart of the cloud: what was up has lost its power and is gone. */
  recover(): void {
    for (const scope of this.deps.store.scopes("ec2.instances")) {
      for (const row of instances(this.deps.store, scope).values()) {
        if (row.state === "terminated" || row.state === "stopped") continue;
        this.change(scope, row.id, "terminated", row.stateReason ?? POWER_LOST);
        // Told a moment later: those who listen may not have started yet.
        this.deps.clock.setTimer(0, () => this.tell(scope, row.id));
      }
    }
  }

  /** Forgets instances that have been terminated for long. */
  sweep(scope: Scope): void {
    const table = instances(this.deps.store, scope);
    const now = this.deps.clock.now();
    for (const row of table.filter(({ terminatedAt }) => terminatedAt !== undefined && terminatedAt + SHOWN_MS < now)) table.delete(row.id);
  }

  cancel(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private later(scope: Scope, id: string, from: InstanceState, to: InstanceState, delayMs: LifecycleDeps["bootDelayMs"] = DEFAULT_DELAY_MS): void {
    this.timers.get(id)?.cancel();
    const row = instances(this.deps.store, scope).get(id)!;
    const delay = typeof delayMs === "number" ? delayMs : delayMs(viewOf(this.deps.store, scope, row));
    const timer = this.deps.clock.setTimer(delay, () => {
      this.timers.delete(id);
      if (instances(this.deps.store, scope).get(id)?.state === from) this.move(scope, id, to);
    });
    this.timers.set(id, timer);
  }

  private move(scope: Scope, id: string, state: InstanceState, reason?: Reason): void {
    this.change(scope, id, state, reason);
    this.tell(scope, id);
  }

  private change(scope: Scope, id: string, state: InstanceState, reason?: Reason): void {
    const table = instances(this.deps.store, scope);
    const row = table.get(id)!;
    const gone = state === "terminated" || state === "stopped";
    if (gone && row.publicIp) this.addresses.release(row.publicIp);
    table.set(id, {
      ...row,
      state,
      ...(reason ? { stateReason: reason } : {}),
      ...(gone ? { publicIp: undefined } : {}),
      ...(state === "terminated" ? { terminatedAt: this.deps.clock.now() } : {}),
    });
  }

  /** "EC2 Instance State-change Notification" (EC2 User Guide, "State change events for your instances"), then the listeners. */
  private tell(scope: Scope, id: string): void {
    const row = instances(this.deps.store, scope).get(id);
    if (!row) return;
    this.deps.events.emit(scope, {
      source: "aws.ec2",
      detailType: "EC2 Instance State-change Notification",
      resources: [arn("ec2", scope, `instance/${id}`)],
      detail: { "instance-id": id, state: row.state },
    });
    const view = viewOf(this.deps.store, scope, row);
    for (const listener of this.quiet) listener(scope, view);
    for (const listener of this.listeners) this.inform(listener, scope, view);
  }

  /** A listener's failure is its own: it goes to the clock's error handler and stops nobody else. */
  private inform(listener: Listener, ...[scope, view]: Parameters<Listener>): void {
    const report = (error: unknown): void =>
      void this.deps.clock.setTimer(0, () => {
        throw error;
      });
    try {
      const result = listener(scope, view);
      if (result) result.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
