import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AssociateAttributeGroupCommand,
  AssociateResourceCommand,
  CreateApplicationCommand,
  CreateAttributeGroupCommand,
  DeleteApplicationCommand,
  DeleteAttributeGroupCommand,
  DisassociateAttributeGroupCommand,
  DisassociateResourceCommand,
  GetApplicationCommand,
  GetAssociatedResourceCommand,
  GetAttributeGroupCommand,
  ListApplicationsCommand,
  ListAssociatedAttributeGroupsCommand,
  ListAssociatedResourcesCommand,
  ListAttributeGroupsCommand,
  ListAttributeGroupsForApplicationCommand,
  ListTagsForResourceCommand,
  ServiceCatalogAppRegistryClient,
  SyncResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApplicationCommand,
  UpdateAttributeGroupCommand,
} from "@aws-sdk/client-service-catalog-appregistry";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let client: ServiceCatalogAppRegistryClient;
let cfn: CloudFormationClient;
beforeAll(async () => {
  cloud = await withCloud();
  client = clientWith({ accessKeyId: "test", secretAccessKey: "test" });
  cfn = cloud.client(CloudFormationClient);
});
afterAll(() => cloud.end());

// What is not there (501) would be asked for three times.
const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }): ServiceCatalogAppRegistryClient =>
  new ServiceCatalogAppRegistryClient({ region: "us-west-2", endpoint: cloud.url, credentials, maxAttempts: 1 });

const stack = async (StackName: string) => (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!;
const reach = (name: string, status: string) =>
  cloud.clock.advanceUntil(async () => (await stack(name)).StackStatus === status, 60_000, `${name}: ${status}`);
const body = (Resources: object, Outputs: object = {}): string => JSON.stringify({ Resources, Outputs });
const application = (name: string) => client.send(new GetApplicationCommand({ application: name }));

test("applications are made, found by name, id and ARN, described anew, and deleted", async () => {
  const made = (await client.send(new CreateApplicationCommand({ name: "arcade", description: "d", tags: { team: "blue" }, clientToken: "t1" })))
    .application!;
  expect(made.arn).toMatch(/^arn:aws:servicecatalog:us-west-2:000000000000:\/applications\/0[a-z0-9]{25}$/);
  expect(made).toMatchObject({
    name: "arcade",
    description: "d",
    creationTime: new Date(cloud.clock.now()),
    tags: { "aws:servicecatalog:applicationName": "arcade", team: "blue" },
    applicationTag: { awsApplication: `arn:aws:resource-groups:us-west-2:000000000000:group/arcade/${made.id}` },
  });
  const again = new CreateApplicationCommand({ name: "arcade", description: "d", clientToken: "t1" });
  expect((await client.send(again)).application!.id).toBe(made.id);
  await expect(client.send(new CreateApplicationCommand({ name: "arcade" }))).rejects.toMatchObject({
    name: "ConflictException",
    message: "You already own an application 'arcade'",
    $metadata: { httpStatusCode: 409 },
  });
  await expect(client.send(new CreateApplicationCommand({ name: "a b" }))).rejects.toMatchObject({ name: "ValidationException" });
  for (const specifier of ["arcade", made.id!, made.arn!])
    expect(await application(specifier)).toMatchObject({
      id: made.id,
      associatedResourceCount: 0,
      applicationTag: made.applicationTag!,
      integrations: { applicationTagResourceGroup: { state: "CREATE_COMPLETE" } },
    });
  await cloud.clock.advance(1000);
  const { application: changed } = await client.send(new UpdateApplicationCommand({ application: made.id, description: "e" }));
  expect(changed!.lastUpdateTime!.getTime() - changed!.creationTime!.getTime()).toBe(1000);
  await expect(client.send(new UpdateApplicationCommand({ application: made.id, name: "other" }))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await client.send(new TagResourceCommand({ resourceArn: made.arn, tags: { more: "1" } }));
  await client.send(new UntagResourceCommand({ resourceArn: made.arn, tagKeys: ["team"] }));
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: made.arn }));
  expect(tags).toEqual({ "aws:servicecatalog:applicationName": "arcade", more: "1" });
  await expect(client.send(new TagResourceCommand({ resourceArn: made.arn, tags: { "aws:x": "1" } }))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await client.send(new CreateApplicationCommand({ name: "second" }));
  const first = await client.send(new ListApplicationsCommand({ maxResults: 1 }));
  expect(first.applications).toMatchObject([{ name: "arcade", description: "e" }]);
  const { applications } = await client.send(new ListApplicationsCommand({ nextToken: first.nextToken }));
  expect(applications).toMatchObject([{ name: "second" }]);
  await client.send(new DeleteApplicationCommand({ application: "second" }));
  await client.send(new DeleteApplicationCommand({ application: made.arn }));
  await expect(application("arcade")).rejects.toMatchObject({ name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } });
  await expect(client.send(new SyncResourceCommand({ resourceType: "CFN_STACK", resource: "s" }))).rejects.toMatchObject({ name: "NotImplemented" });
});

test("attribute groups belong to applications", async () => {
  await client.send(new CreateApplicationCommand({ name: "grouped" }));
  const { attributeGroup } = await client.send(new CreateAttributeGroupCommand({ name: "facts", attributes: '{"owner":"me"}' }));
  await expect(client.send(new CreateAttributeGroupCommand({ name: "wrong", attributes: "me" }))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await client.send(new UpdateAttributeGroupCommand({ attributeGroup: "facts", attributes: '{"owner":"you"}' }));
  expect(await client.send(new GetAttributeGroupCommand({ attributeGroup: attributeGroup!.arn }))).toMatchObject({
    id: attributeGroup!.id,
    attributes: '{"owner":"you"}',
    tags: { "aws:servicecatalog:attributeGroupName": "facts" },
  });
  const both = { application: "grouped", attributeGroup: "facts" };
  await client.send(new AssociateAttributeGroupCommand(both));
  await expect(client.send(new AssociateAttributeGroupCommand(both))).rejects.toMatchObject({ name: "ConflictException" });
  const ids = await client.send(new ListAssociatedAttributeGroupsCommand({ application: "grouped" }));
  expect(ids.attributeGroups).toEqual([attributeGroup!.id]);
  const details = await client.send(new ListAttributeGroupsForApplicationCommand({ application: "grouped" }));
  expect(details.attributeGroupsDetails).toEqual([{ id: attributeGroup!.id, arn: attributeGroup!.arn, name: "facts" }]);
  for (const command of [new DeleteApplicationCommand({ application: "grouped" }), new DeleteAttributeGroupCommand({ attributeGroup: "facts" })])
    await expect(client.send(command as DeleteApplicationCommand)).rejects.toMatchObject({ name: "ValidationException" });
  await client.send(new DisassociateAttributeGroupCommand(both));
  await client.send(new DeleteAttributeGroupCommand({ attributeGroup: "facts" }));
  await client.send(new DeleteApplicationCommand({ application: "grouped" }));
  expect((await client.send(new ListAttributeGroupsCommand({}))).attributeGroups).toEqual([]);
});

test("stacks and values of tags belong to applications", async () => {
  for (const name of ["one", "two"]) await client.send(new CreateApplicationCommand({ name }));
  await cfn.send(new CreateStackCommand({ StackName: "s", TemplateBody: body({ T: { Type: "AWS::SNS::Topic" } }) }));
  await reach("s", "CREATE_COMPLETE");
  const { StackId } = await stack("s");
  const associate = (name: string, resource: string, more: object = {}) =>
    client.send(new AssociateResourceCommand({ application: name, resourceType: "CFN_STACK", resource, ...more }));
  expect((await associate("one", StackId!)).resourceArn).toBe(StackId);
  await expect(associate("two", "s")).rejects.toMatchObject({ name: "ConflictException" });
  await expect(associate("one", "none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(associate("two", "s", { options: ["APPLY_APPLICATION_TAG"] })).rejects.toMatchObject({ name: "NotImplemented" });
  await associate("one", "blue", { resourceType: "RESOURCE_TAG_VALUE", options: ["SKIP_APPLICATION_TAG"] });
  expect((await client.send(new ListAssociatedResourcesCommand({ application: "one" }))).resources).toMatchObject([
    { name: "s", arn: StackId, resourceType: "CFN_STACK" },
    { name: "blue", resourceType: "RESOURCE_TAG_VALUE", resourceDetails: { tagValue: "blue" }, options: ["SKIP_APPLICATION_TAG"] },
  ]);
  const one = { application: "one", resourceType: "CFN_STACK" as const, resource: StackId };
  expect((await client.send(new GetAssociatedResourceCommand(one))).resource).toMatchObject({ name: "s", arn: StackId });
  expect((await application("one")).associatedResourceCount).toBe(2);
  await cfn.send(new DeleteStackCommand({ StackName: "s" }));
  await cloud.clock.advance(10_000);
  await client.send(new DisassociateResourceCommand({ ...one, resource: "s" }));
  await expect(client.send(new GetAssociatedResourceCommand(one))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a role may what its policies allow, by the application's tags", async () => {
  await client.send(new CreateApplicationCommand({ name: "ours", tags: { team: "blue" } }));
  const statement = {
    Effect: "Allow",
    Action: "servicecatalog:GetApplication",
    Resource: "arn:aws:servicecatalog:*:*:/applications/*",
    Condition: { StringEquals: { "aws:ResourceTag/team": "blue" } },
  };
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "000000000000" } }] };
  const iam = cloud.client(IAMClient);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await iam.send(new PutRolePolicyCommand({ RoleName: "r", PolicyName: "p", PolicyDocument }));
  const { Credentials } = await cloud.client(STSClient).send(new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: "me" }));
  const role = clientWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  });
  await role.send(new GetApplicationCommand({ application: "ours" }));
  await expect(role.send(new GetApplicationCommand({ application: "one" }))).rejects.toMatchObject({ name: "AccessDeniedException" });
  await expect(role.send(new ListApplicationsCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });
});

test("templates make applications, with the stack itself as part of them", async () => {
  const type = (name: string) => `AWS::ServiceCatalogAppRegistry::${name}`;
  const Application = { "Fn::GetAtt": ["App", "Id"] };
  const template = (Description: string, owner: string): string =>
    body(
      {
        App: { Type: type("Application"), Properties: { Name: "from-template", Description, Tags: { team: owner } } },
        Facts: { Type: type("AttributeGroup"), Properties: { Name: "template-facts", Attributes: { owner } } },
        InApp: { Type: type("ResourceAssociation"), Properties: { Application, Resource: { Ref: "AWS::StackId" }, ResourceType: "CFN_STACK" } },
        Described: { Type: type("AttributeGroupAssociation"), Properties: { Application, AttributeGroup: { Ref: "Facts" } } },
        Topic: {
          Type: "AWS::SNS::Topic",
          Properties: { Tags: [{ Key: { "Fn::GetAtt": ["App", "ApplicationTagKey"] }, Value: { "Fn::GetAtt": ["App", "ApplicationTagValue"] } }] },
        },
      },
      Object.fromEntries(["Arn", "Id", "ApplicationTagKey", "ApplicationTagValue"].map((name) => [name, { Value: { "Fn::GetAtt": ["App", name] } }])),
    );
  await cfn.send(new CreateStackCommand({ StackName: "app", TemplateBody: template("before", "me") }));
  await reach("app", "CREATE_COMPLETE");
  const { StackId, Outputs } = await stack("app");
  const outputs = Object.fromEntries(Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const made = await application("from-template");
  expect(outputs).toMatchObject({
    Id: made.id,
    Arn: made.arn,
    ApplicationTagKey: "awsApplication",
    ApplicationTagValue: made.applicationTag!["awsApplication"],
  });
  expect(made.tags).toEqual({ "aws:servicecatalog:applicationName": "from-template", team: "me" });
  const { resources } = await client.send(new ListAssociatedResourcesCommand({ application: made.id }));
  expect(resources).toMatchObject([{ name: "app", arn: StackId }]);
  await cfn.send(new UpdateStackCommand({ StackName: "app", TemplateBody: template("after", "you") }));
  await reach("app", "UPDATE_COMPLETE");
  expect(await application("from-template")).toMatchObject({ id: made.id, description: "after", tags: { team: "you" } });
  expect((await client.send(new GetAttributeGroupCommand({ attributeGroup: "template-facts" }))).attributes).toBe('{"owner":"you"}');
  await cfn.send(new DeleteStackCommand({ StackName: "app" }));
  await cloud.clock.advance(10_000);
  await expect(application("from-template")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
