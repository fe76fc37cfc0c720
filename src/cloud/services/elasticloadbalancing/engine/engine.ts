import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { ElbPorts } from "../deps.ts";
import {
  listeners,
  listenersOf,
  loadBalancers,
  scopesOf,
  targetGroups,
  targetKey,
  targets,
  targetsOf,
  usersOf,
  type ListenerRow,
  type TargetGroupRow,
  type TargetRow,
} from "../state.ts";
import { watchTarget } from "./health/monitor.ts";
import { probe } from "./health/probe.ts";
import { standingOf } from "./health/states.ts";
import { ListenerPorts } from "./listener-ports.ts";
import { HealthMetrics } from "./metrics.ts";
import { groupPlan } from "./plans.ts";

const own = ({ account, region }: Scope): Scope => ({ account, region });

/** What moves by itself: health checks, draining, metrics; and what keeps the data plane up to date with the state. */
export class Engine {
  private readonly ports: ElbPorts;
  private readonly listenerPorts: ListenerPorts;
  private readonly metrics: HealthMetrics;
  private readonly monitors = new Map<string, () => void>();
  private readonly draining = new Map<string, Timer>();
  private readonly unsubscribe: (() => void)[] = [];
  private readonly listeners = new Set<(scope: Scope, groupArn: string) => void>();

  constructor(ports: ElbPorts) {
    this.ports = ports;
    this.listenerPorts = new ListenerPorts(ports);
    this.metrics = new HealthMetrics(ports);
  }

  /** Goes on from the state: what was known of targets' health is known no more, so they are checked at once. */
  async start(): Promise<void> {
    const { store, certificates, instances } = this.ports;
    this.unsubscribe.push(
      certificates.onChange((arn) => this.certificateChanged(arn)),
      instances.onChange((scope, { instanceId }) => this.instanceChanged(scope, instanceId)),
    );
    for (const scope of scopesOf(store)) {
      for (const target of targets(store, scope).values()) {
        const { healthySince: _since, ...rest } = target;
        targets(store, scope).set(targetKey(target), { ...rest, health: { state: "initial" } });
        if (target.drainingUntil !== undefined) this.drain(scope, targetKey(target), target.drainingUntil);
      }
      this.usesChanged(scope);
      for (const listener of listeners(store, scope).values()) await this.listenerPorts.apply(scope, listener.arn);
    }
  }

  async stop(): Promise<void> {
    for (const end of this.unsubscribe.splice(0)) end();
    for (const end of this.monitors.values()) end();
    for (const timer of this.draining.values()) timer.cancel();
    this.monitors.clear();
    this.draining.clear();
    this.metrics.stop();
    const { store, dataPlane } = this.ports;
    for (const scope of scopesOf(store)) for (const { arn } of targetGroups(store, scope).values()) dataPlane.removeTargetGroup(arn);
    await this.listenerPorts.stop();
  }

  /** Its listeners serve with what is new, and its targets are looked at with other security groups and zones. */
  async loadBalancerChanged(scope: Scope, arn: string): Promise<void> {
    for (const listener of listenersOf(this.ports.store, scope, arn)) await this.listenerPorts.apply(own(scope), listener.arn);
    this.usesChanged(scope);
  }

  /**
   * To be called after a listener or its rules came or changed; resolves when it serves so. Groups first: a rule must not
   * forward to one whose targets the data plane believes unused.
   */
  async listenerChanged(scope: Scope, arn: string): Promise<void> {
    this.usesChanged(scope);
    await this.listenerPorts.apply(own(scope), arn);
  }

  async listenerRemoved(_scope: Scope, arn: string): Promise<void> {
    await this.listenerPorts.remove(arn);
  }

  /** Which groups are in use may have changed. */
  usesChanged(scope: Scope): void {
    const users = usersOf(this.ports.store, scope);
    for (const group of targetGroups(this.ports.store, scope).values()) this.groupChanged(scope, group.arn, users);
  }

  groupRemoved(scope: Scope, arn: string): void {
    for (const key of [...this.monitors.keys(), ...this.draining.keys()]) if (key.startsWith(`${arn} `)) this.forget(key);
    this.ports.dataPlane.removeTargetGroup(arn);
    this.tell(scope, arn);
  }

  /** The settings of its health checks changed: what is known of the targets stays, the checks begin anew. */
  checksChanged(scope: Scope, arn: string): void {
    for (const target of targetsOf(this.ports.store, scope, arn)) this.unwatch(targetKey(target));
    this.groupChanged(scope, arn);
  }

  targetRegistered(_scope: Scope, _groupArn: string, key: string): void {
    this.forget(key);
  }

  targetDeregistered(scope: Scope, key: string): void {
    this.forget(key);
    const until = targets(this.ports.store, scope).get(key)?.drainingUntil;
    if (until !== undefined) this.drain(own(scope), key, until);
  }

  /** To be called after a group or its targets changed: begins and ends checks, and tells the data plane. */
  groupChanged(scope: Scope, arn: string, users = usersOf(this.ports.store, scope)): void {
    const { store, dataPlane } = this.ports;
    const group = targetGroups(store, scope).get(arn);
    if (!group) return;
    for (const target of targetsOf(store, scope, arn)) this.attend(own(scope), group, target, users);
    dataPlane.setTargetGroup(groupPlan(this.ports, scope, group, users));
    this.metrics.wake();
    this.tell(scope, arn);
  }

  /** Told whenever the targets of a group, or what is known of their health, may have changed. Returns what ends it. */
  onTargetsChange(listener: (scope: Scope, groupArn: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private tell(scope: Scope, groupArn: string): void {
    for (const listener of this.listeners) listener(own(scope), groupArn);
  }

  private attend(scope: Scope, group: TargetGroupRow, target: TargetRow, users: Map<string, string>): void {
    const key = targetKey(target);
    const checked = standingOf(this.ports, scope, group, target, users) === undefined;
    if (checked === this.monitors.has(key)) return;
    if (!checked) {
      this.unwatch(key);
      // Once it is used again, it is checked like a fresh one.
      const { healthySince: _since, ...rest } = target;
      targets(this.ports.store, scope).set(key, { ...rest, health: { state: "initial" } });
      return;
    }
    // Before the monitor is there: it tells of its first state at once.
    this.monitors.set(key, () => {});
    const end = watchTarget({
      clock: this.ports.clock,
      check: group.healthCheck,
      probe: () => probe(this.ports, scope, target),
      health: target.health,
      onHealth: (health) => this.healthChanged(scope, key, health),
      quickForMs: this.ports.quick?.forMs,
      heldForMs: this.ports.quick?.heldForMs,
    });
    this.monitors.set(key, end);
  }

  private healthChanged(scope: Scope, key: string, health: TargetRow["health"]): void {
    const { store, clock, dataPlane } = this.ports;
    const table = targets(store, scope);
    const row = table.get(key);
    const group = row && targetGroups(store, scope).get(row.groupArn);
    if (!row || !group) return;
    const first = health.state === "healthy" && row.healthySince === undefined ? { healthySince: clock.now() } : {};
    table.set(key, { ...row, health, ...first });
    dataPlane.setTargetGroup(groupPlan(this.ports, scope, group));
    this.tell(scope, group.arn);
  }

  private drain(scope: Scope, key: string, until: number): void {
    const { clock, store } = this.ports;
    const done = (): void => {
      this.draining.delete(key);
      const row = targets(store, scope).get(key);
      if (row?.drainingUntil === undefined) return;
      targets(store, scope).delete(key);
      this.groupChanged(scope, row.groupArn);
    };
    this.draining.set(key, clock.setTimer(Math.max(0, until - clock.now()), done));
  }

  private unwatch(key: string): void {
    this.monitors.get(key)?.();
    this.monitors.delete(key);
  }

  private forget(key: string): void {
    this.unwatch(key);
    this.draining.get(key)?.cancel();
    this.draining.delete(key);
  }

  private instanceChanged(scope: Scope, instanceId: string): void {
    const { store } = this.ports;
    const touched = targets(store, scope).filter(({ id }) => id === instanceId);
    for (const arn of new Set(touched.map(({ groupArn }) => groupArn))) this.groupChanged(scope, arn);
  }

  private certificateChanged(arn: string): void {
    const { store, clock, log } = this.ports;
    const serves = (row: ListenerRow): boolean => row.certificate === arn || row.certificates.includes(arn);
    for (const scope of scopesOf(store)) {
      for (const listener of listeners(store, scope).filter(serves)) {
        clock
          .during(this.listenerPorts.apply(scope, listener.arn))
          .catch((error: unknown) => log(`rouse: listener ${listener.arn} could not take its new certificate: ${String(error)}`));
      }
    }
  }

  /** Addresses of this machine behind a load balancer's DNS name. */
  addressesOf(dnsName: string): string[] | undefined {
    const known = scopesOf(this.ports.store).some((scope) =>
      loadBalancers(this.ports.store, scope).find((row) => row.dnsName.toLowerCase() === dnsName),
    );
    return known ? [this.listenerPorts.host] : undefined;
  }
}
