import type { InstanceView } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { tagsOf } from "../shared.ts";
import type { InstanceRow } from "../state.ts";

/** An instance as other services see it. */
export const viewOf = (store: Store, scope: Scope, row: InstanceRow): InstanceView => ({
  instanceId: row.id,
  state: row.state,
  ...(row.publicIp ? { publicIp: row.publicIp } : {}),
  privateIp: row.privateIp,
  networkInterfaceId: row.networkInterfaceId,
  ...(row.userData === undefined ? {} : { userData: row.userData }),
  ...(row.roleArn ? { roleArn: row.roleArn } : {}),
  launchTime: row.launchTime,
  subnetId: row.subnetId,
  vpcId: row.vpcId,
  availabilityZone: row.availabilityZone,
  securityGroupIds: row.groupIds,
  instanceType: row.type,
  tags: tagsOf(store, scope, row.id),
  detailedMonitoring: row.detailedMonitoring,
});
