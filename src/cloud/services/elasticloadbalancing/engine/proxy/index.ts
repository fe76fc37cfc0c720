import type { DataPlane, ListenerPlan, TargetGroupPlan } from "../model.ts";
import { Deadlines } from "./deadlines.ts";
import type { ProxyDeps } from "./deps.ts";
import type { Shared } from "./front.ts";
import { Group } from "./group.ts";
import { Listener } from "./listener.ts";
import { Meter } from "./meter.ts";
import { TraceIds } from "./outbound.ts";
import { Pacing } from "./pacing.ts";
import { Sticky } from "./sticky.ts";

export type { ProxyDeps } from "./deps.ts";

/** The proxy of this cloud's Application Load Balancers. See README.md beside it for what it does and what it lacks. */
export function createDataPlane(deps: ProxyDeps): DataPlane {
  return new Plane(deps);
}

class Plane implements DataPlane {
  private readonly listeners = new Map<string, Listener>();
  private readonly closing = new Set<Listener>();
  private readonly groups = new Map<string, Group>();
  private readonly deadlines: Deadlines;
  private readonly meter: Meter;
  private readonly shared: Shared;
  private readonly deps: ProxyDeps;

  constructor(deps: ProxyDeps) {
    this.deps = deps;
    this.deadlines = new Deadlines(deps.clock);
    this.meter = new Meter(deps.clock, deps.metrics);
    this.shared = {
      deps,
      deadlines: this.deadlines,
      meter: this.meter,
      pacing: Pacing.of(deps.clock),
      sticky: new Sticky(deps.ids),
      trace: new TraceIds(deps.ids),
      groups: this.groups,
      portAt: (loadBalancerArn, port) => this.portAt(loadBalancerArn, port),
    };
  }

  async setListener(plan: ListenerPlan, at: { host: string; port: number }): Promise<{ port: number }> {
    const open = this.listeners.get(plan.arn);
    if (open && open.host === at.host && open.wantedPort === at.port && open.plan.protocol === plan.protocol) {
      open.set(plan);
      return { port: open.port };
    }
    // Closed first: the new one may want the same port, with another protocol.
    if (open) this.close(plan.arn, open);
    const listener = await Listener.open(plan, at, this.shared);
    this.listeners.set(plan.arn, listener);
    return { port: listener.port };
  }

  removeListener(arn: string): Promise<void> {
    const listener = this.listeners.get(arn);
    if (listener) this.close(arn, listener);
    return Promise.resolve();
  }

  private close(arn: string, listener: Listener): void {
    this.listeners.delete(arn);
    this.closing.add(listener);
    listener.close();
  }

  setTargetGroup(plan: TargetGroupPlan): void {
    const known = this.groups.get(plan.arn);
    if (known) known.set(plan);
    else this.groups.set(plan.arn, new Group(plan, this.deps, this.deadlines));
  }

  removeTargetGroup(arn: string): void {
    this.groups.get(arn)?.remove();
    this.groups.delete(arn);
  }

  inFlight(targetGroupArn: string, target: { id: string; port?: number }): number {
    return this.groups.get(targetGroupArn)?.find(target)?.inFlight ?? 0;
  }

  async stop(): Promise<void> {
    const listeners = [...this.listeners.values(), ...this.closing];
    this.listeners.clear();
    this.closing.clear();
    await Promise.all(listeners.map((listener) => listener.stop()));
    for (const group of this.groups.values()) group.destroy();
    this.deadlines.stop();
    this.meter.stop();
  }

  private portAt(loadBalancerArn: string, port: string): string {
    for (const listener of this.listeners.values()) {
      if (listener.plan.loadBalancer.arn === loadBalancerArn && String(listener.plan.port) === port) return String(listener.port);
    }
    return port;
  }
}
