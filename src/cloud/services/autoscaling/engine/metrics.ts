import type { Timer } from "../../../core/clock.ts";
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

const MINUTE = 60_000;

type Deps = Pick<AutoScalingPorts, "store" | "clock" | "metrics">;

/** Publishes the metrics of the groups that collect them, on every minute. Has no timer while there are none. */
export class GroupMetrics {
  private readonly deps: Deps;
  private timer: Timer | undefined;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  wake(): void {
    if (this.timer || !this.any()) return;
    const now = this.deps.clock.now();
    this.timer = this.deps.clock.setTimer(MINUTE - (now % MINUTE), () => {
      this.timer = undefined;
      this.publish();
      this.wake();
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private any(): boolean {
    return groupScopes(this.deps.store).some((scope) => groups(this.deps.store, scope).find((group) => group.metrics.length > 0));
  }

  /** A sample at the end of a minute counts for the minute that has ended. */
  private publish(): void {
    const at = this.deps.clock.now() - 1;
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
