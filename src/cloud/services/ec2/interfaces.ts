import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { instances, networkInterfaces, type InstanceRow, type InterfaceRow } from "./state.ts";

/** An instance's primary interface, whose members are kept in the instance's own row. */
export const primaryInterface = (row: InstanceRow): InterfaceRow => ({
  id: row.networkInterfaceId,
  description: "",
  vpcId: row.vpcId,
  subnetId: row.subnetId,
  availabilityZone: row.availabilityZone,
  privateIp: row.privateIp,
  ...(row.publicIp ? { publicIp: row.publicIp } : {}),
  macAddress: row.macAddress,
  groupIds: row.groupIds,
  attachment: { id: row.attachmentId, deviceIndex: 0, at: row.launchTime, deleteOnTermination: true, instanceId: row.id },
});

/** Every interface that is there: those of instances that have not been terminated, and the others. */
export const allInterfaces = (store: Store, scope: Scope): InterfaceRow[] => [
  ...instances(store, scope)
    .filter(({ state }) => state !== "terminated")
    .map(primaryInterface),
  ...networkInterfaces(store, scope).values(),
];

export const interfacesIn = (store: Store, scope: Scope, subnetId: string): InterfaceRow[] =>
  allInterfaces(store, scope).filter((row) => row.subnetId === subnetId);

export function findInterface(store: Store, scope: Scope, id: string): InterfaceRow | undefined {
  const row = networkInterfaces(store, scope).get(id);
  if (row) return row;
  const instance = instances(store, scope).find((one) => one.networkInterfaceId === id && one.state !== "terminated");
  return instance && primaryInterface(instance);
}

/** Who has a private address in a VPC; an instance that is stopped keeps its address, but nobody answers there. */
export function interfaceAt(store: Store, scope: Scope, vpcId: string, address: string): InterfaceRow | undefined {
  const own = networkInterfaces(store, scope).find((row) => row.privateIp === address && row.vpcId === vpcId);
  if (own) return own;
  const instance = instances(store, scope).find(
    (row) => row.privateIp === address && row.vpcId === vpcId && (row.state === "running" || row.state === "pending"),
  );
  return instance && primaryInterface(instance);
}
