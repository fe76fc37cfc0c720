import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
  waitUntilStackCreateComplete,
} from "@aws-sdk/client-cloudformation";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetTopicAttributesCommand, ListTagsForResourceCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

const TEMPLATE = `
Description: a topic and who may do what
Parameters:
  Display: { Type: String, Default: hello }
  Secret: { Type: String, Default: x, NoEcho: true }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata: { note: kept }
    Properties: { DisplayName: !Ref Display }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }]
      Policies:
        - PolicyName: publish
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{ Effect: Allow, Action: sns:Publish, Resource: !Ref Topic }]
Outputs:
  Arn: { Value: !Ref Topic, Export: { Name: topic-arn } }
`;

let cloud: TestCloud;
let cfn: CloudFormationClient;
beforeAll(async () => {
  cloud = await withCloud();
  cfn = cloud.client(CloudFormationClient);
});
afterAll(() => cloud.end());
beforeEach(() => cloud.reset());

const status = async (StackName: string): Promise<string | undefined> =>
  (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
async function settled(StackName: string): Promise<string | undefined> {
  await cloud.clock.advanceUntil(async () => !(await status(StackName))?.endsWith("_IN_PROGRESS"), 60_000, "the end of the stack operation");
  return status(StackName);
}
async function create(StackName = "demo", TemplateBody = TEMPLATE): Promise<string> {
  const { StackId } = await cfn.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_IAM"], Tags: [{ Key: "Application", Value: "arcade" }] }),
  );
  await settled(StackName);
  return StackId!;
}

describe("a stack over the wire", () => {
  test("is created, described, listed and deleted by the real SDK", async () => {
    const StackId = await create();
    expect(await waitUntilStackCreateComplete({ client: cfn, maxWaitTime: 60 }, { StackName: "demo" })).toMatchObject({ state: "SUCCESS" });
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: "demo" }));
    const arn = Stacks![0]!.Outputs![0]!.OutputValue!;
    expect(Stacks![0]).toMatchObject({
      StackId,
      StackStatus: "CREATE_COMPLETE",
      Description: "a topic and who may do what",
      Parameters: [
        { ParameterKey: "Display", ParameterValue: "hello" },
        { ParameterKey: "Secret", ParameterValue: "****" },
      ],
      Outputs: [{ OutputKey: "Arn", ExportName: "topic-arn" }],
      Tags: [{ Key: "Application", Value: "arcade" }],
      EnableTerminationProtection: false,
    });
    const sns = cloud.client(SNSClient);
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }))).Attributes).toMatchObject({ DisplayName: "hello" });
    expect((await sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags).toEqual(
      expect.arrayContaining([
        { Key: "Application", Value: "arcade" },
        { Key: "aws:cloudformation:stack-name", Value: "demo" },
        { Key: "aws:cloudformation:logical-id", Value: "Topic" },
      ]),
    );

    const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: "demo" }));
    expect(StackEvents![0]).toMatchObject({ LogicalResourceId: "demo", ResourceStatus: "CREATE_COMPLETE" });
    expect(StackEvents!.at(-1)).toMatchObject({
      LogicalResourceId: "demo",
      ResourceStatus: "CREATE_IN_PROGRESS",
      ResourceStatusReason: "User Initiated",
    });
    const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: "demo" }));
    expect(StackResourceSummaries!.map((one) => [one.LogicalResourceId, one.ResourceStatus])).toEqual([
      ["Topic", "CREATE_COMPLETE"],
      ["Role", "CREATE_COMPLETE"],
    ]);
    const detail = await cfn.send(new DescribeStackResourceCommand({ StackName: "demo", LogicalResourceId: "Topic" }));
    expect(detail.StackResourceDetail).toMatchObject({ PhysicalResourceId: arn, Metadata: '{"note":"kept"}' });
    expect((await cfn.send(new DescribeStackResourcesCommand({ PhysicalResourceId: arn }))).StackResources).toHaveLength(2);
    expect((await cfn.send(new GetTemplateCommand({ StackName: "demo" }))).TemplateBody).toBe(TEMPLATE);
    expect((await cfn.send(new ListExportsCommand({}))).Exports).toEqual([{ ExportingStackId: StackId, Name: "topic-arn", Value: arn }]);

    const RoleName = StackResourceSummaries![1]!.PhysicalResourceId;
    await cfn.send(new DeleteStackCommand({ StackName: "demo" }));
    expect(await settled(StackId)).toBe("DELETE_COMPLETE");
    await expect(cloud.client(IAMClient).send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: "NoSuchEntityException" });
    await expect(cfn.send(new DescribeStacksCommand({ StackName: "demo" }))).rejects.toMatchObject({
      name: "ValidationError",
      message: "Stack with id demo does not exist",
    });
    const { StackSummaries } = await cfn.send(new ListStacksCommand({ StackStatusFilter: ["DELETE_COMPLETE"] }));
    expect(StackSummaries!.map((one) => one.StackName)).toEqual(["demo"]);
  });

  test("is updated with some parameters kept, and refused where nothing changes", async () => {
    await create();
    const same = new UpdateStackCommand({
      StackName: "demo",
      UsePreviousTemplate: true,
      Capabilities: ["CAPABILITY_IAM"],
      Parameters: [{ ParameterKey: "Display", UsePreviousValue: true }],
    });
    await expect(cfn.send(same)).rejects.toMatchObject({ name: "ValidationError", message: "No updates are to be performed." });
    await cfn.send(
      new UpdateStackCommand({
        StackName: "demo",
        UsePreviousTemplate: true,
        Capabilities: ["CAPABILITY_IAM"],
        Parameters: [{ ParameterKey: "Display", ParameterValue: "bye" }],
      }),
    );
    expect(await settled("demo")).toBe("UPDATE_COMPLETE");
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: "demo" }));
    const { Attributes } = await cloud.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn: Stacks![0]!.Outputs![0]!.OutputValue }));
    expect(Attributes!["DisplayName"]).toBe("bye");
    expect(Stacks![0]!.Tags).toEqual([{ Key: "Application", Value: "arcade" }]);
  });

  test("needs capabilities for IAM resources, and a template that can be read", async () => {
    const demo = { StackName: "demo", TemplateBody: TEMPLATE };
    await expect(cfn.send(new CreateStackCommand(demo))).rejects.toMatchObject({
      name: "InsufficientCapabilitiesException",
      message: "Requires capabilities : [CAPABILITY_IAM]",
    });
    await expect(cfn.send(new CreateStackCommand({ StackName: "demo", TemplateBody: "{}" }))).rejects.toThrow(
      "At least one Resources member must be defined.",
    );
    await expect(cfn.send(new CreateStackCommand({ StackName: "demo" }))).rejects.toThrow("Either Template URL or Template Body must be specified.");
    await create();
    await expect(cfn.send(new CreateStackCommand({ ...demo, Capabilities: ["CAPABILITY_IAM"] }))).rejects.toMatchObject({
      name: "AlreadyExistsException",
    });
  });

  test("under termination protection is not deleted", async () => {
    await create();
    await cfn.send(new UpdateTerminationProtectionCommand({ StackName: "demo", EnableTerminationProtection: true }));
    await expect(cfn.send(new DeleteStackCommand({ StackName: "demo" }))).rejects.toThrow(
      "Stack [demo] cannot be deleted while TerminationProtection is enabled",
    );
  });

  test("whose export is imported shows who imports it", async () => {
    await create();
    await create(
      "user",
      '{"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "topic-arn"}}}}}',
    );
    expect((await cfn.send(new ListImportsCommand({ ExportName: "topic-arn" }))).Imports).toEqual(["user"]);
    await expect(cfn.send(new ListImportsCommand({ ExportName: "none" }))).rejects.toThrow("Export 'none' is not imported by any stack.");
  });
});

test("a template is summarized and validated", async () => {
  const summary = await cfn.send(new GetTemplateSummaryCommand({ TemplateBody: TEMPLATE }));
  expect(summary).toMatchObject({ Capabilities: ["CAPABILITY_IAM"], ResourceTypes: ["AWS::SNS::Topic", "AWS::IAM::Role"] });
  expect(summary.Parameters![1]).toMatchObject({ ParameterKey: "Secret", DefaultValue: "x", NoEcho: true, ParameterType: "String" });
  expect((await cfn.send(new ValidateTemplateCommand({ TemplateBody: TEMPLATE }))).Description).toBe("a topic and who may do what");
  const broken = TEMPLATE.replace("!Ref Topic, Export", "!Ref Tpoic, Export");
  await expect(cfn.send(new ValidateTemplateCommand({ TemplateBody: broken }))).rejects.toThrow(
    "Unresolved resource dependencies [Tpoic] in the Outputs block of the template",
  );
});

describe("change sets", () => {
  const changeSet = async (ChangeSetName: string, TemplateBody: string, ChangeSetType: "CREATE" | "UPDATE") => {
    await cfn.send(new CreateChangeSetCommand({ StackName: "demo", ChangeSetName, TemplateBody, ChangeSetType, Capabilities: ["CAPABILITY_IAM"] }));
    return cfn.send(new DescribeChangeSetCommand({ StackName: "demo", ChangeSetName }));
  };
  const changes = (described: Awaited<ReturnType<typeof changeSet>>) =>
    described.Changes!.map(({ ResourceChange: one }) => [one!.Action, one!.LogicalResourceId, one!.Replacement].filter(Boolean).join(" "));

  test("create a stack as the CDK command line does", async () => {
    const described = await changeSet("first", TEMPLATE, "CREATE");
    expect(described).toMatchObject({ Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE" });
    expect(changes(described)).toEqual(["Add Topic", "Add Role"]);
    expect(await status("demo")).toBe("REVIEW_IN_PROGRESS");
    await cfn.send(new ExecuteChangeSetCommand({ StackName: "demo", ChangeSetName: "first" }));
    expect(await settled("demo")).toBe("CREATE_COMPLETE");
    expect((await cfn.send(new ListChangeSetsCommand({ StackName: "demo" }))).Summaries).toEqual([]);
  });

  test("tell what an update would change, replace and remove, and what hangs on that", async () => {
    await create();
    const renamed = TEMPLATE.replace("Properties: { DisplayName: !Ref Display }", "Properties: { DisplayName: !Ref Display, TopicName: other }");
    const described = await changeSet("second", renamed, "UPDATE");
    expect(changes(described)).toEqual(["Modify Topic True", "Modify Role False"]);
    expect(described.Changes![1]!.ResourceChange!.Details![0]).toMatchObject({ Evaluation: "Dynamic", Target: { Name: "Policies" } });
    await cfn.send(new ExecuteChangeSetCommand({ StackName: "demo", ChangeSetName: "second" }));
    expect(await settled("demo")).toBe("UPDATE_COMPLETE");
  });

  test("without changes fail, and cannot be executed", async () => {
    await create();
    const described = await changeSet("third", TEMPLATE, "UPDATE");
    expect(described).toMatchObject({ Status: "FAILED", ExecutionStatus: "UNAVAILABLE" });
    expect(described.StatusReason).toBe("The submitted information didn't contain changes. Submit different information to create a change set.");
    await expect(cfn.send(new ExecuteChangeSetCommand({ StackName: "demo", ChangeSetName: "third" }))).rejects.toMatchObject({
      name: "InvalidChangeSetStatusException",
    });
    await expect(cfn.send(new DescribeChangeSetCommand({ StackName: "demo", ChangeSetName: "none" }))).rejects.toMatchObject({
      name: "ChangeSetNotFoundException",
    });
  });
});
