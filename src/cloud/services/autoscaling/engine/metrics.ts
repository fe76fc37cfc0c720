import { EachMinute } from "../../../core/each-minute.ts";
import type { AutoScalingPorts } from "../index.ts";
import { groups, groupScopes, isLeaving, isPending, membersOf } from "../state.ts";

/** Without instance weights a capacity metric equals its namesake ("Amazon CloudWatch metrics for Amazon EC2 Auto Scaling"). */
export const GROUP_METRICS = [
  "GroupMinSize",
  "GroupMaxSize",
  "GroupDesiredCapacity",
  "GroupInServiceInstances",
  "GroupPendingInstances",
  "GroupStandbyInstances",
  "GroupTerminatingInstances",
  "GroupTotalInstances",
  "GroupInServiceCapacity",
  "GroupPendingCapacity",
  "GroupStandbyCapacity",
  "GroupTerminatingCapacity",
  "GroupTotalCapacity",
];

type Deps = Pick<AutoScalingPorts, "store" | "clock" | "metrics">;

/** Publishes the metrics of the groups that collect them, on every minute. Has no timer while there are none. */
export class GroupMetrics {
  private readonly deps: Deps;
  private readonly minutes: EachMinute;

  constructor(deps: Deps) {
    this.deps = deps;
    this.minutes = new EachMinute(deps.clock, { wanted: () => this.any(), work: (begin) => this.publish(begin) });
  }

  wake(): void {
    this.minutes.wake();
  }

  stop(): void {
    this.minutes.stop();
  }

  private any(): boolean {
    return groupScopes(this.deps.store).some((scope) => groups(this.deps.store, scope).find((group) => group.metrics.length > 0));
  }

  /** A sample at the end of a minute counts for the minute that has ended. */
  private publish(at: number): void {
    for (const scope of groupScopes(this.deps.store)) {
      for (const group of groups(this.deps.store, scope).filter(({ metrics }) => metrics.length > 0)) {
        const members = membersOf(this.deps.store, scope, group.name);
        const count = {
          InService: members.filter(({ state }) => state === "InService").length,
          Pending: members.filter(isPending).length,
          Standby: 0,
          Terminating: members.filter(isLeaving).length,
          Total: members.length,
        };
        const values: Record<string, number> = { GroupMinSize: group.min, GroupMaxSize: group.max, GroupDesiredCapacity: group.desired };
        for (const [name, value] of Object.entries(count)) for (const what of ["Instances", "Capacity"]) values[`Group${name}${what}`] = value;
        const dimensions = { AutoScalingGroupName: group.name };
        this.deps.metrics.put(
          scope,
          "AWS/AutoScaling",
          group.metrics.map((name) => ({ name, dimensions, value: values[name]!, unit: "None", at })),
        );
      }
    }
  }
}
