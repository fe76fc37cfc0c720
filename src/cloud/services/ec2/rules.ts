import type { IpPermission } from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";
import { type Cidr, formatCidr, parseCidr, parseIpv4, within } from "./cidr.ts";
import { invalidValue, missing } from "./faults.ts";
import type { RuleRow, SecurityGroupRow } from "./state.ts";

export type NewRule = Omit<RuleRow, "id">;

/** Protocols with names (EC2 API Reference, IpPermission). */
const NAMES: Record<string, string> = { "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", all: "-1" };

/**
 * The single rules that permissions stand for.
 * @param groupId finds a group by identifier or name. @throws AwsError for protocols, ports and peers that EC2 refuses.
 */
export function readPermissions(
  permissions: readonly IpPermission[],
  egress: boolean,
  groupId: (id: string | undefined, name: string | undefined) => string,
): NewRule[] {
  return permissions.flatMap((permission) => {
    const base = { egress, ...protocolAndPorts(permission) };
    const described = (Description: string | undefined): Partial<NewRule> =>
      Description === undefined ? {} : { description: checkDescription(Description) };
    const rules: NewRule[] = [
      ...(permission.IpRanges ?? []).map((range) => ({ ...base, cidrIpv4: ipv4Range(range.CidrIp), ...described(range.Description) })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({ ...base, cidrIpv6: ipv6Range(range.CidrIpv6), ...described(range.Description) })),
      ...(permission.PrefixListIds ?? []).map((list) => ({ ...base, prefixListId: list.PrefixListId!, ...described(list.Description) })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
        ...base,
        groupId: groupId(pair.GroupId, pair.GroupName),
        ...described(pair.Description),
      })),
    ];
    if (rules.length === 0) throw missing("ipRanges, ipv6Ranges, prefixListIds or groups");
    return rules;
  });
}

function protocolAndPorts({ IpProtocol, FromPort, ToPort }: IpPermission): Pick<NewRule, "protocol" | "fromPort" | "toPort"> {
  if (IpProtocol === undefined) throw missing("ipProtocol");
  const protocol = NAMES[IpProtocol.toLowerCase()] ?? IpProtocol.toLowerCase();
  if (protocol === "-1") return { protocol };
  const known = ["tcp", "udp", "icmp", "icmpv6"].includes(protocol);
  if (!known && !(/^\d{1,3}$/.test(protocol) && Number(protocol) <= 255)) {
    throw invalidValue(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`);
  }
  // Ports of protocols without ports are ignored: all of the protocol passes.
  if (!known) return { protocol };
  if (protocol.startsWith("icmp")) return { protocol, fromPort: FromPort ?? -1, toPort: ToPort ?? -1 };
  if (FromPort === undefined || ToPort === undefined)
    throw invalidValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
  const [from, to] = FromPort === -1 && ToPort === -1 ? [0, 65_535] : [FromPort, ToPort];
  for (const port of [from, to]) {
    if (port < 0 || port > 65_535) throw invalidValue(`Invalid value '${port}' for portRange. Must be in the range 0-65535.`);
  }
  if (from > to) throw invalidValue(`Invalid TCP/UDP port range (${from}-${to})`);
  return { protocol, fromPort: from, toPort: to };
}

function ipv4Range(text: string | undefined): string {
  const cidr = parseCidr(text ?? "");
  if (!cidr) throw invalidValue(`CIDR block ${text} is malformed`);
  return formatCidr(cidr);
}

function ipv6Range(text: string | undefined): string {
  if (!ipaddr.IPv6.isValidCIDR(text ?? "")) throw invalidValue(`CIDR block ${text} is malformed`);
  return ipaddr.IPv6.networkAddressFromCIDR(text!).toString() + text!.slice(text!.indexOf("/"));
}

function checkDescription(text: string): string {
  if (text.length > 255 || !/^[\w .:/()#,@[\]+=&;{}!$*-]*$/.test(text)) {
    throw invalidValue(
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  }
  return text;
}

/** Are two rules the same but for identifier and description? */
export const samePeerAndPorts = (a: NewRule, b: NewRule): boolean =>
  a.egress === b.egress &&
  a.protocol === b.protocol &&
  a.fromPort === b.fromPort &&
  a.toPort === b.toPort &&
  a.cidrIpv4 === b.cidrIpv4 &&
  a.cidrIpv6 === b.cidrIpv6 &&
  a.prefixListId === b.prefixListId &&
  a.groupId === b.groupId;

/** Every client of this cloud's machines is on this machine: its packets come from here. */
const LOOPBACK = parseCidr("127.0.0.1/32")!;

/** Does the rule name the protocol and the port? */
const covers = (rule: RuleRow, protocol: "tcp" | "udp", port: number): boolean =>
  rule.protocol === "-1" || (rule.protocol === protocol && port >= rule.fromPort! && port <= rule.toPort!);

/**
 * May a packet of `protocol` come in to `port` from a client on this machine? Yes where a rule of any of the groups opens
 * the port to a range that loopback addresses are in, such as 0.0.0.0/0; a rule for a foreign network or for another
 * security group opens nothing here.
 */
export function ingressAllowed(groups: readonly SecurityGroupRow[], protocol: "tcp" | "udp", port: number): boolean {
  return groups.some((group) =>
    group.rules.some((rule) => !rule.egress && covers(rule, protocol, port) && rule.cidrIpv4 && within(LOOPBACK, parseCidr(rule.cidrIpv4)!)),
  );
}

interface Packet {
  protocol: "tcp" | "udp";
  port: number;
}

/**
 * Do the groups of an address let somebody in who has these groups and private addresses? Security groups only allow, and
 * all groups of an interface count together (VPC User Guide, "Security group rules"). Of a caller whose addresses nobody
 * knows only 0.0.0.0/0 is sure to mean him.
 */
export function admits(
  groups: readonly SecurityGroupRow[],
  { protocol, port }: Packet,
  from: { securityGroupIds: readonly string[]; addresses?: readonly string[] },
): boolean {
  return groups.some(({ rules }) =>
    rules.some((rule) => {
      if (rule.egress || !covers(rule, protocol, port)) return false;
      if (rule.groupId) return from.securityGroupIds.includes(rule.groupId);
      if (!rule.cidrIpv4) return false;
      const range = parseCidr(rule.cidrIpv4)!;
      return from.addresses ? from.addresses.some((address) => contains(range, address)) : range.bits === 0;
    }),
  );
}

/** Do the groups of a caller let him out to an address that has these groups? */
export function lets(
  groups: readonly SecurityGroupRow[],
  { protocol, port }: Packet,
  to: { address: string; securityGroupIds: readonly string[] },
): boolean {
  return groups.some(({ rules }) =>
    rules.some((rule) => {
      if (!rule.egress || !covers(rule, protocol, port)) return false;
      if (rule.groupId) return to.securityGroupIds.includes(rule.groupId);
      return rule.cidrIpv4 !== undefined && contains(parseCidr(rule.cidrIpv4)!, to.address);
    }),
  );
}

function contains(range: Cidr, address: string): boolean {
  const value = parseIpv4(address);
  return value !== undefined && value >= range.base && value < range.base + range.size;
}
