import { describe, expect, test } from "vitest";
import { AwsError } from "../../core/errors.ts";
import { createDeployer } from "../index.ts";
import { fakeCloud, WEST, type FakeCloud } from "../testing/fake-cloud.ts";
import { events, findStack, resources, type StackRow } from "./state.ts";

const topic = (name?: string, rest: object = {}) => ({ Type: "AWS::SNS::Topic", ...(name ? { Properties: { TopicName: name } } : {}), ...rest });
const group = (properties: object, rest: object = {}) => ({ Type: "AWS::Logs::LogGroup", Properties: properties, ...rest });
const body = (Resources: object, rest: object = {}): string => JSON.stringify({ Resources, ...rest });

async function create(cloud: FakeCloud, templateBody: string, rest: object = {}, options: object = {}): Promise<StackRow> {
  const accepted = await cloud.deployer.createStack(WEST, { stackName: "stack", templateBody, ...rest }, options);
  return accepted.done;
}
async function update(cloud: FakeCloud, templateBody: string, rest: object = {}): Promise<StackRow> {
  return (await cloud.deployer.updateStack(WEST, "stack", { templateBody, ...rest })).done;
}
const history = (cloud: FakeCloud, stack: StackRow): string[] =>
  events(cloud.store, WEST, stack.stackId)
    .values()
    .map((event) => `${event.logicalId} ${event.status}`);
const idOf = (cloud: FakeCloud, stack: StackRow, logicalId: string): string | undefined =>
  resources(cloud.store, WEST, stack.stackId).get(logicalId)?.physicalId;
const failOn = (cloud: FakeCloud, operation: string, when: (input: never) => boolean = () => true): void => {
  const before = cloud.answers[operation];
  cloud.answers[operation] = (input, scope) => {
    if (when(input as never)) throw new AwsError("InvalidParameter", "it cannot be");
    return before?.(input, scope) ?? {};
  };
};

describe("creating a stack", () => {
  test("makes resources in the order of their dependencies and tells it in events", async () => {
    const cloud = fakeCloud();
    const stack = await create(cloud, body({ Second: group({ LogGroupName: { "Fn::GetAtt": ["First", "TopicName"] } }), First: topic("first") }), {
      tags: [{ Key: "Application", Value: "arcade" }],
    });
    expect(stack.status).toBe("CREATE_COMPLETE");
    expect(history(cloud, stack)).toEqual([
      "stack CREATE_IN_PROGRESS",
      "First CREATE_IN_PROGRESS",
      "First CREATE_IN_PROGRESS",
      "First CREATE_COMPLETE",
      "Second CREATE_IN_PROGRESS",
      "Second CREATE_IN_PROGRESS",
      "Second CREATE_COMPLETE",
      "stack CREATE_COMPLETE",
    ]);
    expect(cloud.operations()).toEqual(["sns:CreateTopic", "logs:CreateLogGroup"]);
    expect(cloud.calls[1]!.input).toEqual({
      logGroupName: "first",
      tags: {
        Application: "arcade",
        "aws:cloudformation:stack-name": "stack",
        "aws:cloudformation:logical-id": "Second",
        "aws:cloudformation:stack-id": stack.stackId,
      },
    });
  });

  test("names what the template leaves unnamed after the stack and the logical id", async () => {
    const cloud = fakeCloud();
    const stack = await create(cloud, body({ Group: group({}) }));
    expect(idOf(cloud, stack, "Group")).toMatch(/^stack-Group-[A-Z0-9]{12}$/);
  });

  test("deletes what it made when a resource fails, the latest first", async () => {
    const cloud = fakeCloud();
    failOn(cloud, "logs:CreateLogGroup");
    const stack = await create(cloud, body({ A: topic(), B: topic(undefined, { DependsOn: "A" }), C: group({}, { DependsOn: "B" }) }));
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(cloud.operations().slice(3)).toEqual(["sns:DeleteTopic", "sns:DeleteTopic"]);
    expect(cloud.calls[3]!.input.TopicArn).toContain("stack-B-");
    expect(history(cloud, stack)).toContain("C CREATE_FAILED");
    expect(history(cloud, stack).slice(-1)).toEqual(["stack ROLLBACK_COMPLETE"]);
  });

  test("deletes a resource of several steps whose later step failed", async () => {
    const cloud = fakeCloud();
    failOn(cloud, "iam:AttachRolePolicy");
    const role = { Type: "AWS::IAM::Role", Properties: { RoleName: "r", AssumeRolePolicyDocument: {}, ManagedPolicyArns: ["arn:p"] } };
    const stack = await create(cloud, body({ R: role }));
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(cloud.operations()).toContain("iam:DeleteRole");
  });

  test("leaves everything in place with DO_NOTHING, and nothing at all with DELETE", async () => {
    for (const [onFailure, status] of [
      ["DO_NOTHING", "CREATE_FAILED"],
      ["DELETE", "DELETE_COMPLETE"],
    ] as const) {
      const cloud = fakeCloud();
      failOn(cloud, "logs:CreateLogGroup");
      const stack = await create(cloud, body({ A: topic(), C: group({}, { DependsOn: "A" }) }), {}, { onFailure });
      expect(stack.status).toBe(status);
      expect(cloud.operations().includes("sns:DeleteTopic")).toBe(onFailure === "DELETE");
    }
  });

  test("reports everything that is not supported at once, before anything is made", async () => {
    const cloud = fakeCloud();
    const resource = {
      Type: "AWS::AutoScaling::AutoScalingGroup",
      Properties: { MinSize: "0", MaxSize: "1", Nonsense: 1, LaunchTemplate: { Versoin: "1" } },
    };
    const nothing = { Type: "AWS::Neptune::DBCluster" };
    const made = create(
      cloud,
      body(
        { Group: resource, Database: nothing, Topic: topic(undefined, { DeletionPolicy: "Snapshot" }) },
        { Outputs: { O: { Value: { "Fn::GetAtt": ["Topic", "Colour"] } } } },
      ),
    );
    await expect(made).rejects.toThrow(
      [
        "- Group (AWS::AutoScaling::AutoScalingGroup): property Nonsense is not supported",
        "- Group (AWS::AutoScaling::AutoScalingGroup): property LaunchTemplate.Versoin is not supported",
        "- Database: resource type AWS::Neptune::DBCluster is not supported",
        "- Topic (AWS::SNS::Topic): DeletionPolicy Snapshot is not supported: there are no snapshots here",
        "- Topic (AWS::SNS::Topic): attribute Colour is not supported",
      ].join("\n"),
    );
    expect(cloud.calls).toEqual([]);
    expect(findStack(cloud.store, WEST, "stack")).toBeUndefined();
  });

  test("that takes longer than its time limit is rolled back", async () => {
    const cloud = fakeCloud();
    cloud.functions["*"] = () => {};
    const custom = { Type: "Custom::Never", Properties: { ServiceToken: "arn:aws:lambda:us-west-2:000000000000:function:f" } };
    const accepted = await cloud.deployer.createStack(
      WEST,
      { stackName: "stack", templateBody: body({ A: custom, B: topic(undefined, { DependsOn: "A" }) }) },
      { timeoutInMinutes: 5 },
    );
    await cloud.clock.advance(5 * 60_000);
    expect((await accepted.done).status).toBe("ROLLBACK_COMPLETE");
    expect(cloud.operations()).toEqual([]);
  });

  test("tells its events to the stack's topics", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a") }), { notificationArns: ["arn:aws:sns:us-west-2:000000000000:ops"] });
    expect(cloud.published.map(({ topic: arn, body: text }) => [arn, /ResourceStatus='(\w+)'/.exec(text)![1]])).toContainEqual([
      "arn:aws:sns:us-west-2:000000000000:ops",
      "CREATE_COMPLETE",
    ]);
  });

  test("tells EventBridge each of its statuses", async () => {
    const cloud = fakeCloud();
    const { stackId } = await create(cloud, body({ A: topic("a") }));
    expect(cloud.emitted).toEqual(
      [
        { status: "CREATE_IN_PROGRESS", "status-reason": "User Initiated" },
        { status: "CREATE_COMPLETE", "status-reason": "" },
      ].map((details) => ({
        source: "aws.cloudformation",
        detailType: "CloudFormation Stack Status Change",
        resources: [stackId],
        detail: { "stack-id": stackId, "status-details": details },
      })),
    );
  });

  test("under a name that is taken is refused", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic() }));
    await expect(create(cloud, body({ A: topic() }))).rejects.toMatchObject({
      code: "AlreadyExistsException",
      message: "Stack [stack] already exists",
    });
  });

  test("passes CDK's bootstrap check without any bootstrapping", async () => {
    const cloud = fakeCloud();
    const stack = await create(
      cloud,
      body(
        { A: topic() },
        { Parameters: { BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk-bootstrap/hnb659fds/version" } } },
      ),
    );
    expect(stack.parameters[0]).toMatchObject({ given: "/cdk-bootstrap/hnb659fds/version", resolved: "30" });
  });
});

describe("updating a stack", () => {
  test("without a difference is refused in CloudFormation's words", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic() }));
    await expect(update(cloud, body({ A: topic() }, { Description: "new" }))).rejects.toThrow("No updates are to be performed.");
  });

  test("changes in place what can be, and touches nothing else", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a"), G: group({ RetentionInDays: 7 }) }));
    cloud.calls.length = 0;
    const stack = await update(cloud, body({ A: topic("a"), G: group({ RetentionInDays: "14" }) }));
    expect(stack.status).toBe("UPDATE_COMPLETE");
    expect(cloud.operations()).toEqual(["logs:PutRetentionPolicy"]);
    expect(cloud.calls[0]!.input.retentionInDays).toBe(14);
  });

  test("replaces what cannot be changed, lets dependents follow, and then deletes the old one", async () => {
    const cloud = fakeCloud();
    const sub = { Type: "AWS::SNS::TopicPolicy", Properties: { PolicyDocument: {}, Topics: [{ Ref: "A" }] } };
    await create(cloud, body({ A: topic("one"), S: sub }));
    cloud.calls.length = 0;
    const stack = await update(cloud, body({ A: topic("two"), S: sub }));
    expect(cloud.operations()).toEqual(["sns:CreateTopic", "sns:SetTopicAttributes", "sns:DeleteTopic"]);
    expect(cloud.calls[1]!.input.TopicArn).toContain(":two");
    expect(cloud.calls[2]!.input.TopicArn).toContain(":one");
    expect(idOf(cloud, stack, "A")).toContain(":two");
    expect(history(cloud, stack).slice(-4)).toEqual([
      "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
      "A DELETE_IN_PROGRESS",
      "A DELETE_COMPLETE",
      "stack UPDATE_COMPLETE",
    ]);
  });

  test("deletes what the template dropped, unless it is retained", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a"), B: topic("b", { DeletionPolicy: "Retain" }), C: topic("c") }));
    cloud.calls.length = 0;
    const stack = await update(cloud, body({ A: topic("a") }));
    expect(cloud.calls.map((call) => call.input.TopicArn)).toEqual([expect.stringContaining(":c")]);
    expect(history(cloud, stack)).toContain("B DELETE_SKIPPED");
    expect(
      resources(cloud.store, WEST, stack.stackId)
        .values()
        .map((row) => row.logicalId),
    ).toEqual(["A"]);
  });

  test("that fails goes back: changes undone, replacements dropped, new ones deleted, old ones kept", async () => {
    const cloud = fakeCloud();
    const before = body({ A: topic("one"), G: group({ LogGroupName: "g", RetentionInDays: 7 }) });
    const first = await create(cloud, before, { tags: [{ Key: "k", Value: "v" }] });
    const oldTopic = idOf(cloud, first, "A");
    cloud.calls.length = 0;
    failOn(cloud, "logs:CreateLogGroup", (input: { logGroupName: string }) => input.logGroupName === "bad");
    const after = {
      A: topic("two"),
      G: group({ LogGroupName: "g", RetentionInDays: 14 }),
      N: topic("new"),
      Bad: group({ LogGroupName: "bad" }, { DependsOn: ["A", "G", "N"] }),
    };
    const stack = await update(cloud, body(after), { tags: [{ Key: "k", Value: "v" }] });
    expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(idOf(cloud, stack, "A")).toBe(oldTopic);
    const retentions = cloud.calls.filter((call) => call.operation === "PutRetentionPolicy").map((call) => call.input.retentionInDays);
    expect(retentions).toEqual([14, 7]);
    const deleted = cloud.calls.filter((call) => call.operation === "DeleteTopic").map((call) => String(call.input.TopicArn).split(":").at(-1));
    expect(new Set(deleted)).toEqual(new Set(["new", "two"]));
    expect(stack.templateBody).toBe(before);
    expect(resources(cloud.store, WEST, stack.stackId).get("G")!.properties["RetentionInDays"]).toBe(7);
    await expect(update(cloud, before, { tags: [{ Key: "k", Value: "v" }] })).rejects.toThrow("No updates are to be performed.");
  });

  test("gives resources the stack's new tags", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a") }), { tags: [{ Key: "Owner", Value: "x" }] });
    cloud.calls.length = 0;
    await update(cloud, body({ A: topic("a") }), { tags: [{ Key: "Team", Value: "y" }] });
    expect(cloud.operations()).toEqual(["sns:UntagResource", "sns:TagResource"]);
    expect(cloud.calls[0]!.input.TagKeys).toEqual(["Owner"]);
    expect(cloud.calls[1]!.input.Tags).toEqual([{ Key: "Team", Value: "y" }]);
  });

  test("cannot change a resource's type, nor replace one under the same name", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a"), S: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupName: "n", GroupDescription: "one" } } }));
    await expect(update(cloud, body({ A: group({}) }))).rejects.toThrow("modifies resource type of the following resources: [A]");
    const stack = await update(
      cloud,
      body({ A: topic("a"), S: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupName: "n", GroupDescription: "two" } } }),
    );
    expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    const reasons = events(cloud.store, WEST, stack.stackId)
      .values()
      .map((event) => event.reason);
    expect(reasons).toContainEqual(expect.stringContaining("custom-named resource requires replacing. Rename n"));
  });
});

describe("exports", () => {
  const exporting = (name: string, rest: object = {}): string =>
    body({ A: topic(name) }, { Outputs: { O: { Value: { Ref: "A" }, Export: { Name: "shared" } } }, ...rest });
  const importing = body({ B: { Type: "AWS::SNS::TopicPolicy", Properties: { PolicyDocument: {}, Topics: [{ "Fn::ImportValue": "shared" }] } } });

  test("in use can be neither deleted nor changed; free ones can", async () => {
    const cloud = fakeCloud();
    await create(cloud, exporting("one"));
    await (
      await cloud.deployer.createStack(WEST, { stackName: "user", templateBody: importing })
    ).done;
    const deleted = await cloud.deployer.deleteStack(WEST, "stack")!.done;
    expect(deleted).toMatchObject({ status: "DELETE_FAILED", statusReason: "Export shared cannot be deleted as it is in use by user" });
    cloud.store.table<StackRow>("cloudformation.stacks", WEST).update(deleted.stackId, { status: "CREATE_COMPLETE" });
    const changed = await update(cloud, exporting("two"));
    expect(changed.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(history(cloud, changed)).toContain("A UPDATE_COMPLETE");
    await cloud.deployer.deleteStack(WEST, "user")!.done;
    expect((await cloud.deployer.deleteStack(WEST, "stack")!.done).status).toBe("DELETE_COMPLETE");
  });

  test("of one name belong to one stack", async () => {
    const cloud = fakeCloud();
    await create(cloud, exporting("one"));
    const other = await (await cloud.deployer.createStack(WEST, { stackName: "other", templateBody: exporting("two") })).done;
    expect(other.status).toBe("ROLLBACK_COMPLETE");
  });

  test("that do not exist fail what imports them", async () => {
    const cloud = fakeCloud();
    const stack = await create(cloud, importing);
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(
      events(cloud.store, WEST, stack.stackId)
        .values()
        .map((event) => event.reason),
    ).toContainEqual(expect.stringContaining("No export named shared found."));
  });
});

describe("deleting a stack", () => {
  test("deletes the latest first, keeps what is retained, and takes 'not there' for deleted", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a"), B: topic("b", { DependsOn: "A" }), C: topic("c", { DeletionPolicy: "Retain" }) }));
    cloud.calls.length = 0;
    failOn(cloud, "sns:DeleteTopic", () => false);
    cloud.answers["sns:DeleteTopic"] = () => {
      throw new AwsError("NotFoundException", "gone");
    };
    const stack = await cloud.deployer.deleteStack(WEST, "stack")!.done;
    expect(stack.status).toBe("DELETE_COMPLETE");
    expect(cloud.calls.map((call) => String(call.input.TopicArn).split(":").at(-1))).toEqual(["b", "a"]);
    expect(cloud.deployer.deleteStack(WEST, "stack")).toBeUndefined();
  });

  test("that fails can be done again, with some resources left in place", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic("a"), B: topic("b") }));
    failOn(cloud, "sns:DeleteTopic", (input: { TopicArn: string }) => input.TopicArn.endsWith(":a"));
    const failed = await cloud.deployer.deleteStack(WEST, "stack")!.done;
    expect(failed).toMatchObject({ status: "DELETE_FAILED", statusReason: "The following resource(s) failed to delete: [A]. " });
    expect((await cloud.deployer.deleteStack(WEST, "stack", ["A"])!.done).status).toBe("DELETE_COMPLETE");
  });

  test("is refused under termination protection", async () => {
    const cloud = fakeCloud();
    await create(cloud, body({ A: topic() }), {}, { terminationProtection: true });
    expect(() => cloud.deployer.deleteStack(WEST, "stack")).toThrow("cannot be deleted while TerminationProtection is enabled");
  });
});

describe("after a restart", () => {
  test("a create that was cut off is rolled back, an update too", async () => {
    const cloud = fakeCloud();
    let hang: (() => void) | undefined;
    cloud.answers["logs:CreateLogGroup"] = () => new Promise<void>((resolve) => (hang = resolve));
    const { stackId } = await cloud.deployer.createStack(WEST, {
      stackName: "stack",
      templateBody: body({ A: topic("a"), G: group({}, { DependsOn: "A" }) }),
    });
    await cloud.clock.settle();
    expect(hang).toBeDefined();
    const again = createDeployer(cloud.deployer.engine);
    await again.recover();
    expect(findStack(cloud.store, WEST, stackId)!.status).toBe("ROLLBACK_COMPLETE");
    expect(cloud.operations()).toContain("sns:DeleteTopic");
  });
});
