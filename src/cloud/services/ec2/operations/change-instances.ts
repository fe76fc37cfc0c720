import type {
  DescribeInstanceAttributeRequest,
  InstanceAttribute,
  InstanceStateChange,
  MonitorInstancesRequest,
  MonitorInstancesResult,
  RebootInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
  UnmonitorInstancesRequest,
  UnmonitorInstancesResult,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { STATE_CODES } from "../describe-instance.ts";
import { BY_USER } from "../engine/lifecycle.ts";
import { dryRun } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { instances, type InstanceRow } from "../state.ts";
import { requireInstances } from "./describe-instances.ts";

type Deps = Pick<Ec2Deps, "store" | "lifecycle" | "clock">;

/** Applies `change` to all instances once every one of them passed `check`. */
function changeAll(
  deps: Deps,
  ids: readonly string[],
  call: Call,
  check: (row: InstanceRow) => void,
  change: (row: InstanceRow) => void,
): InstanceStateChange[] {
  const rows = requireInstances(deps, call, ids);
  for (const row of rows) check(row);
  return rows.map((before) => {
    change(before);
    const after = instances(deps.store, call).get(before.id)!;
    return {
      InstanceId: before.id,
      PreviousState: { Code: STATE_CODES[before.state], Name: before.state },
      CurrentState: { Code: STATE_CODES[after.state], Name: after.state },
    };
  });
}

const wrongState = (row: InstanceRow, verb: string): AwsError =>
  new AwsError("IncorrectInstanceState", `The instance '${row.id}' is not in a state from which it can be ${verb}.`);

export function TerminateInstances(deps: Deps, input: TerminateInstancesRequest, call: Call): TerminateInstancesResult {
  const check = (row: InstanceRow): void => {
    if (!row.terminationProtection) return;
    throw new AwsError(
      "OperationNotPermitted",
      `The instance '${row.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  };
  if (input.DryRun) throw (requireInstances(deps, call, input.InstanceIds!).forEach(check), dryRun());
  return { TerminatingInstances: changeAll(deps, input.InstanceIds!, call, check, (row) => deps.lifecycle.terminate(call, row.id, BY_USER)) };
}

export function StopInstances(deps: Deps, input: StopInstancesRequest, call: Call): StopInstancesResult {
  if (input.Hibernate) throw new NotSupported("ec2", "StopInstances", "Hibernate");
  const check = (row: InstanceRow): void => {
    if (row.spot)
      throw new AwsError(
        "UnsupportedOperation",
        `You can't stop the Spot Instance '${row.id}' because it is associated with a one-time Spot Instance request.`,
      );
    if (!["running", "stopping", "stopped"].includes(row.state)) throw wrongState(row, "stopped");
  };
  const change = (row: InstanceRow): void => {
    if (row.state === "running") deps.lifecycle.stop(call, row.id, BY_USER);
  };
  return { StoppingInstances: changeAll(deps, input.InstanceIds!, call, check, change) };
}

export function StartInstances(deps: Deps, input: StartInstancesRequest, call: Call): StartInstancesResult {
  const check = (row: InstanceRow): void => {
    if (!["stopped", "pending", "running"].includes(row.state)) throw wrongState(row, "started");
  };
  const change = (row: InstanceRow): void => {
    if (row.state === "stopped") deps.lifecycle.boot(call, { ...row, launchTime: deps.clock.now() });
  };
  return { StartingInstances: changeAll(deps, input.InstanceIds!, call, check, change) };
}

export function RebootInstances(_deps: Deps, _input: RebootInstancesRequest): never {
  throw new NotSupported("ec2", "RebootInstances", "machines here do not reboot; stop and start the instance");
}

function setMonitoring(deps: Deps, ids: readonly string[], detailedMonitoring: boolean, call: Call): MonitorInstancesResult {
  for (const row of requireInstances(deps, call, ids)) {
    instances(deps.store, call).update(row.id, { detailedMonitoring });
    deps.lifecycle.refresh(call, row.id);
  }
  return { InstanceMonitorings: ids.map((InstanceId) => ({ InstanceId, Monitoring: { State: detailedMonitoring ? "enabled" : "disabled" } })) };
}

export const MonitorInstances = (deps: Deps, input: MonitorInstancesRequest, call: Call): MonitorInstancesResult =>
  setMonitoring(deps, input.InstanceIds!, true, call);

export const UnmonitorInstances = (deps: Deps, input: UnmonitorInstancesRequest, call: Call): UnmonitorInstancesResult =>
  setMonitoring(deps, input.InstanceIds!, false, call);

export function DescribeInstanceAttribute(deps: Deps, input: DescribeInstanceAttributeRequest, call: Call): InstanceAttribute {
  const [row] = requireInstances(deps, call, [input.InstanceId!]) as [InstanceRow];
  const known: Record<string, InstanceAttribute> = {
    userData: { UserData: row.userData === undefined ? {} : { Value: Buffer.from(row.userData).toString("base64") } },
    instanceType: { InstanceType: { Value: row.type } },
    disableApiTermination: { DisableApiTermination: { Value: row.terminationProtection } },
    instanceInitiatedShutdownBehavior: { InstanceInitiatedShutdownBehavior: { Value: row.onShutdown } },
    ebsOptimized: { EbsOptimized: { Value: row.ebsOptimized } },
    rootDeviceName: { RootDeviceName: { Value: row.rootDevice } },
    groupSet: { Groups: row.groupIds.map((GroupId) => ({ GroupId })) },
  };
  const attribute = known[input.Attribute ?? ""];
  if (!attribute) throw new NotSupported("ec2", "DescribeInstanceAttribute", `attribute ${input.Attribute}`);
  return { InstanceId: row.id, ...attribute };
}
