import { describe, expect, test } from "vitest";
import { checkReferences } from "./check.ts";
import { parseTemplate } from "./parse.ts";

describe("parseTemplate", () => {
  test("reads JSON", () => {
    expect(parseTemplate('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}').Resources["A"]).toEqual({ Type: "AWS::SNS::Topic" });
  });

  test("reads YAML with every short form, nested ones too", () => {
    const { Resources } = parseTemplate(`
AWSTemplateFormatVersion: 2010-09-09
Resources:
  A:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "\${AWS::StackName}-x"
      DisplayName: !Join ["-", [!Ref P, !GetAtt B.Outputs.C, !Select [0, !GetAZs ""]]]
      Other: !If [Cond, !ImportValue x, !Ref AWS::NoValue]
      Text: !Sub ["\${a}", { a: !Base64 b }]
`);
    expect(Resources["A"]!.Properties).toEqual({
      TopicName: { "Fn::Sub": "${AWS::StackName}-x" },
      DisplayName: { "Fn::Join": ["-", [{ Ref: "P" }, { "Fn::GetAtt": ["B", "Outputs.C"] }, { "Fn::Select": [0, { "Fn::GetAZs": "" }] }]] },
      Other: { "Fn::If": ["Cond", { "Fn::ImportValue": "x" }, { Ref: "AWS::NoValue" }] },
      Text: { "Fn::Sub": ["${a}", { a: { "Fn::Base64": "b" } }] },
    });
  });

  test.each([
    ["{", "Template format error: JSON not well-formed."],
    ["a: [", "Template format error: YAML not well-formed."],
    ["just text", "Template format error: unsupported structure."],
    ["{}", "At least one Resources member must be defined."],
    ['{"Resource": {}, "Resources": {"A": {"Type": "T"}}}', "Invalid template property or properties [Resource]"],
    ['{"Resources": {"A-b": {"Type": "T"}}}', "Resource name A-b is non alphanumeric."],
    ['{"Resources": {"A": {}}}', "Every Resources object must contain a Type member."],
    ['{"Resources": {"A": {"Type": "T", "Propertys": {}}}}', "Invalid template resource property 'Propertys'"],
  ])("refuses %s as CloudFormation does", (text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
  });

  test("refuses an anchor bomb in bounded memory", () => {
    const levels = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level++) {
      const [before, name] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)];
      levels.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`);
    }
    expect(() => parseTemplate(levels.join("\n"))).toThrow(/Template format error: .*alias/i);
  });
});

describe("checkReferences", () => {
  const check = (rest: object): void => checkReferences(parseTemplate(JSON.stringify({ Resources: { A: { Type: "T", ...rest } } })));

  test.each([
    [{ Properties: { X: { Ref: "Missing" } } }, "Unresolved resource dependencies [Missing] in the Resources block of the template"],
    [{ Properties: { X: { "Fn::Sub": "${Missing}" } } }, "Unresolved resource dependencies [Missing]"],
    [{ Properties: { X: { "Fn::GetAtt": ["Missing", "Arn"] } } }, "instance of Fn::GetAtt references undefined resource Missing"],
    [{ DependsOn: ["Missing"] }, "Unresolved resource dependencies [Missing]"],
    [{ Condition: "Missing" }, "Missing"],
  ])("names what is not there: %j", (rest, message) => {
    expect(() => check(rest)).toThrow(message);
  });

  test("takes pseudo parameters and a Fn::Sub's own variables for granted", () => {
    expect(() => check({ Properties: { X: { "Fn::Sub": ["${AWS::Region}${own}", { own: "1" }] } } })).not.toThrow();
  });
});
