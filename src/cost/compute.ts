import type { Charge, Charging, NotPriced, Surroundings } from "./charge.ts";
import { HOURS_PER_MONTH, type PriceKey } from "./price-keys.ts";
import type { Resource } from "./resource.ts";

/** What an hour costs in which a leaf is awake. */

/**
 * Metrics that an instance with detailed monitoring sends, each priced as a custom metric ("Amazon CloudWatch pricing", example
 * of detailed monitoring: 7 metrics; Infracost counts the same).
 */
const DETAILED_METRICS = 7;

/** A disk of an instance where the template says nothing: that of the ECS-optimized image (Amazon ECS Developer Guide). */
const DISK_GB = 30;

const times = (count: number): string => (count === 1 ? "" : `, ${count} of them`);

/** An instance exists while the leaf is awake, one for each task: the group's templates say no number, ECS does. */
export const instance: Charging = ({ properties }, { tasks }) => {
  const data = properties["LaunchTemplateData"] ?? {};
  const type = String(data.InstanceType);
  const charges: (Charge | NotPriced)[] = [{ what: `instance ${type}${times(tasks)}`, when: "awake", price: { instance: type }, quantity: tasks }];
  for (const { Ebs: disk } of data.BlockDeviceMappings ?? []) {
    const size = Number(disk?.VolumeSize ?? DISK_GB);
    if (disk?.VolumeType !== "gp3") charges.push({ notPriced: `a disk of type ${disk?.VolumeType ?? "unknown"}` });
    else charges.push({ what: `${size} GB of disk (gp3)`, when: "awake", price: "ebs-gp3-gb-month", quantity: (tasks * size) / HOURS_PER_MONTH });
  }
  if (data.NetworkInterfaces?.some((each: { AssociatePublicIpAddress?: unknown }) => each.AssociatePublicIpAddress))
    charges.push({ what: "its public IPv4 address", when: "awake", price: "public-ipv4-hour", quantity: tasks });
  if (data.Monitoring?.Enabled)
    charges.push({
      what: `detailed monitoring, ${DETAILED_METRICS} metrics`,
      when: "awake",
      price: "custom-metric-month",
      quantity: (tasks * DETAILED_METRICS) / HOURS_PER_MONTH,
    });
  return charges;
};

/** GB of a Fargate task's own disk that are included ("Fargate task ephemeral storage", Amazon ECS Developer Guide). */
const INCLUDED_DISK = 20;

/** A task on Fargate is paid by its size. One on instances costs what they cost. */
export const task: Charging = ({ properties }, around) => {
  if (!properties["RequiresCompatibilities"]?.includes("FARGATE")) return [];
  const { tasks, spotTasks, assume, all } = around;
  const family = properties["RuntimePlatform"]?.CpuArchitecture === "ARM64" ? "arm" : "x86";
  const share = 1 - assume.spotDiscount / 100;
  const paid = tasks - spotTasks + spotTasks * share;
  const spot = spotTasks === 0 ? "" : ` (${spotTasks === tasks ? "Spot" : `${spotTasks} on Spot`}, at ${Math.round(share * 100)} % of the price)`;
  const part = (what: string, key: PriceKey, size: number): Charge => ({
    what: `${size} ${what}${times(tasks)}${spot}`,
    when: "awake",
    price: key,
    quantity: size * paid,
  });
  const disk = Number(properties["EphemeralStorage"]?.SizeInGiB ?? INCLUDED_DISK) - INCLUDED_DISK;
  return [
    part(`vCPU, ${family === "arm" ? "ARM" : "x86"}`, `fargate-${family}-vcpu-hour`, Number(properties["Cpu"]) / 1024),
    part("GB of memory", `fargate-${family}-gb-hour`, Number(properties["Memory"]) / 1024),
    ...(hasPublicAddress(all) ? [{ what: "public IPv4 address", when: "awake", price: "public-ipv4-hour", quantity: tasks } as const] : []),
    ...(disk > 0 ? [{ notPriced: `${disk} GB of a task's disk above the ${INCLUDED_DISK} that are included` }] : []),
  ];
};

/** In a network without a NAT gateway a task has a public address. Who starts it says so: a service, a schedule, or a parameter that functions read. */
const hasPublicAddress = (all: readonly Resource[]): boolean =>
  all.some(({ properties }) => /"AssignPublicIp":"ENABLED"|\\"publicIp\\":true/.test(JSON.stringify(properties)));

/** What the leaf's tasks are, and how many on Spot, by whatever starts them. */
export function tasksOf(all: readonly Resource[]): Pick<Surroundings, "tasks" | "spotTasks"> {
  const target = all.find(
    ({ type, properties }) => type === "AWS::ApplicationAutoScaling::ScalableTarget" && properties["ServiceNamespace"] === "ecs",
  );
  const tasks = Number(target?.properties["MinCapacity"] ?? 1);
  const service = all.find(({ type }) => type === "AWS::ECS::Service");
  const strategy: { CapacityProvider: unknown; Base?: number }[] = service?.properties["CapacityProviderStrategy"] ?? [];
  if (strategy.length > 0) {
    const base = strategy.find(({ CapacityProvider: provider }) => provider === "FARGATE")?.Base ?? 0;
    const isSpot = strategy.some(({ CapacityProvider: provider }) => provider === "FARGATE_SPOT");
    return { tasks, spotTasks: isSpot ? Math.max(0, tasks - base) : 0 };
  }
  // A cluster may use Spot whether or not anything does.
  const starters = all.filter(({ type }) => type !== "AWS::ECS::ClusterCapacityProviderAssociations");
  const isSpot = starters.some(({ properties }) => JSON.stringify(properties).includes("FARGATE_SPOT"));
  return { tasks, spotTasks: isSpot ? tasks : 0 };
}
