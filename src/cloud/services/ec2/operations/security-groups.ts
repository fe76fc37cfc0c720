import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  IpPermission,
  SecurityGroup,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { groupNotFound, invalidValue, missing } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { allInterfaces } from "../interfaces.ts";
import { applyFilters, chosen, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { securityGroups, tags, vpcs, type RuleRow, type SecurityGroupRow } from "../state.ts";
import { requireVpc } from "./vpcs.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** @throws AwsError InvalidGroup.NotFound, or InvalidGroupId.Malformed for what is no identifier. */
export function requireGroup({ store }: Pick<Ec2Deps, "store">, scope: Scope, id: string): SecurityGroupRow {
  const group = securityGroups(store, scope).get(id);
  if (group) return group;
  if (!id.startsWith("sg-")) throw new AwsError("InvalidGroupId.Malformed", `Invalid id: "${id}" (expecting "sg-...")`);
  throw groupNotFound(id);
}

/** A group by identifier, or by name in the default VPC. */
export function groupByIdOrName(deps: Deps, scope: Scope, id: string | undefined, name: string | undefined): SecurityGroupRow {
  ensureDefaultVpc(deps, scope);
  if (id) return requireGroup(deps, scope, id);
  if (!name) throw missing("groupName or groupId");
  const vpc = vpcs(deps.store, scope).find(({ isDefault }) => isDefault);
  const group = vpc && securityGroups(deps.store, scope).find((candidate) => candidate.name === name && candidate.vpcId === vpc.id);
  if (!group) throw new AwsError("InvalidGroup.NotFound", `The security group '${name}' does not exist in default VPC '${vpc?.id ?? "none"}'`);
  return group;
}

/** Rules as `IpPermissions`: those with the same protocol and ports are one permission. */
export function permissionsOf(rules: readonly RuleRow[], account: string): IpPermission[] {
  const byPorts = new Map<string, IpPermission & { IpRanges: object[]; Ipv6Ranges: object[]; PrefixListIds: object[]; UserIdGroupPairs: object[] }>();
  for (const rule of rules) {
    const key = `${rule.protocol}|${rule.fromPort}|${rule.toPort}`;
    let permission = byPorts.get(key);
    if (!permission) {
      permission = {
        IpProtocol: rule.protocol,
        ...(rule.fromPort === undefined ? {} : { FromPort: rule.fromPort, ToPort: rule.toPort }),
        IpRanges: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [],
      };
      byPorts.set(key, permission);
    }
    const described = rule.description === undefined ? {} : { Description: rule.description };
    if (rule.cidrIpv4) permission.IpRanges.push({ CidrIp: rule.cidrIpv4, ...described });
    if (rule.cidrIpv6) permission.Ipv6Ranges.push({ CidrIpv6: rule.cidrIpv6, ...described });
    if (rule.prefixListId) permission.PrefixListIds.push({ PrefixListId: rule.prefixListId, ...described });
    if (rule.groupId) permission.UserIdGroupPairs.push({ GroupId: rule.groupId, UserId: account, ...described });
  }
  return [...byPorts.values()];
}

const describe = (store: Store, call: Call, group: SecurityGroupRow): SecurityGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  VpcId: group.vpcId,
  OwnerId: call.account,
  SecurityGroupArn: arn("ec2", call, `security-group/${group.id}`),
  IpPermissions: permissionsOf(
    group.rules.filter(({ egress }) => !egress),
    call.account,
  ),
  IpPermissionsEgress: permissionsOf(
    group.rules.filter(({ egress }) => egress),
    call.account,
  ),
  Tags: tagList(store, call, group.id),
});

export function CreateSecurityGroup(deps: Deps, input: CreateSecurityGroupRequest, call: Call): CreateSecurityGroupResult {
  ensureDefaultVpc(deps, call);
  const { store, ids } = deps;
  const name = input.GroupName!;
  if (name.toLowerCase() === "default") throw invalidValue("Cannot use reserved security group name: default");
  if (name.startsWith("sg-") || name.length > 255 || !/^[\w .:/()#,@[\]+=&;{}!$*-]+$/.test(name)) {
    throw invalidValue(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*, and may contain up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*.`,
    );
  }
  if (input.Description!.length > 255 || !/^[\w .:/()#,@[\]+=&;{}!$*-]*$/.test(input.Description!)) {
    throw invalidValue(`Value (${input.Description}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.`);
  }
  const vpcId = input.VpcId ?? vpcs(store, call).find(({ isDefault }) => isDefault)?.id;
  if (!vpcId) throw new AwsError("VPCIdNotSpecified", "No default VPC for this user");
  requireVpc(deps, call, vpcId);
  const table = securityGroups(store, call);
  if (table.find((group) => group.vpcId === vpcId && group.name === name)) {
    throw new AwsError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`);
  }
  const id = newId(ids, "sg");
  const rules: RuleRow[] = [{ id: newId(ids, "sgr"), egress: true, protocol: "-1", cidrIpv4: "0.0.0.0/0" }];
  tagNew(store, call, id, "security-group", input.TagSpecifications);
  table.set(id, { id, name, description: input.Description!, vpcId, rules });
  return { GroupId: id, Tags: tagList(store, call, id), SecurityGroupArn: arn("ec2", call, `security-group/${id}`) };
}

export function DeleteSecurityGroup(deps: Deps, input: DeleteSecurityGroupRequest, call: Call): DeleteSecurityGroupResult {
  const { store } = deps;
  const group = groupByIdOrName(deps, call, input.GroupId, input.GroupName);
  if (group.name === "default") {
    throw new AwsError("CannotDelete", `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
  }
  const table = securityGroups(store, call);
  const used = allInterfaces(store, call).find(({ groupIds }) => groupIds.includes(group.id));
  const namedByRule = table.find((other) => other.id !== group.id && other.rules.some(({ groupId }) => groupId === group.id));
  if (used || namedByRule) throw new AwsError("DependencyViolation", `resource ${group.id} has a dependent object`);
  table.delete(group.id);
  tags(store, call).delete(group.id);
  return { Return: true, GroupId: group.id };
}

const every = (egress: boolean, read: (rule: RuleRow) => string | number | undefined) => (group: SecurityGroupRow) =>
  group.rules
    .filter((rule) => rule.egress === egress)
    .map(read)
    .filter((value) => value !== undefined)
    .map(String);

const FILTERS: FilterFields<SecurityGroupRow> = {
  "group-id": (group) => group.id,
  "group-name": (group) => group.name,
  description: (group) => group.description,
  "vpc-id": (group) => group.vpcId,
  "ip-permission.cidr": every(false, (rule) => rule.cidrIpv4),
  "ip-permission.from-port": every(false, (rule) => rule.fromPort),
  "ip-permission.to-port": every(false, (rule) => rule.toPort),
  "ip-permission.protocol": every(false, (rule) => rule.protocol),
  "ip-permission.group-id": every(false, (rule) => rule.groupId),
  "egress.ip-permission.cidr": every(true, (rule) => rule.cidrIpv4),
  "egress.ip-permission.protocol": every(true, (rule) => rule.protocol),
};

export function DescribeSecurityGroups(deps: Deps, input: DescribeSecurityGroupsRequest, call: Call): DescribeSecurityGroupsResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const byId = chosen(securityGroups(store, call), input.GroupIds, (id) => groupNotFound(id));
  const rows = input.GroupNames?.length ? input.GroupNames.map((name) => groupByIdOrName(deps, call, undefined, name)) : byId;
  const fields = { ...FILTERS, "owner-id": () => call.account };
  const found = applyFilters(rows, input.Filters, fields, (group) => tagsOf(store, call, group.id));
  const { items, ...rest } = page(found, input);
  return { SecurityGroups: items.map((group) => describe(store, call, group)), ...rest };
}
