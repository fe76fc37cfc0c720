import { describe, expect, test } from "vitest";
import type {
  CreateHostedZoneResponse,
  CreateQueryLoggingConfigResponse,
  GetHostedZoneResponse,
  ListHostedZonesByNameResponse,
  ListResourceRecordSetsResponse,
} from "@aws-sdk/client-route-53";
import { NotSupported } from "../../core/errors.ts";
import { call, setup, upsert, type World } from "./testing/world.ts";

const create = (world: World, Name: string, reference = Name): CreateHostedZoneResponse =>
  world.run("CreateHostedZone", { Name, CallerReference: reference });
const list = (world: World, input: object = {}): string[] =>
  world
    .run<ListResourceRecordSetsResponse>("ListResourceRecordSets", { HostedZoneId: "Z123412341234", ...input })
    .ResourceRecordSets!.map((set) => `${set.Name} ${set.Type}`);
const change = (world: World, ...Changes: object[]): unknown =>
  world.run("ChangeResourceRecordSets", { HostedZoneId: "Z123412341234", ChangeBatch: { Changes } });
const a = (Name: string, Action = "CREATE", Value = "192.0.2.1", TTL = 60): object => ({
  Action,
  ResourceRecordSet: { Name, Type: "A", TTL, ResourceRecords: [{ Value }] },
});

describe("hosted zones", () => {
  test("a new zone has an identifier, four name servers, and NS and SOA records", () => {
    const world = setup();
    const { HostedZone, DelegationSet, ChangeInfo, Location } = create(world, "Hello.Example.COM");
    expect(HostedZone).toMatchObject({
      Id: expect.stringMatching(/^\/hostedzone\/Z[A-Z0-9]{20}$/),
      Name: "hello.example.com.",
      ResourceRecordSetCount: 2,
      Config: { PrivateZone: false },
    });
    expect(DelegationSet!.NameServers).toEqual([
      expect.stringMatching(/^ns-\d{1,3}\.awsdns-\d\d\.com$/),
      expect.stringMatching(/^ns-\d{3,4}\.awsdns-\d\d\.net$/),
      expect.stringMatching(/^ns-1\d{3}\.awsdns-\d\d\.org$/),
      expect.stringMatching(/^ns-[12]\d{3}\.awsdns-\d\d\.co\.uk$/),
    ]);
    expect(ChangeInfo).toMatchObject({ Id: expect.stringMatching(/^\/change\/C[A-Z0-9]+$/), Status: "INSYNC" });
    expect(Location).toBe(`https://route53.amazonaws.com/2013-04-01${HostedZone!.Id}`);
    expect(world.run("GetChange", { Id: ChangeInfo!.Id })).toEqual({ ChangeInfo });
  });
  test("the same caller reference makes no second zone; the same name does", () => {
    const world = setup();
    create(world, "a.com", "1");
    expect(() => create(world, "a.com", "1")).toThrow(expect.objectContaining({ code: "HostedZoneAlreadyExists", status: 409 }));
    expect(create(world, "a.com", "2").HostedZone!.Name).toBe("a.com.");
  });
  test.each(["", "a b.com", "-a..com", "é.com", `${"a".repeat(64)}.com`])("the name %j is refused", (name) => {
    expect(() => create(setup(), name, "r")).toThrow(expect.objectContaining({ code: "InvalidDomainName" }));
  });
  test("a zone is found with and without the prefix of its identifier", () => {
    const world = setup();
    for (const Id of ["Z123412341234", "/hostedzone/Z123412341234"]) {
      expect(world.run<GetHostedZoneResponse>("GetHostedZone", { Id }).HostedZone).toMatchObject({
        Id: "/hostedzone/Z123412341234",
        Name: "example.com.",
      });
    }
    expect(() => world.run("GetHostedZone", { Id: "ZNONE" })).toThrow(expect.objectContaining({ code: "NoSuchHostedZone", status: 404 }));
  });
  test("seeding twice changes nothing", () => {
    const world = setup();
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    const before = world.run<GetHostedZoneResponse>("GetHostedZone", { Id: "Z123412341234" });
    world.route53.seedHostedZone("example.com", "/hostedzone/Z123412341234");
    expect(world.run("GetHostedZone", { Id: "Z123412341234" })).toEqual(before);
  });
  test("a zone with records cannot be deleted, one without takes its logging configuration along", async () => {
    const world = setup();
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    expect(() => world.run("DeleteHostedZone", { Id: "Z123412341234" })).toThrow(
      expect.objectContaining({ code: "HostedZoneNotEmpty", status: 400 }),
    );
    upsert(world, "x.example.com", "A", ["192.0.2.1"], { Action: "DELETE" });
    await logging(world);
    world.run("DeleteHostedZone", { Id: "Z123412341234" });
    expect(world.run("ListHostedZones", {})).toMatchObject({ HostedZones: [], IsTruncated: false });
    expect(world.run("ListQueryLoggingConfigs", {})).toEqual({ QueryLoggingConfigs: [] });
  });
  test("by name they are sorted with the labels reversed, and come in pages", () => {
    const world = setup();
    for (const name of ["b.example.com", "a.org", "a.example.com"]) create(world, name);
    const first = world.run<ListHostedZonesByNameResponse>("ListHostedZonesByName", { MaxItems: 2 });
    expect(first.HostedZones!.map((zone) => zone.Name)).toEqual(["example.com.", "a.example.com."]);
    const second = world.run<ListHostedZonesByNameResponse>("ListHostedZonesByName", {
      DNSName: first.NextDNSName,
      HostedZoneId: first.NextHostedZoneId,
    });
    expect(second.HostedZones!.map((zone) => zone.Name)).toEqual(["b.example.com.", "a.org."]);
  });
  test("pages of ListHostedZones cover every zone once", () => {
    const world = setup();
    for (let index = 0; index < 5; index++) create(world, `z${index}.com`);
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const page = world.run<{ HostedZones: { Name: string }[]; NextMarker?: string }>("ListHostedZones", { MaxItems: 2, Marker: marker });
      seen.push(...page.HostedZones.map((zone) => zone.Name));
      marker = page.NextMarker;
    } while (marker);
    expect(seen.sort()).toEqual(["example.com.", "z0.com.", "z1.com.", "z2.com.", "z3.com.", "z4.com."]);
  });
  test("private zones are not supported, loudly", () => {
    expect(() => setup().run("CreateHostedZone", { Name: "a.com", CallerReference: "x", VPC: { VPCId: "vpc-1" } })).toThrow(NotSupported);
  });
  test("comment and tags", () => {
    const world = setup();
    expect(world.run("UpdateHostedZoneComment", { Id: "Z123412341234", Comment: "hi" })).toMatchObject({ HostedZone: { Config: { Comment: "hi" } } });
    world.run("ChangeTagsForResource", {
      ResourceType: "hostedzone",
      ResourceId: "Z123412341234",
      AddTags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    world.run("ChangeTagsForResource", { ResourceType: "hostedzone", ResourceId: "Z123412341234", RemoveTagKeys: ["a"] });
    expect(world.run("ListTagsForResource", { ResourceType: "hostedzone", ResourceId: "Z123412341234" })).toMatchObject({
      ResourceTagSet: { Tags: [{ Key: "b", Value: "2" }] },
    });
  });
});

describe("ChangeResourceRecordSets", () => {
  const refuses = (world: World, message: string, ...changes: object[]): void => {
    expect(() => change(world, ...changes)).toThrow(expect.objectContaining({ code: "InvalidChangeBatch", message: `[${message}]` }));
  };
  test("names are normalized and listed in order", () => {
    const world = setup();
    change(world, a("WWW.example.com."), a("*.example.com"), a("a.b.example.com"), a("b.example.com"), a("example.com"));
    expect(list(world)).toEqual([
      "example.com. A",
      "example.com. NS",
      "example.com. SOA",
      String.raw`\052.example.com. A`,
      "b.example.com. A",
      "a.b.example.com. A",
      "www.example.com. A",
    ]);
  });
  test("listing starts where it is told and comes in pages", () => {
    const world = setup();
    change(world, a("a.example.com"), a("b.example.com"), a("c.example.com"));
    expect(list(world, { StartRecordName: "b.example.com" })).toEqual(["b.example.com. A", "c.example.com. A"]);
    expect(world.run("ListResourceRecordSets", { HostedZoneId: "Z123412341234", MaxItems: 3 })).toMatchObject({
      IsTruncated: true,
      NextRecordName: "b.example.com.",
      NextRecordType: "A",
      MaxItems: 3,
    });
    expect(list(world, { StartRecordName: "example.com", StartRecordType: "NS", MaxItems: 1 })).toEqual(["example.com. NS"]);
    expect(() => list(world, { StartRecordType: "A" })).toThrow(expect.objectContaining({ code: "InvalidInput" }));
  });
  test("a batch is made whole or not at all", () => {
    const world = setup();
    refuses(
      world,
      "Tried to delete resource record set [name='no.example.com.', type='A'] but it was not found",
      a("yes.example.com"),
      a("no.example.com", "DELETE"),
    );
    expect(list(world)).toEqual(["example.com. NS", "example.com. SOA"]);
  });
  test("CREATE of what is there", () => {
    const world = setup();
    change(world, a("x.example.com"));
    refuses(world, "Tried to create resource record set [name='x.example.com.', type='A'] but it already exists", a("x.example.com"));
  });
  test("DELETE must name the present values, in any order", () => {
    const world = setup();
    upsert(world, "x.example.com", "A", ["192.0.2.1", "192.0.2.2"]);
    refuses(
      world,
      "Tried to delete resource record set [name='x.example.com.', type='A'] but the values provided do not match the current values",
      a("x.example.com", "DELETE"),
    );
    upsert(world, "x.example.com", "A", ["192.0.2.2", "192.0.2.1"], { Action: "DELETE" });
    expect(list(world)).not.toContain("x.example.com. A");
  });
  test("DELETE and CREATE in one batch replace a record; two of the same do not", () => {
    const world = setup();
    change(world, a("x.example.com"));
    change(world, a("x.example.com", "DELETE"), a("x.example.com", "CREATE", "192.0.2.9"));
    refuses(
      world,
      "The request contains an invalid set of changes for a resource record set 'A x.example.com.'",
      a("x.example.com", "UPSERT"),
      a("x.example.com", "UPSERT"),
    );
  });
  test("every problem of a batch is told", () => {
    refuses(
      setup(),
      "RRSet with DNS name x.example.org. is not permitted in zone example.com., Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '300.1.1.1''",
      a("x.example.org"),
      a("y.example.com", "CREATE", "300.1.1.1"),
    );
  });
  test("a name that only ends like the zone is not in it", () => {
    refuses(setup(), "RRSet with DNS name notexample.com. is not permitted in zone example.com.", a("notexample.com"));
  });
  test("a CNAME stands alone, and never at the apex", () => {
    const world = setup();
    change(world, a("x.example.com"));
    expect(() => upsert(world, "x.example.com", "CNAME", ["y.example.com"])).toThrow(
      /not permitted because a conflicting RRSet of type A with the same DNS name already exists in zone example.com./,
    );
    expect(() => upsert(world, "example.com", "CNAME", ["y.example.com"])).toThrow(/CNAME with DNS name example.com. is not permitted at apex/);
  });
  test("the zone's own NS and SOA records stay", () => {
    const world = setup();
    const sets = world.run<ListResourceRecordSetsResponse>("ListResourceRecordSets", { HostedZoneId: "Z123412341234" }).ResourceRecordSets!;
    for (const [Type, message] of [
      ["NS", "A HostedZone must contain at least one NS record for the zone itself."],
      ["SOA", "A HostedZone must contain exactly one SOA record."],
    ] as const) {
      refuses(world, message, { Action: "DELETE", ResourceRecordSet: sets.find((set) => set.Type === Type) });
    }
  });
  test.each<[string, string]>([
    ["AAAA", "1.2.3.4"],
    ["MX", "mail.example.com"],
    ["SRV", "1 2 mail.example.com"],
    ["SRV", "1 2 70000 mail.example.com"],
    ["TXT", "no quotes"],
    ["TXT", `"${"x".repeat(256)}"`],
    ["CAA", "0 issue letsencrypt.org"],
    ["CNAME", "a..b"],
    ["CNAME", `${"x".repeat(64)}.com`],
    ["NS", ""],
  ])("a %s record of %j is refused", (type, value) => {
    expect(() => upsert(setup(), "x.example.com", type, [value])).toThrow(expect.objectContaining({ code: "InvalidChangeBatch" }));
  });
  test("values without TTL, duplicates and an empty batch are refused", () => {
    const world = setup();
    expect(() =>
      change(world, { Action: "CREATE", ResourceRecordSet: { Name: "x.example.com", Type: "A", ResourceRecords: [{ Value: "1.1.1.1" }] } }),
    ).toThrow(expect.objectContaining({ code: "InvalidInput" }));
    expect(() => upsert(world, "x.example.com", "A", ["1.1.1.1", "1.1.1.1"])).toThrow(/Duplicate Resource Record: '1.1.1.1'/);
    expect(() => change(world)).toThrow(expect.objectContaining({ code: "InvalidInput" }));
  });
  test("routing policies and rare types are not supported, loudly", () => {
    const world = setup();
    expect(() =>
      change(world, {
        Action: "CREATE",
        ResourceRecordSet: { Name: "x.example.com", Type: "A", TTL: 1, ResourceRecords: [{ Value: "1.1.1.1" }], SetIdentifier: "a", Weight: 1 },
      }),
    ).toThrow(NotSupported);
    expect(() => upsert(world, "x.example.com", "NAPTR", ["x"])).toThrow(NotSupported);
  });
});

const logging = (world: World, group = "/aws/route53/example.com"): Promise<CreateQueryLoggingConfigResponse> =>
  world.run("CreateQueryLoggingConfig", {
    HostedZoneId: "Z123412341234",
    CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}`,
  });

describe("query logging configurations", () => {
  test("are made once for a zone, got, listed and deleted", async () => {
    const world = setup();
    const { QueryLoggingConfig: config, Location } = await logging(world, "/aws/route53/example.com:*");
    expect(config).toMatchObject({
      HostedZoneId: "Z123412341234",
      CloudWatchLogsLogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/route53/example.com",
    });
    expect(Location).toBe(`https://route53.amazonaws.com/2013-04-01/queryloggingconfig/${config!.Id}`);
    await expect(logging(world)).rejects.toMatchObject({ code: "QueryLoggingConfigAlreadyExists", status: 409 });
    expect(world.run("GetQueryLoggingConfig", { Id: config!.Id })).toEqual({ QueryLoggingConfig: config });
    expect(world.run("ListQueryLoggingConfigs", { HostedZoneId: "/hostedzone/Z123412341234" })).toEqual({ QueryLoggingConfigs: [config] });
    world.run("DeleteQueryLoggingConfig", { Id: config!.Id });
    expect(() => world.run("GetQueryLoggingConfig", { Id: config!.Id })).toThrow(expect.objectContaining({ code: "NoSuchQueryLoggingConfig" }));
  });
  test("need a resource policy that lets Route 53 create streams and write to them", async () => {
    await expect(logging(setup({ policyAllows: false }))).rejects.toMatchObject({ code: "InsufficientCloudWatchLogsResourcePolicy" });
    const world = setup();
    await logging(world);
    expect(world.asked.map(({ action }) => action)).toEqual(["logs:CreateLogStream", "logs:PutLogEvents"]);
    expect(world.asked[0]).toMatchObject({
      service: "route53.amazonaws.com",
      resource: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/route53/example.com:log-stream:Z123412341234/FRA6",
      context: { "aws:SourceArn": "arn:aws:route53:::hostedzone/Z123412341234", "aws:SourceAccount": "000000000000" },
    });
  });
  test("need a log group that is there, in us-east-1", async () => {
    await expect(logging(setup({ groups: ["/aws/route53/example.com.org"] }))).rejects.toMatchObject({
      code: "NoSuchCloudWatchLogsLogGroup",
      status: 404,
    });
    const elsewhere = setup().run<Promise<unknown>>("CreateQueryLoggingConfig", {
      HostedZoneId: "Z123412341234",
      CloudWatchLogsLogGroupArn: "arn:aws:logs:us-west-2:000000000000:log-group:g",
    });
    await expect(elsewhere).rejects.toMatchObject({ code: "InvalidInput" });
  });
});

describe("access", () => {
  test("a change names its zone, actions, names and types", () => {
    const need = setup().route53.access!["ChangeResourceRecordSets"]!(
      { HostedZoneId: "/hostedzone/Z1", ChangeBatch: { Changes: [a("Hello.Example.com.", "UPSERT"), a("*.example.com", "DELETE")] } },
      call,
    );
    expect(need).toEqual([
      {
        action: "route53:ChangeResourceRecordSets",
        resources: ["arn:aws:route53:::hostedzone/Z1"],
        context: {
          "route53:ChangeResourceRecordSetsActions": ["UPSERT", "DELETE"],
          "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["hello.example.com", String.raw`\052.example.com`],
        },
      },
    ]);
  });
});
