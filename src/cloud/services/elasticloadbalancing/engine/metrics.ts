import { EachMinute } from "../../../core/each-minute.ts";
import type { Scope } from "../../../core/scope.ts";
import type { ElbPorts } from "../deps.ts";
import { loadBalancers, scopesOf, targetGroups, targetsOf, usersOf } from "../state.ts";
import { healthOf } from "./health/states.ts";

type Deps = Pick<ElbPorts, "store" | "clock" | "metrics" | "instances">;

interface Counted {
  scope: Scope;
  dimensions: Record<string, string>;
  zones: string[];
  targets: { zone?: string; state: string }[];
}

/**
 * HealthyHostCount and UnHealthyHostCount of the groups in use, on every minute; "Reported if there are registered targets", with
 * the dimensions `TargetGroup, LoadBalancer` and `TargetGroup, AvailabilityZone, LoadBalancer` ("CloudWatch metrics for your
 * Application Load Balancer"). Has no timer while there are none.
 */
export class HealthMetrics {
  private readonly deps: Deps;
  private readonly minutes: EachMinute;

  constructor(deps: Deps) {
    this.deps = deps;
    this.minutes = new EachMinute(deps.clock, { wanted: () => this.counted().length > 0, work: (begin) => this.publish(begin) });
  }

  wake(): void {
    this.minutes.wake();
  }

  stop(): void {
    this.minutes.stop();
  }

  private counted(): Counted[] {
    const { store } = this.deps;
    return scopesOf(store).flatMap((scope) => {
      const users = usersOf(store, scope);
      return [...users].flatMap(([groupArn, lbArn]): Counted[] => {
        const [group, lb] = [targetGroups(store, scope).get(groupArn), loadBalancers(store, scope).get(lbArn)];
        if (!group?.healthCheck.enabled || !lb) return [];
        const all = targetsOf(store, scope, groupArn).map((target) => ({
          ...(target.zone === undefined ? {} : { zone: target.zone }),
          state: healthOf(this.deps, scope, group, target, users).state,
        }));
        const zones = lb.subnets.map(({ zone }) => zone);
        return all.length === 0 ? [] : [{ scope, dimensions: { TargetGroup: group.fullName, LoadBalancer: lb.fullName }, zones, targets: all }];
      });
    });
  }

  /** A sample at the end of a minute counts for the minute that has ended. */
  private publish(at: number): void {
    for (const { scope, dimensions, zones, targets } of this.counted()) {
      const data = [undefined, ...zones].flatMap((zone) => {
        const inZone = targets.filter((target) => zone === undefined || target.zone === zone);
        const all = zone === undefined ? dimensions : { ...dimensions, AvailabilityZone: zone };
        const count = (
          name: string,
          state: string,
        ): { name: string; dimensions: Record<string, string>; value: number; unit: string; at: number } => ({
          name,
          dimensions: all,
          value: inZone.filter((target) => target.state === state).length,
          unit: "Count",
          at,
        });
        return [count("HealthyHostCount", "healthy"), count("UnHealthyHostCount", "unhealthy")];
      });
      this.deps.metrics.put(scope, "AWS/ApplicationELB", data);
    }
  }
}
