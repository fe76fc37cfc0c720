import type { Clock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import type { TargetGroupsPort, TargetStanding } from "../../core/ports.ts";

/** Target groups whose targets' health a test decides. Made for ECS's harness. */
export interface FakeTargetGroups extends TargetGroupsPort {
  /** By ARN; `deregistrationDelay` in seconds. */
  groups: Map<string, { targetType: "ip" | "instance"; loadBalancerArn?: string; deregistrationDelay: number }>;
  /** By `<ARN> <id>:<port>`. */
  targets: Map<string, TargetStanding>;
  /** What fresh targets are; `initial` unless told. */
  fresh: TargetStanding;
  set(key: string, standing: TargetStanding): void;
  /** RegisterTargets, DeregisterTargets. */
  call(operation: string, input: object): void;
}

interface Input {
  TargetGroupArn: string;
  Targets: { Id: string; Port: number }[];
}

/** The group that tests use: of type `ip`, behind a load balancer, with a delay of 10 seconds. */
export const GROUP = "arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/web/1";

export function fakeTargetGroups(clock: Clock): FakeTargetGroups {
  let told: (group: string) => void = () => {};
  const fake: FakeTargetGroups = {
    groups: new Map([[GROUP, { targetType: "ip", loadBalancerArn: "lb", deregistrationDelay: 10 }]]),
    targets: new Map(),
    fresh: { state: "initial" },
    targetGroup: (_scope, arn) => fake.groups.get(arn),
    targetStanding: (_scope, arn, { id, port }) => fake.targets.get(`${arn} ${id}:${port}`) ?? { state: "unused", reason: "not registered" },
    onTargetsChange: (listener) => {
      told = (group) => listener({ account: "000000000000", region: "us-west-2" }, group);
      return () => {};
    },
    set: (key, standing) => {
      fake.targets.set(key, standing);
      told(key.split(" ")[0]!);
    },
    call: (operation, input) => {
      const { TargetGroupArn: arn, Targets } = input as Input;
      const group = fake.groups.get(arn);
      if (!group) throw new AwsError("TargetGroupNotFound", `Target groups '${arn}' not found`);
      for (const { Id, Port } of Targets) {
        const key = `${arn} ${Id}:${Port}`;
        if (operation === "RegisterTargets") fake.targets.set(key, fake.fresh);
        else if (fake.targets.has(key)) {
          fake.targets.set(key, { state: "draining" });
          clock.setTimer(group.deregistrationDelay * 1000, () => {
            fake.targets.delete(key);
            told(arn);
          });
        }
      }
      told(arn);
    },
  };
  return fake;
}
