import { NotSupported } from "../../core/errors.ts";
import type { Properties, ResourceContext } from "./provider.ts";

const SERVICE = "autoscaling";

/** Milliseconds of an ISO 8601 duration such as `PT5M30S`. */
export function durationMs(text: string): number {
  const parts = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text);
  if (!parts) throw new Error(`PauseTime must be an ISO 8601 duration: ${text}`);
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1000;
}

async function instancesOf(context: ResourceContext, name: string): Promise<Properties[]> {
  const described = await context.call(SERVICE, "DescribeAutoScalingGroups", { AutoScalingGroupNames: [name] });
  return (described.AutoScalingGroups?.[0]?.Instances as Properties[] | undefined) ?? [];
}

/**
 * AutoScalingRollingUpdate: replaces the instances that run, in batches of MaxBatchSize (default 1), suspending the
 * processes that the policy names while it does. MinInstancesInService (default 0) bounds a batch. A group without
 * instances, a leaf that sleeps, is left alone ("UpdatePolicy attribute", CloudFormation User Guide).
 */
export async function rollInstances(context: ResourceContext, name: string): Promise<void> {
  const rolling = context.definition.UpdatePolicy?.["AutoScalingRollingUpdate"] as Properties | undefined;
  if (!rolling) return;
  if (String(rolling["WaitOnResourceSignals"]) === "true") throw new NotSupported("cloudformation", "UpdateStack", "WaitOnResourceSignals");
  const old = (await instancesOf(context, name)).map((one) => String(one["InstanceId"]));
  if (old.length === 0) return;
  const ScalingProcesses = rolling["SuspendProcesses"] as string[] | undefined;
  if (ScalingProcesses?.length) await context.call(SERVICE, "SuspendProcesses", { AutoScalingGroupName: name, ScalingProcesses });
  try {
    const batch = Math.max(1, Math.min(Number(rolling["MaxBatchSize"] ?? 1), old.length - Number(rolling["MinInstancesInService"] ?? 0)));
    const pauseMs = durationMs(String(rolling["PauseTime"] ?? "PT0S"));
    for (let at = 0; at < old.length; at += batch) {
      await replaceBatch(context, name, old.slice(at, at + batch), old.length);
      if (pauseMs > 0 && at + batch < old.length) await context.clock.sleep(pauseMs);
    }
  } finally {
    if (ScalingProcesses?.length) await context.call(SERVICE, "ResumeProcesses", { AutoScalingGroupName: name, ScalingProcesses });
  }
}

async function replaceBatch(context: ResourceContext, name: string, batch: string[], size: number): Promise<void> {
  for (const InstanceId of batch)
    await context.call(SERVICE, "TerminateInstanceInAutoScalingGroup", { InstanceId, ShouldDecrementDesiredCapacity: false });
  await context.until(`The rolling update of group ${name}`, async () => {
    const now = await instancesOf(context, name);
    const replaced = now.every((one) => !batch.includes(String(one["InstanceId"])));
    return replaced && now.filter((one) => one["LifecycleState"] === "InService").length >= size ? true : undefined;
  });
}
