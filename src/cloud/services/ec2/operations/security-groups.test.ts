import { beforeEach, describe, expect, test } from "vitest";
import { codeOf, ec2Alone, SCOPE } from "../testing.ts";

let alone: ReturnType<typeof ec2Alone>;
let act: typeof alone.act;
let vpc: string;
beforeEach(async () => {
  alone = ec2Alone();
  act = alone.act;
  vpc = (await act("CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc.VpcId;
});

const create = async (GroupName = "web"): Promise<string> => (await act("CreateSecurityGroup", { GroupName, Description: "d", VpcId: vpc })).GroupId;
const tcp = (from: number, to: number, ...cidrs: string[]): object => ({
  IpProtocol: "tcp",
  FromPort: from,
  ToPort: to,
  IpRanges: cidrs.map((CidrIp) => ({ CidrIp })),
});
const open = (GroupId: string, ...IpPermissions: object[]): Promise<unknown> => act("AuthorizeSecurityGroupIngress", { GroupId, IpPermissions });

describe("a security group", () => {
  test("lets everything out and nothing in at first", async () => {
    const { SecurityGroups } = await act("DescribeSecurityGroups", { GroupIds: [await create()] });
    expect(SecurityGroups[0]).toMatchObject({ IpPermissions: [], IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }] });
  });

  test("has a name of its own in its VPC", async () => {
    await create();
    expect(await codeOf(create())).toBe("InvalidGroup.Duplicate");
    expect(await codeOf(create("default"))).toBe("InvalidParameterValue");
    expect(await codeOf(create("sg-1"))).toBe("InvalidParameterValue");
  });

  test("is not deleted while another names it, or an instance has it", async () => {
    const [a, b] = [await create("a"), await create("b")];
    await open(b, { IpProtocol: "tcp", FromPort: 2049, ToPort: 2049, UserIdGroupPairs: [{ GroupId: a }] });
    expect(await codeOf(act("DeleteSecurityGroup", { GroupId: a }))).toBe("DependencyViolation");
    await act("DeleteSecurityGroup", { GroupId: b });
    expect(await codeOf(act("DeleteSecurityGroup", { GroupId: a }))).toBe("nothing thrown");
    expect(await codeOf(act("DeleteSecurityGroup", { GroupId: a }))).toBe("InvalidGroup.NotFound");
  });
});

describe("rules", () => {
  test("with the same ports are shown as one permission", async () => {
    const id = await create();
    await open(id, tcp(80, 80, "10.0.0.0/8", "0.0.0.0/0"), { IpProtocol: "6", FromPort: 80, ToPort: 80, Ipv6Ranges: [{ CidrIpv6: "::/0" }] });
    const { SecurityGroups } = await act("DescribeSecurityGroups", { GroupIds: [id] });
    expect(SecurityGroups[0].IpPermissions).toMatchObject([
      {
        IpProtocol: "tcp",
        FromPort: 80,
        ToPort: 80,
        IpRanges: [{ CidrIp: "10.0.0.0/8" }, { CidrIp: "0.0.0.0/0" }],
        Ipv6Ranges: [{ CidrIpv6: "::/0" }],
      },
    ]);
    const { SecurityGroupRules } = await act("DescribeSecurityGroupRules", { Filters: [{ Name: "group-id", Values: [id] }] });
    expect(SecurityGroupRules).toHaveLength(4);
  });

  test("are there once, and go by what they say or by identifier", async () => {
    const id = await create();
    await open(id, tcp(80, 80, "0.0.0.0/0"));
    expect(await codeOf(open(id, tcp(80, 80, "0.0.0.0/0")))).toBe("InvalidPermission.Duplicate");
    await act("RevokeSecurityGroupIngress", { GroupId: id, IpPermissions: [tcp(80, 80, "0.0.0.0/0")] });
    expect(await codeOf(act("RevokeSecurityGroupIngress", { GroupId: id, IpPermissions: [tcp(80, 80, "0.0.0.0/0")] }))).toBe(
      "InvalidPermission.NotFound",
    );
    const { SecurityGroupRules } = (await act("AuthorizeSecurityGroupIngress", {
      GroupId: id,
      CidrIp: "0.0.0.0/0",
      IpProtocol: "udp",
      FromPort: 1,
      ToPort: 2,
    })) as {
      SecurityGroupRules: { SecurityGroupRuleId: string }[];
    };
    const SecurityGroupRuleIds = SecurityGroupRules.map((rule) => rule.SecurityGroupRuleId);
    await act("RevokeSecurityGroupIngress", { GroupId: id, SecurityGroupRuleIds });
    expect((await act("DescribeSecurityGroups", { GroupIds: [id] })).SecurityGroups[0].IpPermissions).toEqual([]);
  });

  test.each([
    ["a port out of range", tcp(70_000, 70_000, "0.0.0.0/0")],
    ["ports the wrong way round", tcp(90, 80, "0.0.0.0/0")],
    ["a malformed range", tcp(80, 80, "0.0.0.0/33")],
    ["an unknown protocol", { IpProtocol: "tpc", FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    ["TCP without ports", { IpProtocol: "tcp", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
  ])("refuses %s", async (_what, permission) => {
    expect(await codeOf(open(await create(), permission))).toBe("InvalidParameterValue");
  });

  test("the CDK's function that empties the default group finds the rules it looks for", async () => {
    const { SecurityGroups } = await act("DescribeSecurityGroups", {
      Filters: [
        { Name: "vpc-id", Values: [vpc] },
        { Name: "group-name", Values: ["default"] },
      ],
    });
    const { GroupId } = SecurityGroups[0];
    await act("RevokeSecurityGroupEgress", { GroupId, IpPermissions: [{ IpRanges: [{ CidrIp: "0.0.0.0/0" }], IpProtocol: "-1" }] });
    await act("RevokeSecurityGroupIngress", {
      GroupId,
      IpPermissions: [{ UserIdGroupPairs: [{ GroupId, UserId: SCOPE.account }], IpProtocol: "-1" }],
    });
    expect((await act("DescribeSecurityGroups", { GroupIds: [GroupId] })).SecurityGroups[0]).toMatchObject({
      IpPermissions: [],
      IpPermissionsEgress: [],
    });
  });
});

describe("which ports are open to a client on this machine", () => {
  const allowed = (groups: string[], protocol: "tcp" | "udp", port: number): boolean => alone.ec2.allowsIngress(SCOPE, groups, protocol, port);

  test("those that a rule opens to everybody, for its protocol only", async () => {
    const id = await create();
    await open(id, tcp(25_565, 25_570, "0.0.0.0/0"));
    expect([25_564, 25_565, 25_570, 25_571].map((port) => allowed([id], "tcp", port))).toEqual([false, true, true, false]);
    expect(allowed([id], "udp", 25_565)).toBe(false);
    expect(allowed([], "tcp", 25_565)).toBe(false);
    expect(allowed(["sg-gone"], "tcp", 25_565)).toBe(false);
  });

  test("all of them where a rule names all protocols; none by a rule for a foreign network, or for a group", async () => {
    const [all, foreign, group] = [await create("a"), await create("b"), await create("c")];
    await open(all, { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
    await open(foreign, tcp(22, 22, "203.0.113.0/24"));
    await open(group, { IpProtocol: "tcp", FromPort: 22, ToPort: 22, UserIdGroupPairs: [{ GroupId: all }] });
    expect([all, foreign, group].map((id) => allowed([id], "tcp", 22))).toEqual([true, false, false]);
    expect(allowed([foreign, all], "udp", 22)).toBe(true);
  });

  test("listeners hear of every change", async () => {
    const heard: string[] = [];
    const end = alone.ec2.onRulesChange((scope) => void heard.push(scope.region));
    const id = await create();
    await open(id, tcp(1, 1, "0.0.0.0/0"));
    await act("RevokeSecurityGroupIngress", { GroupId: id, IpPermissions: [tcp(1, 1, "0.0.0.0/0")] });
    end();
    await open(id, tcp(1, 1, "0.0.0.0/0"));
    expect(heard).toEqual(["us-west-2", "us-west-2"]);
  });
});
