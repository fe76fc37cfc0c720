import type { Route } from "../../../../core/ports.ts";
import type { TargetPlan } from "../model.ts";
import type { Candidate } from "./balance.ts";
import type { BalancerCounters } from "./counters.ts";
import type { Group } from "./group.ts";
import { TargetConnection } from "./target-connection.ts";

/** Something under way to a target, that ends when the target is taken away. */
export interface Abortable {
  /** Where its target lists it: the target's to set. */
  slot: number;
  abort(): void;
}

/** Whose connection it is: a load balancer. */
export interface Owner {
  vpcId: string;
  securityGroupIds: string[];
  idleMs: number;
  counters: BalancerCounters;
}

/** A target as the proxy knows it: what is under way to it, and connections that wait for the next request. */
export class Target implements Candidate {
  readonly group: Group;
  readonly port: number | undefined;
  plan: TargetPlan;
  credit = 0;
  idleMs = 60_000;
  /** In no order. A set would be made anew every few dozen requests. */
  private readonly underWay: Abortable[] = [];
  private readonly waiting: TargetConnection[] = [];
  private readonly connections = new Map<TargetConnection, BalancerCounters>();

  constructor(group: Group, plan: TargetPlan) {
    this.group = group;
    this.plan = plan;
    this.port = plan.port ?? group.plan.port;
  }

  get inFlight(): number {
    return this.underWay.length;
  }

  begin(work: Abortable): void {
    work.slot = this.underWay.push(work) - 1;
  }

  end(work: Abortable): void {
    if (work.slot < 0) return;
    const last = this.underWay.pop()!;
    if (last !== work) {
      this.underWay[work.slot] = last;
      last.slot = work.slot;
    }
    work.slot = -1;
  }

  /** A connection that waits, the one that was used last. */
  take(): TargetConnection | undefined {
    return this.waiting.pop();
  }

  /**
   * A new connection. Where its address leads is asked for each connection, not kept: a task's address may be another task's
   * by then, and a security group's rules count for what begins, as on AWS.
   */
  connect(owner: Owner): TargetConnection | Exclude<ReturnType<Target["routeFor"]>, Route> {
    const route = this.routeFor(owner);
    if (typeof route === "string") return route;
    this.idleMs = owner.idleMs;
    const connection = new TargetConnection(this, route, this.group.deps.clock.now());
    this.connections.set(connection, owner.counters);
    owner.counters.opened();
    this.group.deadlines.add(connection);
    return connection;
  }

  private routeFor(owner: Owner): Route | "no-address" | "not-allowed" | "closed" {
    const { network } = this.group.deps;
    const { scope, vpcId } = this.group.plan;
    const address = this.plan.address ?? this.plan.id;
    if (this.port === undefined) return "no-address";
    return network.route(
      scope,
      { vpcId: vpcId ?? owner.vpcId, address, port: this.port, protocol: "tcp" },
      { securityGroupIds: owner.securityGroupIds },
    );
  }

  /** The request before is answered, the connection may carry the next. */
  keep(connection: TargetConnection): void {
    if (this.plan.state === "draining" || this.group.lost(this)) return connection.abandon();
    this.waiting.push(connection);
    this.group.deadlines.sooner(connection);
  }

  closed(connection: TargetConnection): void {
    this.connections.get(connection)?.closed();
    this.connections.delete(connection);
    this.group.deadlines.delete(connection);
    this.withdraw(connection);
  }

  /** It carries no further request. */
  withdraw(connection: TargetConnection): void {
    const at = this.waiting.indexOf(connection);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  /** No request will come any more: those under way go on. */
  closeWaiting(): void {
    for (const connection of this.waiting.splice(0)) connection.abandon();
  }

  /** "The deregistration delay period elapsed for a request being handled by a target that was deregistered" (HTTP 502). */
  abortAll(): void {
    this.closeWaiting();
    for (const work of [...this.underWay]) work.abort();
  }

  destroy(): void {
    for (const connection of this.connections.keys()) connection.abandon();
  }
}
