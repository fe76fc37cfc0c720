import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupEgressResult,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult,
  IpPermission,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupEgressResult,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
  SecurityGroupRule,
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { missing } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { readPermissions, samePeerAndPorts, type NewRule } from "../rules.ts";
import { applyFilters, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { securityGroups, tags, type RuleRow, type SecurityGroupRow } from "../state.ts";
import { groupByIdOrName, requireGroup } from "./security-groups.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids" | "rulesChanged">;
type AuthorizeRequest = AuthorizeSecurityGroupIngressRequest | AuthorizeSecurityGroupEgressRequest;
type RevokeRequest = RevokeSecurityGroupIngressRequest | RevokeSecurityGroupEgressRequest;

/** The rules of a request: from `IpPermissions`, or from the single rule that older clients give flat. */
function rulesOf(deps: Deps, input: AuthorizeRequest | RevokeRequest, egress: boolean, call: Call): NewRule[] {
  const flat: IpPermission = {
    IpProtocol: input.IpProtocol,
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    ...(input.CidrIp ? { IpRanges: [{ CidrIp: input.CidrIp }] } : {}),
    ...(input.SourceSecurityGroupName ? { UserIdGroupPairs: [{ GroupName: input.SourceSecurityGroupName }] } : {}),
  };
  const permissions = input.IpPermissions ?? (input.IpProtocol ? [flat] : []);
  if (permissions.length === 0) throw missing("ipPermissions");
  return readPermissions(permissions, egress, (id, name) => groupByIdOrName(deps, call, id, name).id);
}

const nameOf = (rule: NewRule): string =>
  `peer: ${rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.prefixListId ?? rule.groupId}, ${rule.protocol === "-1" ? "ALL" : `${rule.protocol.toUpperCase()}, from port: ${rule.fromPort}, to port: ${rule.toPort}`}, ALLOW`;

function authorize(deps: Deps, input: AuthorizeRequest, egress: boolean, call: Call): AuthorizeSecurityGroupIngressResult {
  const { store, ids } = deps;
  const group = groupByIdOrName(deps, call, input.GroupId, "GroupName" in input ? input.GroupName : undefined);
  const added: RuleRow[] = [];
  for (const rule of rulesOf(deps, input, egress, call)) {
    if ([...group.rules, ...added].some((present) => samePeerAndPorts(present, rule))) {
      throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${nameOf(rule)}" already exists`);
    }
    added.push({ ...rule, id: newId(ids, "sgr") });
  }
  // 60 inbound and 60 outbound rules (VPC User Guide, "Amazon VPC quotas").
  if (group.rules.filter((rule) => rule.egress === egress).length + added.length > 60) {
    throw new AwsError("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.");
  }
  for (const rule of added) tagNew(store, call, rule.id, "security-group-rule", input.TagSpecifications);
  securityGroups(store, call).update(group.id, { rules: [...group.rules, ...added] });
  deps.rulesChanged(call);
  return { Return: true, SecurityGroupRules: added.map((rule) => describe(deps, group, rule, call)) };
}

function revoke(deps: Deps, input: RevokeRequest, egress: boolean, call: Call): RevokeSecurityGroupIngressResult {
  const group = groupByIdOrName(deps, call, input.GroupId, "GroupName" in input ? input.GroupName : undefined);
  const gone = input.SecurityGroupRuleIds?.length
    ? input.SecurityGroupRuleIds.map((id) => requireRule(group, id))
    : rulesOf(deps, input, egress, call).map((rule) => {
        const present = group.rules.find((candidate) => samePeerAndPorts(candidate, rule));
        if (!present) throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
        return present;
      });
  securityGroups(deps.store, call).update(group.id, { rules: group.rules.filter((rule) => !gone.includes(rule)) });
  for (const rule of gone) tags(deps.store, call).delete(rule.id);
  deps.rulesChanged(call);
  return {
    Return: true,
    RevokedSecurityGroupRules: gone.map((rule) => ({
      ...peerAndPorts(rule),
      SecurityGroupRuleId: rule.id,
      GroupId: group.id,
      IsEgress: rule.egress,
    })),
  };
}

function requireRule(group: SecurityGroupRow, id: string): RuleRow {
  const rule = group.rules.find((candidate) => candidate.id === id);
  if (!rule) throw new AwsError("InvalidSecurityGroupRuleId.NotFound", `The security group rule ID '${id}' does not exist`);
  return rule;
}

/** Without ports the API says -1 (EC2 API Reference, SecurityGroupRule). */
const peerAndPorts = (rule: RuleRow) => ({
  IpProtocol: rule.protocol,
  FromPort: rule.fromPort ?? -1,
  ToPort: rule.toPort ?? -1,
  ...(rule.cidrIpv4 ? { CidrIpv4: rule.cidrIpv4 } : {}),
  ...(rule.cidrIpv6 ? { CidrIpv6: rule.cidrIpv6 } : {}),
  ...(rule.prefixListId ? { PrefixListId: rule.prefixListId } : {}),
  ...(rule.description === undefined ? {} : { Description: rule.description }),
});

const describe = ({ store }: Pick<Ec2Deps, "store">, group: SecurityGroupRow, rule: RuleRow, call: Call): SecurityGroupRule => ({
  ...peerAndPorts(rule),
  SecurityGroupRuleId: rule.id,
  SecurityGroupRuleArn: arn("ec2", call, `security-group-rule/${rule.id}`),
  GroupId: group.id,
  GroupOwnerId: call.account,
  IsEgress: rule.egress,
  ...(rule.groupId ? { ReferencedGroupInfo: { GroupId: rule.groupId, UserId: call.account } } : {}),
  Tags: tagList(store, call, rule.id),
});

export const AuthorizeSecurityGroupIngress = (
  deps: Deps,
  input: AuthorizeSecurityGroupIngressRequest,
  call: Call,
): AuthorizeSecurityGroupIngressResult => authorize(deps, input, false, call);

export const AuthorizeSecurityGroupEgress = (
  deps: Deps,
  input: AuthorizeSecurityGroupEgressRequest,
  call: Call,
): AuthorizeSecurityGroupEgressResult => authorize(deps, input, true, call);

export const RevokeSecurityGroupIngress = (deps: Deps, input: RevokeSecurityGroupIngressRequest, call: Call): RevokeSecurityGroupIngressResult =>
  revoke(deps, input, false, call);

export const RevokeSecurityGroupEgress = (deps: Deps, input: RevokeSecurityGroupEgressRequest, call: Call): RevokeSecurityGroupEgressResult =>
  revoke(deps, input, true, call);

interface Located {
  group: SecurityGroupRow;
  rule: RuleRow;
}

const FILTERS: FilterFields<Located> = { "group-id": ({ group }) => group.id, "security-group-rule-id": ({ rule }) => rule.id };

export function DescribeSecurityGroupRules(deps: Deps, input: DescribeSecurityGroupRulesRequest, call: Call): DescribeSecurityGroupRulesResult {
  ensureDefaultVpc(deps, call);
  const all = securityGroups(deps.store, call)
    .values()
    .flatMap((group) => group.rules.map((rule): Located => ({ group, rule })));
  const rows = input.SecurityGroupRuleIds?.length
    ? input.SecurityGroupRuleIds.map((id) => {
        const located = all.find(({ rule }) => rule.id === id);
        if (!located) throw new AwsError("InvalidSecurityGroupRuleId.NotFound", `The security group rule ID '${id}' does not exist`);
        return located;
      })
    : all;
  const found = applyFilters(rows, input.Filters, FILTERS, ({ rule }) => tagsOf(deps.store, call, rule.id));
  const { items, ...rest } = page(found, input);
  return { SecurityGroupRules: items.map(({ group, rule }) => describe(deps, group, rule, call)), ...rest };
}

function updateDescriptions(deps: Deps, input: UpdateSecurityGroupRuleDescriptionsIngressRequest, egress: boolean, call: Call) {
  const group = input.GroupId ? requireGroup(deps, call, input.GroupId) : groupByIdOrName(deps, call, undefined, input.GroupName);
  const byId = (input.SecurityGroupRuleDescriptions ?? []).map(({ SecurityGroupRuleId = "", Description }) => ({
    rule: requireRule(group, SecurityGroupRuleId),
    description: Description,
  }));
  const byRule = input.IpPermissions?.length
    ? rulesOf(deps, { IpPermissions: input.IpPermissions }, egress, call).map((wanted) => {
        const rule = group.rules.find((candidate) => samePeerAndPorts(candidate, wanted));
        if (!rule) throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
        return { rule, description: wanted.description };
      })
    : [];
  const changes = new Map([...byId, ...byRule].map(({ rule, description }) => [rule.id, description]));
  securityGroups(deps.store, call).update(group.id, {
    rules: group.rules.map((rule) => (changes.has(rule.id) ? { ...rule, description: changes.get(rule.id) } : rule)),
  });
  return { Return: true };
}

export const UpdateSecurityGroupRuleDescriptionsIngress = (
  deps: Deps,
  input: UpdateSecurityGroupRuleDescriptionsIngressRequest,
  call: Call,
): UpdateSecurityGroupRuleDescriptionsIngressResult => updateDescriptions(deps, input, false, call);

export const UpdateSecurityGroupRuleDescriptionsEgress = (
  deps: Deps,
  input: UpdateSecurityGroupRuleDescriptionsIngressRequest,
  call: Call,
): UpdateSecurityGroupRuleDescriptionsIngressResult => updateDescriptions(deps, input, true, call);
