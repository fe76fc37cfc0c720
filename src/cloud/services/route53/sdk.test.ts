import { Resolver } from "node:dns/promises";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  CreateQueryLoggingConfigCommand,
  DeleteHostedZoneCommand,
  DeleteQueryLoggingConfigCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListQueryLoggingConfigsCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  Route53Client,
  waitUntilResourceRecordSetsChanged,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

/** From the SDK's request to the answer of the DNS server and the line in the log, with nothing in between replaced. */

let cloud: TestCloud;
let route53: Route53Client;
let logs: CloudWatchLogsClient;
let resolver: Resolver;
beforeAll(async () => {
  cloud = await withCloud();
  route53 = cloud.client(Route53Client, "us-east-1");
  logs = cloud.client(CloudWatchLogsClient, "us-east-1");
  resolver = new Resolver({ timeout: 5000, tries: 1 });
  resolver.setServers([`${cloud.dns.host}:${cloud.dns.port}`]);
});
afterAll(() => cloud.end());

test("a zone, a record, a DNS answer and a line in the query log", async () => {
  const created = await route53.send(
    new CreateHostedZoneCommand({ Name: "hello.example.net", CallerReference: "1", HostedZoneConfig: { Comment: "of a leaf" } }),
  );
  const Id = created.HostedZone!.Id!;
  expect(created).toMatchObject({
    HostedZone: { Name: "hello.example.net.", Config: { Comment: "of a leaf", PrivateZone: false } },
    DelegationSet: { NameServers: { length: 4 } },
    Location: expect.stringContaining(Id),
  });

  const logGroupName = "/aws/route53/hello.example.net";
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const logging = new CreateQueryLoggingConfigCommand({
    HostedZoneId: Id,
    CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`,
  });
  await expect(route53.send(logging)).rejects.toMatchObject({ name: "InsufficientCloudWatchLogsResourcePolicy" });
  const Statement = [
    {
      Effect: "Allow",
      Principal: { Service: "route53.amazonaws.com" },
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/route53/*",
    },
  ];
  await logs.send(new PutResourcePolicyCommand({ policyName: "route53", policyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  const { QueryLoggingConfig } = await route53.send(logging);
  expect((await route53.send(new ListQueryLoggingConfigsCommand({ HostedZoneId: Id }))).QueryLoggingConfigs).toEqual([QueryLoggingConfig]);

  const record: ResourceRecordSet = { Name: "hello.example.net", Type: "A", TTL: 1, ResourceRecords: [{ Value: "127.77.0.1" }] };
  const { ChangeInfo } = await route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: Id, ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet: record }] } }),
  );
  expect(await route53.send(new GetChangeCommand({ Id: ChangeInfo!.Id }))).toMatchObject({
    ChangeInfo: { Status: "INSYNC", SubmittedAt: new Date(cloud.clock.now()) },
  });
  await waitUntilResourceRecordSetsChanged({ client: route53, maxWaitTime: 60 }, { Id: ChangeInfo!.Id });

  expect(await resolver.resolve4("hello.example.net", { ttl: true })).toEqual([{ address: "127.77.0.1", ttl: 1 }]);
  await cloud.clock.settle();
  const stream = `${Id.replace("/hostedzone/", "")}/IAD12`;
  expect((await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams).toMatchObject([{ logStreamName: stream }]);
  const { events } = await logs.send(
    new FilterLogEventsCommand({
      logGroupName,
      filterPattern: "[version, time, zone, name = %^[Hh]ello\\.example\\.net$%, type = A, code = NOERROR, ...]",
    }),
  );
  expect(events).toMatchObject([
    { message: `1.0 ${new Date(cloud.clock.now()).toISOString()} ${stream.split("/")[0]} hello.example.net A NOERROR UDP IAD12 127.0.0.1 -` },
  ]);

  expect((await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }))).ResourceRecordSets).toMatchObject(
    [record, { Type: "NS" }, { Type: "SOA" }].map((set) => ({ ...set, Name: "hello.example.net." })),
  );
  await expect(route53.send(new DeleteHostedZoneCommand({ Id }))).rejects.toMatchObject({ name: "HostedZoneNotEmpty" });
  await route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: Id, ChangeBatch: { Changes: [{ Action: "DELETE", ResourceRecordSet: record }] } }),
  );
  await route53.send(new DeleteQueryLoggingConfigCommand({ Id: QueryLoggingConfig!.Id }));
  await route53.send(new DeleteHostedZoneCommand({ Id }));
  await expect(route53.send(new GetHostedZoneCommand({ Id }))).rejects.toMatchObject({ name: "NoSuchHostedZone" });
  await expect(resolver.resolve4("hello.example.net")).rejects.toMatchObject({ code: "EREFUSED" });
});

test("a batch that cannot be made tells why, and a seeded zone is listed", async () => {
  cloud.seedHostedZone("example.com", "ZROOT");
  const Changes = [
    {
      Action: "DELETE" as const,
      ResourceRecordSet: { Name: "no.example.com", Type: "A" as const, TTL: 1, ResourceRecords: [{ Value: "192.0.2.1" }] },
    },
  ];
  await expect(route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: "ZROOT", ChangeBatch: { Changes } }))).rejects.toMatchObject({
    name: "InvalidChangeBatch",
    message: "[Tried to delete resource record set [name='no.example.com.', type='A'] but it was not found]",
  });
  expect(await route53.send(new ListHostedZonesCommand({}))).toMatchObject({
    HostedZones: [{ Id: "/hostedzone/ZROOT", Name: "example.com." }],
    IsTruncated: false,
  });
  expect(await route53.send(new ListHostedZonesByNameCommand({ DNSName: "example.com", MaxItems: 1 }))).toMatchObject({
    HostedZones: [{ Name: "example.com." }],
    DNSName: "example.com",
  });
  await route53.send(new ChangeTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: "ZROOT", AddTags: [{ Key: "a", Value: "b" }] }));
  expect(await route53.send(new ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: "ZROOT" }))).toMatchObject({
    ResourceTagSet: { Tags: [{ Key: "a", Value: "b" }] },
  });
});
