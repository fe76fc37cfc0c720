import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { LifecycleWait } from "../../../core/ports.ts";
import type { AutoScalingPorts } from "../index.ts";
import { actions, groups, hooks } from "../state.ts";
import type { ActionRow, InstanceRow, Transition } from "../state.ts";
import { announceLifecycle } from "./announce.ts";

export type HookResult = "CONTINUE" | "ABANDON";
type Deps = Pick<AutoScalingPorts, "store" | "clock" | "ids" | "events" | "sns">;
type Listener = (scope: Scope, wait: LifecycleWait) => void | Promise<void>;

/** "The maximum time … an instance can remain in a wait state is 48 hours or 100 times the heartbeat timeout, whichever is smaller." */
const LONGEST_WAIT = 48 * 3_600_000;

/** The lifecycle actions that instances wait for, and their heartbeats on the clock. */
export class HookWaits {
  private readonly deps: Deps;
  private readonly timers = new Map<string, Timer>();
  private readonly listeners = new Set<Listener>();
  private readonly onDone: (scope: Scope, action: ActionRow, result: HookResult, how: "completed" | "timeout") => void;

  constructor(deps: Deps, onDone: HookWaits["onDone"]) {
    this.deps = deps;
    this.onDone = onDone;
  }

  onLifecycle(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Lets an instance wait for every hook of its group for this transition. @returns false when there is none */
  begin(scope: Scope, instance: InstanceRow, transition: Transition): boolean {
    const group = groups(this.deps.store, scope).get(instance.group);
    const own = hooks(this.deps.store, scope).filter((hook) => hook.group === instance.group && hook.transition === transition);
    if (!group || own.length === 0) return false;
    const now = this.deps.clock.now();
    const begun = own.map((hook) => {
      const { heartbeatTimeout, defaultResult } = hook;
      const latest = now + Math.min(LONGEST_WAIT, heartbeatTimeout * 1000 * 100);
      const deadline = Math.min(latest, now + heartbeatTimeout * 1000);
      const token = this.deps.ids.uuid();
      const action: ActionRow = {
        token,
        group: group.name,
        hook: hook.name,
        instanceId: instance.id,
        transition,
        defaultResult,
        heartbeatTimeout,
        deadline,
        latest,
      };
      actions(this.deps.store, scope).set(token, action);
      return { hook, action };
    });
    for (const { hook, action } of begun) {
      this.arm(scope, action);
      announceLifecycle(this.deps, scope, group, hook, action);
      this.tell(scope, action);
    }
    return true;
  }

  /** Everything that an instance still waits for, for a transition. */
  pending(scope: Scope, instanceId: string, transition: Transition): ActionRow[] {
    return actions(this.deps.store, scope).filter((action) => action.instanceId === instanceId && action.transition === transition);
  }

  complete(scope: Scope, action: ActionRow, result: HookResult, how: "completed" | "timeout" = "completed"): void {
    if (!this.drop(scope, action)) return;
    // "ABANDON … stops any remaining actions, such as other lifecycle hooks."
    if (result === "ABANDON") for (const other of this.pending(scope, action.instanceId, action.transition)) this.drop(scope, other);
    this.onDone(scope, action, result, how);
  }

  heartbeat(scope: Scope, action: ActionRow): void {
    const deadline = Math.min(action.latest, this.deps.clock.now() + action.heartbeatTimeout * 1000);
    this.arm(scope, actions(this.deps.store, scope).update(action.token, { deadline }));
  }

  /** Forgets what an instance waits for. */
  cancel(scope: Scope, instanceId: string): void {
    for (const action of actions(this.deps.store, scope).filter((row) => row.instanceId === instanceId)) this.drop(scope, action);
  }

  /** After a restart: the heartbeats go on, and who listens is told again. */
  resume(): void {
    for (const scope of this.deps.store.scopes("autoscaling.actions")) {
      for (const action of actions(this.deps.store, scope).values()) {
        this.arm(scope, action);
        this.tell(scope, action);
      }
    }
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private arm(scope: Scope, action: ActionRow): void {
    this.timers.get(action.token)?.cancel();
    const timer = this.deps.clock.setTimer(Math.max(0, action.deadline - this.deps.clock.now()), () =>
      this.complete(scope, action, action.defaultResult, "timeout"),
    );
    this.timers.set(action.token, timer);
  }

  private drop(scope: Scope, action: ActionRow): boolean {
    this.timers.get(action.token)?.cancel();
    this.timers.delete(action.token);
    return actions(this.deps.store, scope).delete(action.token);
  }

  private tell(scope: Scope, action: ActionRow): void {
    const wait: LifecycleWait = {
      autoScalingGroupName: action.group,
      lifecycleHookName: action.hook,
      lifecycleActionToken: action.token,
      instanceId: action.instanceId,
      transition: action.transition,
    };
    for (const listener of this.listeners) {
      const told = listener(scope, wait);
      if (told) void this.deps.clock.during(told);
    }
  }
}
