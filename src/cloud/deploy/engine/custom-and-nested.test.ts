import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AwsError } from "../../core/errors.ts";
import { fakeCloud, WEST, type FakeCloud } from "../testing/fake-cloud.ts";
import { events, findStack, resources, stacks, type StackRow } from "./state.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const body = (Resources: object, rest: object = {}): string => JSON.stringify({ Resources, ...rest });
const start = (cloud: FakeCloud, templateBody: string, rest: object = {}) =>
  cloud.deployer.createStack(WEST, { stackName: "stack", templateBody, ...rest });
const reasons = (cloud: FakeCloud, stack: StackRow): string[] =>
  events(cloud.store, WEST, stack.stackId)
    .values()
    .map((event) => event.reason ?? "");

describe("custom resources", () => {
  const TOKEN = "arn:aws:lambda:us-west-2:000000000000:function:provider";
  const custom = (properties: object = {}) => ({ Type: "Custom::Thing", Properties: { ServiceToken: TOKEN, ...properties } });

  test("get the event of the real protocol, every value as text, and give their data to others", async () => {
    const cloud = fakeCloud();
    const seen: Record<string, unknown>[] = [];
    cloud.functions[TOKEN] = (event, respond) => {
      seen.push(event);
      respond({ Status: "SUCCESS", PhysicalResourceId: "thing-1", Data: { "/path/Name": "value", deep: { er: "x" } } });
    };
    const template = body(
      { T: custom({ Count: 3, On: true, Nested: { List: [1] } }) },
      { Outputs: { O: { Value: { "Fn::GetAtt": ["T", "/path/Name"] } }, D: { Value: { "Fn::GetAtt": ["T", "deep.er"] } } } },
    );
    const stack = await (await start(cloud, template)).done;
    expect(seen[0]).toMatchObject({
      RequestType: "Create",
      ServiceToken: TOKEN,
      ResponseURL: expect.stringMatching(
        /^https:\/\/cloudformation-custom-resource-response-uswest2\.s3\.amazonaws\.com\/_cloud\/cfn-response\/[0-9a-f]{40}$/,
      ),
      StackId: stack.stackId,
      LogicalResourceId: "T",
      ResourceType: "Custom::Thing",
      ResourceProperties: { ServiceToken: TOKEN, Count: "3", On: "true", Nested: { List: ["1"] } },
    });
    expect(stack.outputs.map((output) => output.value)).toEqual(["value", "x"]);

    const updated = await (await cloud.deployer.updateStack(WEST, "stack", { templateBody: body({ T: custom({ Count: 4 }) }) })).done;
    expect(updated.status).toBe("UPDATE_COMPLETE");
    expect(seen[1]).toMatchObject({
      RequestType: "Update",
      PhysicalResourceId: "thing-1",
      ResourceProperties: { Count: "4" },
      OldResourceProperties: { Count: "3" },
    });
    await cloud.deployer.deleteStack(WEST, "stack")!.done;
    expect(seen[2]).toMatchObject({ RequestType: "Delete", PhysicalResourceId: "thing-1" });
  });

  test("that answer an update with a new id have the old one deleted afterwards", async () => {
    const cloud = fakeCloud();
    const log: string[] = [];
    cloud.functions[TOKEN] = (event, respond) => {
      const props = event["ResourceProperties"] as { Name: string };
      log.push(`${String(event["RequestType"])} ${String(event["PhysicalResourceId"])}`);
      respond({ Status: "SUCCESS", PhysicalResourceId: event["RequestType"] === "Delete" ? event["PhysicalResourceId"] : `id-${props.Name}` });
    };
    await (
      await start(cloud, body({ T: custom({ Name: "a" }) }))
    ).done;
    await (
      await cloud.deployer.updateStack(WEST, "stack", { templateBody: body({ T: custom({ Name: "b" }) }) })
    ).done;
    expect(log).toEqual(["Create undefined", "Update id-a", "Delete id-a"]);
  });

  test("that fail are told with their reason, and asked to delete what they left", async () => {
    const cloud = fakeCloud();
    const log: string[] = [];
    cloud.functions[TOKEN] = (event, respond) => {
      log.push(String(event["RequestType"]));
      respond(
        event["RequestType"] === "Create"
          ? { Status: "FAILED", Reason: "no room", PhysicalResourceId: "partly" }
          : { Status: "SUCCESS", PhysicalResourceId: "partly" },
      );
    };
    const stack = await (await start(cloud, body({ T: custom() }))).done;
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(log).toEqual(["Create", "Delete"]);
    expect(reasons(cloud, stack)).toContainEqual(expect.stringContaining("Message returned: no room"));
  });

  test("that never answer fail when their time is up", async () => {
    const cloud = fakeCloud();
    cloud.functions[TOKEN] = () => {};
    const { stackId, done } = await start(cloud, body({ T: custom({ ServiceTimeout: 60 }) }));
    await cloud.clock.advance(59_000);
    expect(findStack(cloud.store, WEST, stackId)!.status).toBe("CREATE_IN_PROGRESS");
    await cloud.clock.advance(1000);
    const stack = await done;
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(reasons(cloud, stack)).toContainEqual(expect.stringContaining("did not receive a response from your Custom Resource"));
  });

  test("are given up at once when another resource of the stack fails", async () => {
    const cloud = fakeCloud();
    cloud.functions[TOKEN] = () => {};
    cloud.answers["logs:CreateLogGroup"] = () => {
      throw new AwsError("LimitExceededException", "too many");
    };
    const { done } = await start(cloud, body({ T: custom(), G: { Type: "AWS::Logs::LogGroup" } }));
    const stack = await done;
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(reasons(cloud, stack)).toContain("Resource creation cancelled");
  });

  test("an answer under a token that nobody waits for is not taken", () => {
    expect(fakeCloud().deployer.completeCustomResource("nonsense", "{}")).toBe(false);
  });
});

describe("nested stacks", () => {
  const child = (cloud: FakeCloud, key: string, template: string): void => {
    const path = join(folder, key);
    writeFileSync(path, template);
    cloud.files.set(`assets-us-west-2/${key}`, path);
  };
  const nested = (key: string, Parameters: object = {}) => ({
    Type: "AWS::CloudFormation::Stack",
    Properties: { TemplateURL: { "Fn::Join": ["", ["https://s3.us-west-2.", { Ref: "AWS::URLSuffix" }, `/assets-us-west-2/${key}`]] }, Parameters },
  });
  const topicChild = (name: string): string =>
    body(
      { A: { Type: "AWS::SNS::Topic", Properties: { TopicName: name } } },
      { Parameters: { P: { Type: "String", Default: "d" } }, Outputs: { Arn: { Value: { Ref: "A" } }, P: { Value: { Ref: "P" } } } },
    );

  test("are made of their asset's template, with parameters, outputs and the parent's tags", async () => {
    const cloud = fakeCloud();
    child(cloud, "one.json", topicChild("one"));
    const template = body({ N: nested("one.json", { P: "given" }) }, { Outputs: { O: { Value: { "Fn::GetAtt": ["N", "Outputs.P"] } } } });
    const stack = await (await start(cloud, template, { tags: [{ Key: "Application", Value: "arcade" }] })).done;
    expect(stack.status).toBe("CREATE_COMPLETE");
    expect(stack.outputs[0]!.value).toBe("given");
    const inner = stacks(cloud.store, WEST).find((row) => row.parentId === stack.stackId)!;
    expect(inner).toMatchObject({ status: "CREATE_COMPLETE", rootId: stack.stackId, tags: [{ Key: "Application", Value: "arcade" }] });
    expect(inner.stackName).toMatch(/^stack-N-[A-Z0-9]{12}$/);
    await cloud.deployer.deleteStack(WEST, "stack")!.done;
    expect(findStack(cloud.store, WEST, inner.stackId)!.status).toBe("DELETE_COMPLETE");
    expect(cloud.operations()).toContain("sns:DeleteTopic");
  });

  test("are checked before their parent makes anything", async () => {
    const cloud = fakeCloud();
    child(cloud, "bad.json", body({ X: { Type: "AWS::Neptune::DBCluster" } }));
    await expect(start(cloud, body({ A: { Type: "AWS::SNS::Topic" }, N: nested("bad.json") }))).rejects.toThrow(
      "- N/X: resource type AWS::Neptune::DBCluster is not supported",
    );
    expect(cloud.calls).toEqual([]);
  });

  test("keep what an update replaced until the whole tree is updated, then delete it", async () => {
    const cloud = fakeCloud();
    child(cloud, "one.json", topicChild("one"));
    child(cloud, "two.json", topicChild("two"));
    await (
      await start(cloud, body({ N: nested("one.json") }))
    ).done;
    cloud.calls.length = 0;
    const stack = await (await cloud.deployer.updateStack(WEST, "stack", { templateBody: body({ N: nested("two.json") }) })).done;
    expect(stack.status).toBe("UPDATE_COMPLETE");
    expect(cloud.operations()).toEqual(["sns:CreateTopic", "sns:DeleteTopic"]);
    const inner = stacks(cloud.store, WEST).find((row) => row.parentId === stack.stackId)!;
    expect(inner.status).toBe("UPDATE_COMPLETE");
    expect(inner.previous).toBeUndefined();
  });

  test("go back with their parent when something else in it fails", async () => {
    const cloud = fakeCloud();
    child(cloud, "one.json", topicChild("one"));
    child(cloud, "two.json", topicChild("two"));
    await (
      await start(cloud, body({ N: nested("one.json") }))
    ).done;
    cloud.calls.length = 0;
    cloud.answers["logs:CreateLogGroup"] = () => {
      throw new AwsError("LimitExceededException", "too many");
    };
    const after = body({ N: nested("two.json"), G: { Type: "AWS::Logs::LogGroup", DependsOn: "N" } });
    const stack = await (await cloud.deployer.updateStack(WEST, "stack", { templateBody: after })).done;
    expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    const inner = stacks(cloud.store, WEST).find((row) => row.parentId === stack.stackId)!;
    expect(inner.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(resources(cloud.store, WEST, inner.stackId).get("A")!.physicalId).toMatch(/:one$/);
    expect(cloud.calls.filter((call) => call.operation === "DeleteTopic").map((call) => call.input.TopicArn)).toEqual([
      expect.stringMatching(/:two$/),
    ]);
  });

  test("that fail take their parent with them, and say why", async () => {
    const cloud = fakeCloud();
    child(cloud, "one.json", topicChild("one"));
    cloud.answers["sns:CreateTopic"] = () => {
      throw new AwsError("TopicLimitExceeded", "too many topics");
    };
    const stack = await (await start(cloud, body({ N: nested("one.json") }))).done;
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(reasons(cloud, stack)).toContainEqual(expect.stringMatching(/Embedded stack .* was not successfully created: .*too many topics/));
    expect(stacks(cloud.store, WEST).find((row) => row.parentId === stack.stackId)!.status).toBe("DELETE_COMPLETE");
  });
});
