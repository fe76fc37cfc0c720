import { beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import type { Call } from "../../../core/service.ts";
import { Store } from "../../../core/store.ts";
import { createSsm } from "../index.ts";

const ACCOUNT = "000000000000";
const call: Call = { account: ACCOUNT, region: "us-west-2", principal: { kind: "root", arn: "root", account: ACCOUNT }, requestId: "1" };
// oxlint-disable-next-line typescript/no-explicit-any -- answers of every operation
let act: (operation: string, input: object) => Promise<any>;

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

beforeEach(() => {
  const images = [
    { ImageId: "ami-old", Name: "al2023-ami-ecs-hvm-2023.0.20250101-kernel-6.1-x86_64", CreationDate: "2025-01-01T00:00:00.000Z" },
    { ImageId: "ami-new", Name: "al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1-x86_64", CreationDate: "2026-01-05T00:00:00.000Z" },
  ];
  const api = { call: <O>(): Promise<O> => Promise.resolve({ Images: images } as O) };
  const ssm = createSsm({ store: new Store(), clock: new VirtualClock(), api });
  act = async (operation, input) => await ssm.operations[operation]!(input, call);
});

const put = (Name: string, Value: string, more: object = {}): Promise<{ Version: number }> =>
  act("PutParameter", { Name, Value, Type: "String", ...more });
const valueOf = async (Name: string, more: object = {}): Promise<string> => (await act("GetParameter", { Name, ...more })).Parameter.Value;

describe("a parameter", () => {
  test("is overwritten only when that is asked for, and keeps its versions", async () => {
    expect(await put("/a/b", "1")).toEqual({ Version: 1, Tier: "Standard" });
    expect(await codeOf(put("/a/b", "2"))).toBe("ParameterAlreadyExists");
    expect((await put("/a/b", "2", { Overwrite: true })).Version).toBe(2);
    expect([await valueOf("/a/b"), await valueOf("/a/b:1"), await valueOf("/a/b:2")]).toEqual(["2", "1", "2"]);
    expect(await codeOf(valueOf("/a/b:3"))).toBe("ParameterVersionNotFound");
    expect((await act("GetParameterHistory", { Name: "/a/b" })).Parameters).toHaveLength(2);
  });

  test("is found by its ARN, with or without a hierarchy", async () => {
    await put("/a/b", "1");
    await put("plain", "2");
    const { Parameter } = await act("GetParameter", { Name: "plain" });
    expect(Parameter.ARN).toBe("arn:aws:ssm:us-west-2:000000000000:parameter/plain");
    expect([await valueOf(Parameter.ARN), await valueOf("arn:aws:ssm:us-west-2:000000000000:parameter/a/b")]).toEqual(["2", "1"]);
  });

  test("that is a SecureString shows its value only with decryption", async () => {
    await put("/secret", "hidden", { Type: "SecureString" });
    expect(await valueOf("/secret")).not.toContain("hidden");
    expect(await valueOf("/secret", { WithDecryption: true })).toBe("hidden");
  });

  test.each([
    ["a reserved name", { Name: "/aws/x" }, "AccessDeniedException"],
    ["a name that begins like AWS's", { Name: "ssm-x" }, "ValidationException"],
    ["a hierarchy without its first slash", { Name: "a/b" }, "ValidationException"],
    ["no type", { Type: undefined }, "ValidationException"],
    ["an unknown type", { Type: "Number" }, "UnsupportedParameterType"],
    ["a value that does not match its pattern", { AllowedPattern: "^\\d+$" }, "ParameterPatternMismatchException"],
    ["more than the tier takes", { Value: "x".repeat(4097) }, "ValidationException"],
  ])("is refused with %s", async (_what, more, code) => expect(await codeOf(put("/n", "v", more))).toBe(code));

  test("has a label on one version at a time", async () => {
    await put("/p", "1");
    await act("LabelParameterVersion", { Name: "/p", Labels: ["live"] });
    await put("/p", "2", { Overwrite: true });
    expect(await valueOf("/p:live")).toBe("1");
    await act("LabelParameterVersion", { Name: "/p", Labels: ["live"] });
    expect(await valueOf("/p:live")).toBe("2");
  });
});

describe("several parameters", () => {
  test("are got at once, and those that are not there are named", async () => {
    await put("/a", "1");
    expect(await act("GetParameters", { Names: ["/a", "/b"] })).toMatchObject({ Parameters: [{ Value: "1" }], InvalidParameters: ["/b"] });
    expect(await act("DeleteParameters", { Names: ["/a", "/b"] })).toEqual({ DeletedParameters: ["/a"], InvalidParameters: ["/b"] });
    expect(await codeOf(act("DeleteParameter", { Name: "/a" }))).toBe("ParameterNotFound");
  });

  test("are found below a path, one level or all, page by page", async () => {
    for (const name of ["/x/a", "/x/b/c", "/xy/d"]) await put(name, "v");
    const names = async (more: object): Promise<string[]> =>
      (await act("GetParametersByPath", { Path: "/x", ...more })).Parameters.map((parameter: { Name: string }) => parameter.Name);
    expect(await names({})).toEqual(["/x/a"]);
    expect(await names({ Recursive: true })).toEqual(["/x/a", "/x/b/c"]);
    const { NextToken } = await act("GetParametersByPath", { Path: "/", Recursive: true, MaxResults: 2 });
    expect(await names({ Path: "/", Recursive: true, MaxResults: 2, NextToken })).toEqual(["/xy/d"]);
  });

  test("are described by filters", async () => {
    await put("/x/a", "v", { Tags: [{ Key: "team", Value: "red" }] });
    await put("/x/b", "v", { Type: "SecureString" });
    const names = async (...ParameterFilters: object[]): Promise<string[]> =>
      (await act("DescribeParameters", { ParameterFilters })).Parameters.map((parameter: { Name: string }) => parameter.Name);
    expect(await names({ Key: "Type", Values: ["SecureString"] })).toEqual(["/x/b"]);
    expect(await names({ Key: "tag:team", Values: ["red"] })).toEqual(["/x/a"]);
    expect(await names({ Key: "Name", Option: "BeginsWith", Values: ["/x"] })).toEqual(["/x/a", "/x/b"]);
  });
});

test("public parameters stand for the newest image", async () => {
  const path = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended";
  expect(await valueOf(`${path}/image_id`)).toBe("ami-new");
  expect(JSON.parse(await valueOf(path))).toMatchObject({ image_id: "ami-new", os: "Amazon Linux 2023" });
  expect(await codeOf(valueOf("/aws/service/nothing"))).toBe("ParameterNotFound");
});

test("tags of a parameter that is gone are an invalid resource, as the CDK's export reader expects", async () => {
  await put("/cdk/exports/x", "v");
  const resource = { ResourceType: "Parameter", ResourceId: "/cdk/exports/x" };
  await act("AddTagsToResource", { ...resource, Tags: [{ Key: "aws-cdk:strong-ref:p", Value: "true" }] });
  expect((await act("ListTagsForResource", resource)).TagList).toEqual([{ Key: "aws-cdk:strong-ref:p", Value: "true" }]);
  await act("DeleteParameter", { Name: "/cdk/exports/x" });
  expect(await codeOf(act("RemoveTagsFromResource", { ...resource, TagKeys: ["aws-cdk:strong-ref:p"] }))).toBe("InvalidResourceId");
});
