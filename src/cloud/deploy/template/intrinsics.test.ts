import { describe, expect, test } from "vitest";
import { environmentOf, includedResources, outputsOf } from "./evaluate.ts";
import { resolve } from "./intrinsics.ts";
import { parseTemplate } from "./parse.ts";
import { checkRules } from "./rules.ts";
import type { Template } from "./types.ts";

const surroundings = {
  place: { account: "123456789012", region: "eu-west-1", stackId: "arn:stack", stackName: "stack", notificationArns: ["arn:topic"] },
  parameters: { Name: "web", List: ["a", "b"], Stage: "prod" },
  ref: (id: string) => `physical-${id}`,
  getAtt: (id: string, attribute: string) => (attribute === "Servers" ? ["ns1", "ns2"] : `${id}.${attribute}`),
  importValue: (name: string) => `imported-${name}`,
  zones: (region: string) => [`${region}a`, `${region}b`],
};

const env = (template: Partial<Template> = {}) => environmentOf({ Resources: {}, ...template }, surroundings);
const value = (expression: unknown, template: Partial<Template> = {}): unknown => resolve(expression, env(template));

describe("intrinsic functions", () => {
  test.each<[string, unknown, unknown]>([
    ["Ref of a parameter", { Ref: "Name" }, "web"],
    ["Ref of a list parameter", { Ref: "List" }, ["a", "b"]],
    ["Ref of a resource", { Ref: "Bucket" }, "physical-Bucket"],
    ["a pseudo parameter", { Ref: "AWS::Region" }, "eu-west-1"],
    ["GetAtt as a list", { "Fn::GetAtt": ["Nested", "Outputs.Id"] }, "Nested.Outputs.Id"],
    ["GetAtt with dots", { "Fn::GetAtt": "Nested.Outputs.Id" }, "Nested.Outputs.Id"],
    [
      "Sub with a resource, an attribute and a literal",
      { "Fn::Sub": "${AWS::Partition}:${Bucket}:${Bucket.Arn}:${!Kept}" },
      "aws:physical-Bucket:Bucket.Arn:${Kept}",
    ],
    ["Sub with variables of its own", { "Fn::Sub": ["${A}-${Name}", { A: { Ref: "AWS::AccountId" } }] }, "123456789012-web"],
    ["Join", { "Fn::Join": ["/", ["a", { Ref: "Name" }, 3]] }, "a/web/3"],
    ["Join of a list attribute", { "Fn::Join": [",", { "Fn::GetAtt": ["Zone", "Servers"] }] }, "ns1,ns2"],
    ["Select", { "Fn::Select": ["1", { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    ["Split", { "Fn::Split": ["|", "a||b"] }, ["a", "", "b"]],
    ["GetAZs of the own region", { "Fn::GetAZs": "" }, ["eu-west-1a", "eu-west-1b"]],
    ["GetAZs of another region", { "Fn::GetAZs": "us-east-1" }, ["us-east-1a", "us-east-1b"]],
    ["ImportValue", { "Fn::ImportValue": { "Fn::Sub": "Base:${Name}" } }, "imported-Base:web"],
    ["Base64", { "Fn::Base64": "#!/bin/bash" }, "IyEvYmluL2Jhc2g="],
    ["Cidr", { "Fn::Cidr": ["10.0.0.0/16", 3, "8"] }, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]],
    ["Cidr of IPv6", { "Fn::Cidr": ["2001:db8::/56", 2, 64] }, ["2001:db8::/64", "2001:db8:0:1::/64"]],
    ["Length", { "Fn::Length": { Ref: "List" } }, 2],
    ["ToJsonString", { "Fn::ToJsonString": { a: { Ref: "Name" } } }, '{"a":"web"}'],
  ])("%s", (_, expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  test("FindInMap finds, falls back to its default, and names what is missing", () => {
    const Mappings = { Map: { prod: { size: "large" } } };
    expect(value({ "Fn::FindInMap": ["Map", { Ref: "Stage" }, "size"] }, { Mappings })).toBe("large");
    expect(value({ "Fn::FindInMap": ["Map", "dev", "size", { DefaultValue: "small" }] }, { Mappings })).toBe("small");
    expect(() => value({ "Fn::FindInMap": ["Map", "dev", "size"] }, { Mappings })).toThrow("Unable to get mapping for Map::dev::size");
  });

  test("AWS::NoValue leaves out properties and list elements", () => {
    const Conditions = { No: { "Fn::Equals": ["a", "b"] } };
    const optional = { "Fn::If": ["No", "x", { Ref: "AWS::NoValue" }] };
    expect(value({ kept: 1, left: optional, list: ["a", optional] }, { Conditions })).toEqual({ kept: 1, list: ["a"] });
  });

  test("a policy's own Condition member is not taken for the function", () => {
    expect(value({ Condition: { Bool: { "aws:SecureTransport": "false" } } })).toEqual({ Condition: { Bool: { "aws:SecureTransport": "false" } } });
  });

  test("Fn::Transform is not supported, and says so", () => {
    expect(() => value({ "Fn::Transform": { Name: "AWS::Include" } })).toThrow("Fn::Transform (macros)");
  });

  test("Select outside of its list is an error in AWS's words", () => {
    expect(() => value({ "Fn::Select": [5, ["a"]] })).toThrow("Fn::Select cannot select nonexistent value at index 5");
  });
});

describe("conditions and rules", () => {
  const template: Template = parseTemplate(`
Parameters: { Stage: { Type: String } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [{ Condition: IsProd }]
  Both: !And [!Condition IsProd, !Condition IsDev]
  Either: !Or [!Condition IsProd, !Condition IsDev]
Resources:
  Always: { Type: AWS::SNS::Topic }
  InProd: { Type: AWS::SNS::Topic, Condition: IsProd }
  InDev: { Type: AWS::SNS::Topic, Condition: IsDev }
  InBoth: { Type: AWS::SNS::Topic, Condition: Both }
  InEither: { Type: AWS::SNS::Topic, Condition: Either }
Outputs:
  Prod: { Condition: IsProd, Value: !Ref InProd, Export: { Name: !Sub "\${AWS::StackName}:Prod" } }
  Dev: { Condition: IsDev, Value: x }
`);

  test("decide which resources and outputs there are", () => {
    const environment = environmentOf(template, surroundings);
    expect([...includedResources(template, environment)]).toEqual(["Always", "InProd", "InEither"]);
    expect(outputsOf(template, environment)).toEqual([{ key: "Prod", value: "physical-InProd", exportName: "stack:Prod" }]);
  });

  test("a condition that needs itself is an error", () => {
    const Conditions = { A: { Condition: "B" }, B: { "Fn::Not": [{ Condition: "A" }] } };
    expect(() => env({ Conditions }).condition("A")).toThrow("circular dependency between conditions");
  });

  test("CDK's rule for the bootstrap version passes with a new version and fails with an old one", () => {
    const cdk = (version: string): void => {
      const rule = {
        Assertions: [
          {
            Assert: { "Fn::Not": [{ "Fn::Contains": [["1", "2", "3", "4", "5"], { Ref: "BootstrapVersion" }] }] },
            AssertDescription: "CDK bootstrap stack version 6 required.",
          },
        ],
      };
      const withRule: Template = { Resources: {}, Rules: { CheckBootstrapVersion: rule } };
      checkRules(withRule, environmentOf(withRule, { ...surroundings, parameters: { BootstrapVersion: version } }));
    };
    expect(() => cdk("30")).not.toThrow();
    expect(() => cdk("5")).toThrow("CDK bootstrap stack version 6 required.");
  });
});
