import { describe, expect, test } from "vitest";
import { resolveDynamic } from "./dynamic.ts";
import { resolveParameters, type SuppliedParameters } from "./parameters.ts";
import type { ParameterDefinition } from "./types.ts";

const ssm = async (name: string): Promise<string | undefined> => ({ "/ami": "ami-1", "/list": "a,b" })[name];
const parameters = (definitions: Record<string, ParameterDefinition>, supplied: SuppliedParameters = {}, previous: Record<string, string> = {}) =>
  resolveParameters({ Resources: {}, Parameters: definitions }, supplied, previous, ssm);
const valueOf = async (definition: ParameterDefinition, given?: string): Promise<unknown> =>
  (await parameters({ P: definition }, given === undefined ? {} : { P: given }))["P"]!.value;

describe("parameters", () => {
  test("have the given value, or their default", async () => {
    expect(await valueOf({ Type: "String", Default: "d" }, "given")).toBe("given");
    expect(await valueOf({ Type: "Number", Default: 3 })).toBe("3");
    expect(await valueOf({ Type: "CommaDelimitedList", Default: "a, b" })).toEqual(["a", "b"]);
    expect(await valueOf({ Type: "List<AWS::EC2::Subnet::Id>" }, "subnet-1,subnet-2")).toEqual(["subnet-1", "subnet-2"]);
  });

  test("of SSM types have the value that the SSM parameter holds", async () => {
    expect(await valueOf({ Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: "/ami" })).toBe("ami-1");
    expect(await valueOf({ Type: "AWS::SSM::Parameter::Value<List<String>>", Default: "/list" })).toEqual(["a", "b"]);
    await expect(valueOf({ Type: "AWS::SSM::Parameter::Value<String>", Default: "/none" })).rejects.toThrow("Unable to fetch parameters [/none]");
  });

  test("keep the previous value when asked to", async () => {
    const { P } = await parameters({ P: { Type: "String" } }, { P: { usePrevious: true } }, { P: "before" });
    expect(P!.value).toBe("before");
  });

  test("that are missing or unknown are all named", async () => {
    await expect(parameters({ A: { Type: "String" }, B: { Type: "String" } })).rejects.toThrow("Parameters: [A, B] must have values");
    await expect(parameters({}, { X: "1", Y: "2" })).rejects.toThrow("Parameters: [X, Y] do not exist in the template");
  });

  test.each<[ParameterDefinition, string, string]>([
    [{ Type: "String", AllowedValues: ["a", "b"] }, "c", "Parameter 'P' must be one of AllowedValues"],
    [{ Type: "String", AllowedPattern: "[a-z]+" }, "ab1", "Parameter 'P' must match pattern [a-z]+"],
    [{ Type: "String", AllowedPattern: "[a-z]+", ConstraintDescription: "letters only" }, "1", "failed to satisfy constraint: letters only"],
    [{ Type: "String", MinLength: 3 }, "ab", "must contain at least 3 characters"],
    [{ Type: "String", MaxLength: 1 }, "ab", "must contain at most 1 characters"],
    [{ Type: "Number" }, "x", "Parameter 'P' must be a number."],
    [{ Type: "Number", MinValue: 2 }, "1", "must be a number not less than 2"],
    [{ Type: "Number", MaxValue: 2 }, "3", "must be a number not greater than 2"],
    [{ Type: "Strin" }, "3", "Unrecognized parameter type: Strin"],
  ])("are checked against %j", async (definition, given, message) => {
    await expect(valueOf(definition, given)).rejects.toThrow(message);
  });
});

describe("dynamic references", () => {
  test("are replaced inside text, wherever they stand", async () => {
    expect(await resolveDynamic({ a: ["x-{{resolve:ssm:/ami}}-{{resolve:ssm:/list}}"] }, ssm)).toEqual({ a: ["x-ami-1-a,b"] });
  });

  test("to secrets name a version and a member, and are left as they stand where nobody may see the value", async () => {
    const arn = "arn:aws:secretsmanager:us-west-2:000000000000:secret:db-AbCdEf";
    const asked: object[] = [];
    const secret = async (wanted: { SecretId: string }): Promise<string | undefined> => {
      asked.push(wanted);
      return wanted.SecretId === "plain" ? "text" : '{"user":"$&","port":5432}';
    };
    const value = (reference: string): Promise<string> => resolveDynamic(`<{{resolve:${reference}}}>`, ssm, secret);
    expect(await value("secretsmanager:plain")).toBe("<text>");
    expect(await value(`secretsmanager:${arn}:SecretString:user`)).toBe("<$&>");
    expect(await value("secretsmanager:db:SecretString:port:AWSPREVIOUS")).toBe("<5432>");
    expect(await value("secretsmanager:db:SecretString:port::v1")).toBe("<5432>");
    expect(await value("secretsmanager:plain:SecretString::::")).toBe("<text>");
    expect(asked.slice(1, 4)).toEqual([{ SecretId: arn }, { SecretId: "db", VersionStage: "AWSPREVIOUS" }, { SecretId: "db", VersionId: "v1" }]);
    await expect(value("secretsmanager:db:SecretString:none")).rejects.toThrow("Could not find a value associated with JSONKey in SecretString");
    await expect(value("secretsmanager:plain:SecretString:x")).rejects.toThrow("Could not parse SecretString JSON");
    await expect(value("secretsmanager:plain:SecretBinary")).rejects.toThrow("not SecretBinary");
    expect(await value("ssm-secure:/ami")).toBe("<ami-1>");
    const left = "{{resolve:secretsmanager:plain}} {{resolve:ssm-secure:/ami}}";
    expect(await resolveDynamic(`${left} {{resolve:ssm:/ami}}`, ssm)).toBe(`${left} ami-1`);
  });

  test("to what is not there, or not supported, are errors", async () => {
    await expect(resolveDynamic("{{resolve:ssm:/none}}", ssm)).rejects.toThrow("[ssm:/none] cannot be found");
    await expect(resolveDynamic("{{resolve:kms:x}}", ssm)).rejects.toThrow("dynamic references to kms");
  });
});
