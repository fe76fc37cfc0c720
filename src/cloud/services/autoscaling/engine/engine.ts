import type { Timer } from "../../../core/clock.ts";
import type { InstanceView } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { AutoScalingPorts } from "../index.ts";
import { activities, groups, groupScopes, instances, isLeaving, isPending, membersOf } from "../state.ts";
import type { ActionRow, ActivityRow, GroupRow, InstanceRow } from "../state.ts";
import { beginActivity, beginCooldown, endActivity } from "./activities.ts";
import { announceActivity } from "./announce.ts";
import { abandonedBecause, EC2_HEALTH_CHECK, grow, replace, shrink, unhealthy } from "./causes.ts";
import { chooseSubnet, chooseVictims } from "./choose.ts";
import { adoptInstances, forgetGroup } from "./recover.ts";
import { HookWaits } from "./hooks.ts";
import type { HookResult } from "./hooks.ts";
import { itself, launchInstance } from "./launch.ts";
import type { Launched } from "./launch.ts";

/** After a launch failed: half a minute, doubling up to a quarter of an hour. */
const FIRST_RETRY = 30_000;
const LAST_RETRY = 15 * 60_000;

const LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING";
const TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING";

/**
 * Keeps every group at its desired capacity. It acts at once on whatever changed (there is no polling): `converge` compares
 * what should be with what is, and every path leads back to it.
 */
export class GroupEngine {
  readonly waits: HookWaits;
  private readonly deps: AutoScalingPorts;
  /** Launches that EC2 has not answered yet, by group. */
  private readonly launching = new Map<string, Set<ActivityRow>>();
  /** How many of the next launches replace instances that were unhealthy, by group; only their cause tells. */
  private readonly replacing = new Map<string, number>();
  private readonly retries = new Map<string, Timer>();
  /** Groups that are being converged now, and those among them that have to be looked at once more. */
  private readonly busy = new Set<string>();
  private readonly again = new Set<string>();
  private unsubscribe: (() => void) | undefined;

  constructor(deps: AutoScalingPorts) {
    this.deps = deps;
    this.waits = new HookWaits(deps, (scope, action, result, how) => this.afterHook(scope, action, result, how));
  }

  async start(): Promise<void> {
    this.unsubscribe = this.deps.instances.onChange((scope, view) => this.observe(scope, view));
    this.waits.resume();
    for (const scope of groupScopes(this.deps.store)) {
      for (const group of groups(this.deps.store, scope).values()) await this.recover(scope, group);
    }
  }

  stop(): void {
    this.unsubscribe?.();
    this.waits.stop();
    for (const timer of this.retries.values()) timer.cancel();
    this.retries.clear();
  }

  reset(): void {
    this.stop();
    this.launching.clear();
    this.replacing.clear();
    this.unsubscribe = this.deps.instances.onChange((scope, view) => this.observe(scope, view));
  }

  /** Starts and ends instances until the group has as many as it wants. Instances that are going down do not count. */
  converge(scope: Scope, name: string): void {
    const key = this.key(scope, name);
    this.again.add(key);
    if (this.busy.has(key)) return;
    this.busy.add(key);
    try {
      while (this.again.delete(key)) this.step(scope, name);
    } finally {
      this.busy.delete(key);
    }
  }

  private step(scope: Scope, name: string): void {
    const group = groups(this.deps.store, scope).get(name);
    if (!group) return;
    if (group.deleting && membersOf(this.deps.store, scope, name).length === 0 && this.inFlight(scope, name).size === 0) {
      forgetGroup(this.deps.store, scope, group);
      this.clearBackoff(scope, name);
      return;
    }
    this.replaceUnhealthy(scope, group);
    const live = membersOf(this.deps.store, scope, name).filter((instance) => !isLeaving(instance));
    const count = live.length + this.inFlight(scope, name).size;
    if (count < group.desired) this.grow(scope, group, live, count);
    else if (count > group.desired) this.shrink(scope, group, live, count);
    else if (group.causes.length > 0) groups(this.deps.store, scope).update(name, { causes: [] });
  }

  /** Ends an instance, after its hooks have had their time. */
  terminate(scope: Scope, instance: InstanceRow, cause: string, options: { skipHooks?: boolean } = {}): ActivityRow | undefined {
    const group = groups(this.deps.store, scope).get(instance.group);
    if (!group) return undefined;
    this.waits.cancel(scope, instance.id);
    if (isPending(instance)) endActivity(this.deps, scope, instance.activity, "Cancelled");
    const activity = beginActivity(this.deps, scope, group, { kind: "terminate", cause, subnet: instance.subnet, instanceId: instance.id });
    const row = instances(this.deps.store, scope).update(instance.id, { state: "Terminating:Wait", activity: activity.id });
    if (options.skipHooks || !this.waits.begin(scope, row, TERMINATING)) this.endInstance(scope, row);
    return activity;
  }

  /** Deletes a group with all its instances, without waiting for hooks. */
  forceDelete(scope: Scope, group: GroupRow): void {
    groups(this.deps.store, scope).update(group.name, { min: 0, max: 0, desired: 0, deleting: true, causes: [] });
    for (const instance of membersOf(this.deps.store, scope, group.name)) {
      if (!isLeaving(instance)) this.terminate(scope, instance, shrink(this.deps.clock.now(), 1, 0, instance.id), { skipHooks: true });
      else if (instance.state === "Terminating:Wait") {
        this.waits.cancel(scope, instance.id);
        this.endInstance(scope, instance);
      }
    }
    this.converge(scope, group.name);
  }

  /** Tries a launch that failed again now, because somebody asked. */
  clearBackoff(scope: Scope, name: string): void {
    this.retries.get(this.key(scope, name))?.cancel();
    if (groups(this.deps.store, scope).get(name)?.backoff) groups(this.deps.store, scope).update(name, { backoff: undefined });
  }

  private grow(scope: Scope, group: GroupRow, live: InstanceRow[], count: number): void {
    const now = this.deps.clock.now();
    if (this.suspended(group, "Launch") || group.deleting || (group.backoff && group.backoff.until > now)) return;
    const placed: Pick<InstanceRow, "subnet">[] = [
      ...live,
      ...[...this.inFlight(scope, group.name)].map((activity) => ({ subnet: activity.subnet! })),
    ];
    for (let next = count; next < group.desired; next++) {
      const key = this.key(scope, group.name);
      const replacements = this.replacing.get(key) ?? 0;
      this.replacing.set(key, Math.max(0, replacements - 1));
      const cause = replacements > 0 ? replace(now) : [...group.causes, grow(now, count, group.desired)].join("  ");
      const subnet = chooseSubnet(group.subnets, placed);
      placed.push({ subnet });
      void this.deps.clock.during(this.launch(scope, group, beginActivity(this.deps, scope, group, { kind: "launch", cause, subnet })));
    }
    groups(this.deps.store, scope).update(group.name, { causes: [] });
  }

  private async launch(scope: Scope, group: GroupRow, activity: ActivityRow): Promise<void> {
    const inFlight = this.inFlight(scope, group.name);
    inFlight.add(activity);
    const launched = await launchInstance(this.deps, scope, group, { subnet: activity.subnet!, token: activity.id }).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    inFlight.delete(activity);
    if (launched instanceof Error) this.launchFailed(scope, group, activity, launched.message);
    else this.launched(scope, group, activity, launched);
    this.converge(scope, group.name);
  }

  private launched(scope: Scope, group: GroupRow, activity: ActivityRow, launched: Launched): void {
    const { store } = this.deps;
    activities(store, scope).update(activity.id, {
      instanceId: launched.id,
      description: `Launching a new EC2 instance: ${launched.id}`,
      progress: 30,
    });
    instances(store, scope).set(launched.id, {
      ...launched,
      activity: activity.id,
      state: "Pending",
      health: "Healthy",
      isProtected: group.protectNew,
    });
    if (groups(store, scope).get(group.name)?.backoff) groups(store, scope).update(group.name, { backoff: undefined });
    // It may have come up before we knew that it is ours.
    const view = this.deps.instances.get(scope, launched.id);
    if (view) this.observe(scope, view);
  }

  private launchFailed(scope: Scope, group: GroupRow, activity: ActivityRow, reason: string): void {
    const failed = endActivity(this.deps, scope, activity.id, "Failed", `${reason}. Launching EC2 instance failed.`);
    if (failed) announceActivity(this.deps, scope, failed, false);
    const row = groups(this.deps.store, scope).get(group.name);
    if (!row) return;
    const failures = (row.backoff?.failures ?? 0) + 1;
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1));
    groups(this.deps.store, scope).update(group.name, { backoff: { until: this.deps.clock.now() + wait, failures } });
    this.retryAfter(scope, group.name, wait);
  }

  private retryAfter(scope: Scope, name: string, wait: number): void {
    const key = this.key(scope, name);
    this.retries.get(key)?.cancel();
    this.retries.set(
      key,
      this.deps.clock.setTimer(wait, () => this.converge(scope, name)),
    );
  }

  private shrink(scope: Scope, group: GroupRow, live: InstanceRow[], count: number): void {
    if (this.suspended(group, "Terminate") && !group.deleting) return;
    const now = this.deps.clock.now();
    const victims = chooseVictims(live, count - group.desired, group.terminationPolicies, group.template, now);
    if (victims.length > 0) groups(this.deps.store, scope).update(group.name, { causes: [] });
    for (const victim of victims) this.terminate(scope, victim, [...group.causes, shrink(now, count, group.desired, victim.id)].join("  "));
  }

  private replaceUnhealthy(scope: Scope, group: GroupRow): void {
    if (this.suspended(group, "ReplaceUnhealthy") || this.suspended(group, "Terminate")) return;
    for (const instance of membersOf(this.deps.store, scope, group.name)) {
      if (isLeaving(instance) || instance.health === "Healthy") continue;
      const key = this.key(scope, group.name);
      this.replacing.set(key, (this.replacing.get(key) ?? 0) + 1);
      this.terminate(scope, instance, unhealthy(this.deps.clock.now(), instance.unhealthyBecause ?? EC2_HEALTH_CHECK));
    }
  }

  /** Follows what EC2 says of an instance of ours. */
  private observe(scope: Scope, view: InstanceView): void {
    const instance = instances(this.deps.store, scope).get(view.instanceId);
    if (!instance) return;
    if (view.state === "running") {
      if (instance.state === "Pending") this.arrive(scope, instance);
    } else if (isLeaving(instance)) {
      if (view.state === "terminated" && instance.state === "Terminating:Proceed") this.ended(scope, instance);
    } else if (view.state !== "pending") this.died(scope, instance);
  }

  private arrive(scope: Scope, instance: InstanceRow): void {
    const row = instances(this.deps.store, scope).update(instance.id, { state: "Pending:Wait" });
    if (!this.waits.begin(scope, row, LAUNCHING)) this.enterService(scope, row);
  }

  private enterService(scope: Scope, instance: InstanceRow): void {
    instances(this.deps.store, scope).update(instance.id, { state: "InService", inServiceAt: this.deps.clock.now() });
    const activity = endActivity(this.deps, scope, instance.activity, "Successful");
    beginCooldown(this.deps, scope, instance.group);
    if (activity) announceActivity(this.deps, scope, activity, true);
    this.converge(scope, instance.group);
  }

  private died(scope: Scope, instance: InstanceRow): void {
    const group = groups(this.deps.store, scope).get(instance.group);
    if (!group || this.suspended(group, "HealthCheck")) return;
    instances(this.deps.store, scope).update(instance.id, { health: "Unhealthy", unhealthyBecause: EC2_HEALTH_CHECK });
    this.converge(scope, instance.group);
  }

  private afterHook(scope: Scope, action: ActionRow, result: HookResult, how: "completed" | "timeout"): void {
    const instance = instances(this.deps.store, scope).get(action.instanceId);
    if (!instance || this.waits.pending(scope, action.instanceId, action.transition).length > 0) return;
    if (action.transition === TERMINATING) this.endInstance(scope, instance);
    else if (result === "CONTINUE") this.enterService(scope, instances(this.deps.store, scope).update(instance.id, { state: "Pending:Proceed" }));
    else this.abandon(scope, instance, abandonedBecause(action.token, how));
  }

  /** A launch hook said no: the instance is ended (without the hooks of termination) and replaced. */
  private abandon(scope: Scope, instance: InstanceRow, reason: string): void {
    const failed = endActivity(this.deps, scope, instance.activity, "Cancelled", reason);
    if (failed) announceActivity(this.deps, scope, failed, false);
    this.terminate(scope, instance, unhealthy(this.deps.clock.now(), "a launch failure"), { skipHooks: true });
    this.converge(scope, instance.group);
  }

  private endInstance(scope: Scope, instance: InstanceRow): void {
    const row = instances(this.deps.store, scope).update(instance.id, { state: "Terminating:Proceed" });
    const state = this.deps.instances.get(scope, instance.id)?.state;
    if (state === undefined || state === "terminated") this.ended(scope, row);
    else if (state !== "shutting-down") void this.deps.clock.during(this.callTerminate(scope, row));
    this.converge(scope, instance.group);
  }

  private async callTerminate(scope: Scope, instance: InstanceRow): Promise<void> {
    try {
      await this.deps.api.call("ec2", "TerminateInstances", { InstanceIds: [instance.id] }, scope, itself(scope));
    } catch (error) {
      const activity = activities(this.deps.store, scope).get(instance.activity);
      const message = error instanceof Error ? error.message : String(error);
      if (activity) announceActivity(this.deps, scope, { ...activity, message }, false);
      this.deps.clock.setTimer(FIRST_RETRY, () => {
        if (instances(this.deps.store, scope).get(instance.id)) this.endInstance(scope, instance);
      });
    }
  }

  private ended(scope: Scope, instance: InstanceRow): void {
    instances(this.deps.store, scope).delete(instance.id);
    this.waits.cancel(scope, instance.id);
    const activity = endActivity(this.deps, scope, instance.activity, "Successful");
    beginCooldown(this.deps, scope, instance.group);
    if (activity) announceActivity(this.deps, scope, activity, true);
    this.converge(scope, instance.group);
  }

  /**
   * After a restart: takes in instances whose launch had not been written down yet, ends activities that nobody works on
   * any more, and looks at every instance again.
   */
  private async recover(scope: Scope, group: GroupRow): Promise<void> {
    await adoptInstances(this.deps, scope, group);
    for (const activity of activities(this.deps.store, scope).filter(
      (row) => row.group === group.name && row.kind === "launch" && row.endedAt === undefined,
    )) {
      if (!instances(this.deps.store, scope).get(activity.instanceId ?? "")) endActivity(this.deps, scope, activity.id, "Cancelled");
    }
    for (const instance of membersOf(this.deps.store, scope, group.name)) {
      const view = this.deps.instances.get(scope, instance.id);
      if (instance.state === "Terminating:Proceed") this.endInstance(scope, instance);
      else if (view) this.observe(scope, view);
      else if (!isLeaving(instance)) this.died(scope, instance);
    }
    if (group.backoff) this.retryAfter(scope, group.name, Math.max(0, group.backoff.until - this.deps.clock.now()));
    this.converge(scope, group.name);
  }

  private suspended(group: GroupRow, process: string): boolean {
    return group.suspended.some((one) => one.process === process);
  }

  private inFlight(scope: Scope, name: string): Set<ActivityRow> {
    const key = this.key(scope, name);
    let set = this.launching.get(key);
    if (!set) this.launching.set(key, (set = new Set()));
    return set;
  }

  private key(scope: Scope, name: string): string {
    return `${scope.account}|${scope.region}|${name}`;
  }
}
