import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AwsError } from "../../core/errors.ts";
import { EAST, fakeCloud, WEST, type FakeCloud } from "../testing/fake-cloud.ts";
import { findStack, stacks } from "../engine/state.ts";
import type { DeployProgress } from "./deploy-assembly.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-assembly-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface StackOptions {
  region?: string;
  needs?: string[];
  resources?: object;
  parameters?: Record<string, string>;
  template?: object;
}

let count = 0;
/** A cloud assembly as CDK writes it. */
function assembly(stackOptions: Record<string, StackOptions>, files: object = {}, dockerImages: object = {}): string {
  const directory = join(folder, String(count++));
  mkdirSync(directory);
  const artifacts = Object.entries(stackOptions).flatMap(([id, { region = "us-west-2", needs = [], parameters = {}, resources, template }]) => {
    const topic = { T: { Type: "AWS::SNS::Topic", Properties: { TopicName: id } } };
    writeFileSync(join(directory, `${id}.template.json`), JSON.stringify({ Resources: resources ?? topic, ...template }));
    writeFileSync(join(directory, `${id}.assets.json`), JSON.stringify({ version: "1", files, dockerImages }));
    const properties = { templateFile: `${id}.template.json`, tags: { Application: "arcade" }, parameters };
    const environment = `aws://unknown-account/${region}`;
    return [
      [`${id}.assets`, { type: "cdk:asset-manifest", properties: { file: `${id}.assets.json` } }],
      [id, { type: "aws:cloudformation:stack", environment, properties, dependencies: [...needs, `${id}.assets`] }],
    ];
  });
  writeFileSync(join(directory, "manifest.json"), JSON.stringify({ version: "1", artifacts: Object.fromEntries(artifacts) as object }));
  return directory;
}

const created = (cloud: FakeCloud): string[] =>
  cloud.calls.filter((call) => call.operation === "CreateTopic").map((call) => `${call.region} ${call.input.Name}`);
const inOrder = ({ stacks: all }: { stacks: { name: string; result: string }[] }): string[] => all.map((stack) => `${stack.name} ${stack.result}`);

describe("deploying an assembly", () => {
  const three = { C: { needs: ["A", "B"] }, A: { region: "us-east-1" }, B: {} };

  test("follows the stacks' dependencies, into each one's region, with the assembly's tags", async () => {
    const cloud = fakeCloud();
    const progress: DeployProgress[] = [];
    const result = await cloud.deployer.deployAssembly({ assemblyDir: assembly(three), onProgress: (event) => void progress.push(event) });
    expect(result.ok).toBe(true);
    expect(created(cloud)).toEqual(["us-east-1 A", "us-west-2 B", "us-west-2 C"]);
    expect(findStack(cloud.store, EAST, "A")).toMatchObject({ status: "CREATE_COMPLETE", tags: [{ Key: "Application", Value: "arcade" }] });
    expect(progress[0]).toMatchObject({ stack: "A", region: "us-east-1", status: "CREATE_IN_PROGRESS" });
    expect(progress.at(-1)).toEqual({ stack: "C", region: "us-west-2", status: "CREATE_COMPLETE" });
    expect(progress.find((event) => event.resource)).toMatchObject({ resource: { logicalId: "T", type: "AWS::SNS::Topic" } });
  });

  test("skips what has not changed and updates what has", async () => {
    const cloud = fakeCloud();
    await cloud.deployer.deployAssembly({ assemblyDir: assembly(three) });
    cloud.calls.length = 0;
    const changed = { ...three, B: { resources: { T: { Type: "AWS::SNS::Topic", Properties: { TopicName: "B", DisplayName: "new" } } } } };
    expect(inOrder(await cloud.deployer.deployAssembly({ assemblyDir: assembly(changed) }))).toEqual(["C unchanged", "A unchanged", "B updated"]);
    expect(cloud.operations()).toEqual(["sns:SetTopicAttributes"]);
  });

  test("deploys a stack again when its parameters changed", async () => {
    const cloud = fakeCloud();
    const template = { Parameters: { Name: { Type: "String" } } };
    const resources = { T: { Type: "AWS::SNS::Topic", Properties: { DisplayName: { Ref: "Name" } } } };
    const of = (Name: string): string => assembly({ P: { template, resources, parameters: { Name } } });
    await cloud.deployer.deployAssembly({ assemblyDir: of("one") });
    expect(inOrder(await cloud.deployer.deployAssembly({ assemblyDir: of("two") }))).toEqual(["P updated"]);
    const given = { P: { Name: "three" } };
    expect(inOrder(await cloud.deployer.deployAssembly({ assemblyDir: of("two"), parameters: given }))).toEqual(["P updated"]);
  });

  test("goes on with what does not depend on a stack that failed, says why, and tries it again the next time", async () => {
    const cloud = fakeCloud();
    const answer = cloud.answers["sns:CreateTopic"]!;
    cloud.answers["sns:CreateTopic"] = (input, scope) => {
      if (input.Name === "A") throw new AwsError("TopicLimitExceeded", "too many topics");
      return answer(input, scope);
    };
    const result = await cloud.deployer.deployAssembly({ assemblyDir: assembly(three) });
    expect(inOrder(result)).toEqual(["C skipped", "A failed", "B created"]);
    expect(result.ok).toBe(false);
    expect(result.stacks[1]!.reason).toContain('T (AWS::SNS::Topic): Resource handler returned message: "too many topics"');
    cloud.answers["sns:CreateTopic"] = answer;
    expect(inOrder(await cloud.deployer.deployAssembly({ assemblyDir: assembly(three) }))).toEqual(["C created", "A created", "B unchanged"]);
  });

  test("makes file assets known under their bucket and key, and has images built under their address", async () => {
    const cloud = fakeCloud();
    const built: object[] = [];
    const destination = { bucketName: "assets-${AWS::AccountId}-${AWS::Region}", objectKey: "x.zip" };
    const files = { x: { source: { path: "asset.x", packaging: "zip" }, destinations: { d: destination } } };
    const image = {
      source: { directory: "asset.image", dockerFile: "Dockerfile.prod", dockerBuildArgs: { A: "1" }, dockerBuildTarget: "final" },
      destinations: { d: { repositoryName: "repo-${AWS::AccountId}", imageTag: "tag" } },
    };
    const assemblyDir = assembly({ A: {} }, files, { y: image });
    await cloud.deployer.deployAssembly({ assemblyDir, images: { build: async (each) => void built.push(each) } });
    expect(cloud.files.get("assets-000000000000-us-west-2/x.zip")).toBe(join(assemblyDir, "asset.x"));
    const uri = "000000000000.dkr.ecr.us-west-2.amazonaws.com/repo-000000000000:tag";
    const directory = join(assemblyDir, "asset.image");
    expect(built).toEqual([{ directory, dockerfile: "Dockerfile.prod", buildArgs: { A: "1" }, target: "final", uri }]);
  });

  test("of only some stacks takes what they depend on along", async () => {
    const cloud = fakeCloud();
    await cloud.deployer.deployAssembly({ assemblyDir: assembly({ ...three, D: {} }), only: ["C"] });
    expect(created(cloud)).toEqual(["us-east-1 A", "us-west-2 B", "us-west-2 C"]);
    const wrong = cloud.deployer.deployAssembly({ assemblyDir: assembly(three), only: ["X"] });
    await expect(wrong).rejects.toThrow("the assembly has no stack X; it has C, A, B");
  });

  test("of a folder without an assembly says so", async () => {
    await expect(fakeCloud().deployer.deployAssembly({ assemblyDir: folder })).rejects.toThrow("holds no cloud assembly: there is no manifest.json");
  });
});

test("destroying an assembly deletes the dependent stacks first, protected ones too", async () => {
  const cloud = fakeCloud();
  const assemblyDir = assembly({ A: {}, B: { needs: ["A"] } });
  await cloud.deployer.deployAssembly({ assemblyDir });
  stacks(cloud.store, WEST).update(findStack(cloud.store, WEST, "A")!.stackId, { terminationProtection: true });
  cloud.calls.length = 0;
  expect((await cloud.deployer.destroyAssembly({ assemblyDir })).ok).toBe(true);
  const deleted = cloud.calls.filter((call) => call.operation === "DeleteTopic").map((call) => String(call.input.TopicArn).split(":").at(-1));
  expect(deleted).toEqual(["B", "A"]);
});
