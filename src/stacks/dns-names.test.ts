import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idsOf, type Json, onlyOf, propertiesOf, synthesizeTemplates, type Template } from "./testing-templates.ts";
import { testLeaf, testOwnZone, testProject } from "./testing.ts";

/** Zones, records and what wakes: in the zone that leaves share, and in one of the leaf's own. */

const folder = mkdtempSync(join(tmpdir(), "rouse-names-"));
afterAll(() => rmSync(folder, { recursive: true }));

let templates: Record<string, Template>;
beforeAll(() => {
  templates = synthesizeTemplates(folder, "prod", testProject([testLeaf("minecraft"), testLeaf("other"), testOwnZone("mine")]));
});

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}
const statementsOf = (template: Template | undefined, sid: string): Statement => {
  const policies = propertiesOf(template, "AWS::IAM::Role").flatMap(({ Policies }) => (Policies ?? []) as Json[]);
  const documents = [...policies, ...propertiesOf(template, "AWS::IAM::ManagedPolicy")].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  return (documents as Statement[]).find(({ Sid }) => Sid === sid)!;
};

describe("the zone that leaves share", () => {
  test("is one, delegated from the root zone, with one query log, one filter and one function", () => {
    const base = templates["Arcade-BaseDns"];
    expect(onlyOf(base, "AWS::Route53::HostedZone").Name).toBe("arcade.example.com.");
    expect(onlyOf(base, "AWS::Route53::RecordSet")).toMatchObject({ Type: "NS", Name: "arcade.example.com.", HostedZoneId: "Z1234567890" });
    expect(onlyOf(base, "AWS::Logs::SubscriptionFilter").FilterPattern).toContain(String.raw`%^[-0-9A-Za-z]+\.[Aa][Rr][Cc][Aa][Dd][Ee]\.`);
    expect(onlyOf(base, "AWS::Lambda::Function").FunctionName).toBe("arcade-start-system");
    for (const name of ["Domain", "StartSystem"]) {
      const types = Object.values(templates[`Arcade-Minecraft-${name}`]!.Resources).map(({ Type }) => Type);
      expect(types.toSorted()).toEqual(
        name === "Domain" ? ["AWS::IAM::ManagedPolicy", "AWS::Route53::RecordSet", "AWS::Route53::RecordSet"] : ["AWS::SSM::Parameter"],
      );
    }
  });

  test("is not there where every leaf has a zone of its own", () => {
    const apart = synthesizeTemplates(folder, "apart", testProject([testOwnZone("minecraft")]));
    expect(Object.values(apart["Arcade-BaseDns"]!.Resources).map(({ Type }) => Type)).toEqual([
      "AWS::Logs::ResourcePolicy",
      // Sends failed deployments on, to where they are told.
      "AWS::IAM::Role",
      "AWS::Events::Rule",
    ]);
  });

  test("is known in another region without custom resources: the leaf's stack takes no value of another", () => {
    const texts = Object.entries(templates).filter(([name]) => !name.includes("Mine") || name.includes("Minecraft"));
    for (const [name, template] of texts) expect([name, JSON.stringify(template).includes("Custom::CrossRegion")]).toEqual([name, false]);
  });

  test("a leaf's name comes before its function, which may be given the right to write it, and what wakes comes last", () => {
    const { artifacts } = JSON.parse(readFileSync(join(folder, "prod", "manifest.json"), "utf8")) as {
      artifacts: Record<string, { dependencies?: string[] }>;
    };
    expect(artifacts["Arcade-Minecraft-Domain"]!.dependencies).toContain("Arcade-BaseDns");
    expect(artifacts["Arcade-Minecraft"]!.dependencies).toContain("Arcade-Minecraft-Domain");
    expect(artifacts["Arcade-Minecraft-StartSystem"]!.dependencies).toContain("Arcade-Minecraft");
  });
});

describe("what wakes a leaf", () => {
  test("imports nothing, so that it can be deployed and deleted by itself", () => {
    for (const name of ["Arcade-Minecraft-StartSystem", "Arcade-Mine-StartSystem"]) {
      const text = JSON.stringify(templates[name]);
      expect(text).not.toContain("Fn::ImportValue");
      expect(text).not.toContain("Custom::");
      expect(templates[name]!.Outputs).toBeUndefined();
    }
  });

  test("knows of each leaf in the shared zone by a parameter of its name", () => {
    const { Name, Value } = onlyOf(templates["Arcade-Minecraft-StartSystem"], "AWS::SSM::Parameter");
    expect(Name).toBe("/rouse/arcade/prod/sleepers/minecraft");
    expect(JSON.parse(Value)).toEqual({
      leaf: "minecraft",
      domain: "minecraft.arcade.example.com",
      group: "arcade-minecraft",
      cluster: "arcade-minecraft",
      service: "arcade-minecraft",
      grace: 600,
      ignore: [],
    });
  });

  test("may raise the groups of this application and environment, mark their wakes, and nothing else", () => {
    const base = templates["Arcade-BaseDns"];
    for (const sid of ["WakeGroup", "MarkWake"]) {
      const { Resource, Condition } = statementsOf(base, sid);
      expect(JSON.stringify(Resource)).toContain(":autoScalingGroupName/arcade-*");
      expect(Condition!["StringEquals"]).toEqual({ "aws:ResourceTag/rouse:application": "arcade", "aws:ResourceTag/rouse:environment": "prod" });
    }
    expect(statementsOf(base, "MarkWake").Condition!["ForAllValues:StringEquals"]).toEqual({ "aws:TagKeys": ["rouse:wake"] });
    expect(JSON.stringify(statementsOf(base, "ReadLeaf").Resource)).toContain(":parameter/rouse/arcade/prod/sleepers/*");
  });

  test("of a leaf with a zone of its own may raise this group and nobody else's", () => {
    expect(JSON.stringify(statementsOf(templates["Arcade-Mine-StartSystem"], "WakeGroup").Resource)).toContain(':autoScalingGroupName/arcade-mine"');
  });
});

test("the reconcile function may write the leaf's own two records only, in their zone", () => {
  const names = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
  const shared = statementsOf(templates["Arcade-Minecraft-Domain"], "WriteRecords");
  expect(shared.Condition!["ForAllValues:StringEquals"]).toMatchObject({
    [names]: ["minecraft.arcade.example.com", "_rouse.minecraft.arcade.example.com"],
  });
  expect(JSON.stringify(shared.Resource)).toContain("Fn::ImportValue");
  const [role] = propertiesOf(templates["ArcadeMinecraftAsgStateChangeHook"], "AWS::IAM::Role");
  expect(JSON.stringify(role.ManagedPolicyArns)).toContain(":policy/arcade-minecraft-records");
  const own = statementsOf(templates["ArcadeMineAsgStateChangeHook"], "WriteRecords");
  expect(own.Condition!["ForAllValues:StringEquals"]).toMatchObject({ [names]: ["mine.example.com", "_rouse.mine.example.com"] });
});

test("a leaf with a zone of its own has its zone, its log, its filter and its function", () => {
  expect(onlyOf(templates["Arcade-Mine-Domain"], "AWS::Route53::HostedZone").Name).toBe("mine.example.com.");
  expect(idsOf(templates["Arcade-Mine-StartSystem"]!, "AWS::Lambda::Function")).toHaveLength(1);
  expect(onlyOf(templates["Arcade-Mine-StartSystem"], "AWS::Logs::SubscriptionFilter").LogGroupName).toBe("/aws/route53/mine.example.com");
});
