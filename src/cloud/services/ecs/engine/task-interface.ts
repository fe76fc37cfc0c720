import type { Attachment, KeyValuePair } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { InterfaceView } from "../../../core/ports.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { Parts } from "../parts.ts";
import { type TaskNetwork, type TaskRow, tasks } from "../state.ts";
import { changeTask } from "./task-state.ts";

/** A task's attachment before its interface is there: where it will be (API_Attachment). */
export const precreated = (network: TaskNetwork): Attachment => ({
  id: network.attachmentId,
  type: "ElasticNetworkInterface",
  status: "PRECREATED",
  details: [{ name: "subnetId", value: network.subnets[0]!.subnetId }],
});

/** In the order in which ECS gives them (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html). */
function details(view: InterfaceView, region: string): KeyValuePair[] {
  const domain = region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
  return [
    { name: "subnetId", value: view.subnetId },
    { name: "networkInterfaceId", value: view.networkInterfaceId },
    { name: "macAddress", value: view.macAddress },
    { name: "privateDnsName", value: `ip-${view.privateIp.replaceAll(".", "-")}.${domain}` },
    { name: "privateIPv4Address", value: view.privateIp },
  ];
}

const withStatus = (list: Attachment[] | undefined, id: string, change: Partial<Attachment>): Attachment[] =>
  (list ?? []).map((one) => (one.id === id ? { ...one, ...change } : one));

/**
 * Makes the interface of a task in state PROVISIONING, and brings the task to PENDING.
 * @throws RuntimeError when the subnet or a group is gone, or no address is free
 */
export function attach(deps: Parts, scope: Scope, row: TaskRow): InterfaceView {
  const network = row.network!;
  const { subnetId } = network.subnets[0]!;
  let view: InterfaceView;
  try {
    view = deps.network.createInterface(scope, {
      subnetId,
      securityGroupIds: network.securityGroupIds,
      publicIp: network.publicIp,
      requesterId: "ecs.amazonaws.com",
      description: arn("ecs", scope, `attachment/${network.attachmentId}`),
      ...(row.ec2InstanceId ? { instanceId: row.ec2InstanceId } : {}),
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Worded as in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    const how = network.publicIp ? " with public IP assignment enabled" : "";
    throw new InterfaceError(`Unexpected EC2 error while attempting to Create Network Interface${how} in subnet '${subnetId}': ${error.code}`);
  }
  tasks(deps.store, scope).update(row.id, { network: { ...network, attached: view } });
  const attachments = withStatus(row.task.attachments, network.attachmentId, { status: "ATTACHING", details: details(view, scope.region) });
  const containers = row.task.containers!.map((container) => ({
    ...container,
    networkInterfaces: [{ attachmentId: network.attachmentId, privateIpv4Address: view.privateIp }],
  }));
  changeTask(deps, scope, row.id, { attachments, containers });
  changeTask(deps, scope, row.id, { attachments: withStatus(attachments, network.attachmentId, { status: "ATTACHED" }), lastStatus: "PENDING" });
  return view;
}

/** Gives a stopped task's interface back; the attachments that the task shows from then on. */
export function detach(deps: Pick<Parts, "network">, scope: Scope, row: TaskRow): Attachment[] {
  const { network } = row;
  if (!network) return row.task.attachments ?? [];
  if (network.attached) deps.network.deleteInterface(scope, network.attached.networkInterfaceId);
  return withStatus(row.task.attachments, network.attachmentId, { status: "DELETED" });
}

/** Its message is the task's `stoppedReason` as it is. */
class InterfaceError extends RuntimeError {
  constructor(message: string) {
    super("ResourceInitializationError", message);
    this.message = message;
  }
}
