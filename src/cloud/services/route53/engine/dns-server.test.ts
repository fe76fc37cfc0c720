import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import dnsPacket, { type DecodedPacket } from "dns-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RealClock } from "../../../core/clock.ts";
import { setup, upsert, type World } from "../testing/world.ts";

/** `dns-packet` writes the queries and reads the answers here: it shares no code with the server. */

interface Ask {
  type?: string;
  edns?: { size?: number; subnet?: string; version?: number; dnssecOk?: boolean };
}

const query = (name: string, { type = "A", edns }: Ask = {}): Buffer =>
  dnsPacket.encode({
    type: "query",
    id: 4711,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: type as "A" }],
    additionals: edns
      ? [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize: edns.size ?? 4096,
            extendedRcode: 0,
            ednsVersion: edns.version ?? 0,
            flags: edns.dnssecOk ? 0x8000 : 0,
            flag_do: edns.dnssecOk ?? false,
            options: edns.subnet ? [{ code: 8, ip: edns.subnet.split("/")[0]!, sourcePrefixLength: Number(edns.subnet.split("/")[1]) }] : [],
          },
        ]
      : [],
  });

let world: World;
beforeEach(async () => {
  world = setup();
  await world.route53.start?.();
});
afterEach(() => world.route53.stop?.());

async function udp(message: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  const answer = once(socket, "message") as Promise<[Buffer]>;
  socket.send(message, world.route53.dnsAddress()!.port, "127.0.0.1");
  const [bytes] = await answer;
  socket.close();
  return bytes;
}
type Answer = DecodedPacket & { rcode: string };
const ask = async (name: string, options?: Ask): Promise<Answer> => dnsPacket.decode(await udp(query(name, options))) as Answer;

/** Writes the pieces one by one and reads until `expected` answers are there. */
async function tcp(pieces: Buffer[], expected = 1): Promise<Answer[]> {
  const socket = connect(world.route53.dnsAddress()!.port, "127.0.0.1");
  socket.setNoDelay(true);
  for (const piece of pieces) await new Promise((written) => socket.write(piece, written));
  let received = Buffer.alloc(0);
  const answers: Answer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      answers.push(dnsPacket.decode(received.subarray(2, 2 + received.readUInt16BE(0))) as Answer);
      received = received.subarray(2 + received.readUInt16BE(0));
    }
    if (answers.length >= expected) break;
  }
  socket.destroy();
  return answers;
}
const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
const data = (answer: Answer): unknown[] => (answer.answers ?? []).map((record) => ("data" in record ? record.data : undefined));

describe("answers", () => {
  test("an A record, authoritatively and without recursion", async () => {
    upsert(world, "www.example.com", "A", ["192.0.2.1", "192.0.2.2"], { TTL: 300 });
    const answer = await ask("www.example.com");
    expect(answer).toMatchObject({ id: 4711, type: "response", rcode: "NOERROR", flag_aa: true, flag_tc: false, flag_rd: true, flag_ra: false });
    expect(answer.answers).toMatchObject([
      { name: "www.example.com", type: "A", ttl: 300, data: "192.0.2.1" },
      { name: "www.example.com", type: "A", ttl: 300, data: "192.0.2.2" },
    ]);
  });
  test.each<[string, string[], unknown]>([
    ["AAAA", ["2001:db8::1"], ["2001:db8::1"]],
    ["CNAME", ["Target.example.org"], ["Target.example.org"]],
    ["TXT", [String.raw`"one \"quoted\"" "two"`], [[Buffer.from('one "quoted"'), Buffer.from("two")]]],
    ["MX", ["10 mail.example.com."], [{ preference: 10, exchange: "mail.example.com" }]],
    ["SRV", ["1 2 25565 mc.example.com"], [{ priority: 1, weight: 2, port: 25565, target: "mc.example.com" }]],
    ["CAA", ['128 issue "letsencrypt.org"'], [{ flags: 128, tag: "issue", value: "letsencrypt.org", issuerCritical: true }]],
    ["PTR", ["host.example.com"], ["host.example.com"]],
  ])("a %s record", async (type, values, expected) => {
    upsert(world, "x.example.com", type, values);
    expect(data(await ask("x.example.com", { type }))).toEqual(expected);
  });
  test("SOA and NS of the zone", async () => {
    expect(data(await ask("example.com", { type: "SOA" }))).toMatchObject([
      { rname: "awsdns-hostmaster.amazon.com", serial: 1, refresh: 7200, retry: 900, expire: 1_209_600, minimum: 86_400 },
    ]);
    expect(data(await ask("example.com", { type: "NS" }))).toHaveLength(4);
  });
  test("the case of the question comes back, and does not matter", async () => {
    upsert(world, "hello.example.com", "A", ["192.0.2.1"]);
    const answer = await ask("hElLo.eXample.COM");
    expect(answer.questions![0]!.name).toBe("hElLo.eXample.COM");
    expect(answer.answers).toMatchObject([{ name: "hElLo.eXample.COM", data: "192.0.2.1" }]);
  });
  test("a name that is not there: NXDOMAIN with SOA", async () => {
    const answer = await ask("none.example.com");
    expect(answer).toMatchObject({ rcode: "NXDOMAIN", flag_aa: true, answers: [] });
    expect(answer.authorities).toMatchObject([{ name: "example.com", type: "SOA", ttl: 900 }]);
  });
  test("a type that is not there, and a name with names below it: no data, with SOA", async () => {
    upsert(world, "a.b.example.com", "A", ["192.0.2.1"]);
    for (const [name, type] of [
      ["a.b.example.com", "AAAA"],
      ["b.example.com", "A"],
    ] as const) {
      const answer = await ask(name, { type });
      expect(answer).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [{ type: "SOA" }] });
    }
  });
  test("a zone that is not held is refused", async () => {
    expect(await ask("example.org")).toMatchObject({ rcode: "REFUSED", flag_aa: false, answers: [], authorities: [] });
    expect((await ask("com")).rcode).toBe("REFUSED");
    expect((await ask("notexample.com")).rcode).toBe("REFUSED");
  });
  test("a change is seen at once, and a deleted record is gone", async () => {
    upsert(world, "x.example.com", "A", ["0.0.0.0"], { TTL: 1 });
    expect(data(await ask("x.example.com"))).toEqual(["0.0.0.0"]);
    upsert(world, "x.example.com", "A", ["127.77.0.1"], { TTL: 1 });
    expect(data(await ask("x.example.com"))).toEqual(["127.77.0.1"]);
    upsert(world, "x.example.com", "A", ["127.77.0.1"], { TTL: 1, Action: "DELETE" });
    expect((await ask("x.example.com")).rcode).toBe("NXDOMAIN");
  });
  test("a CNAME is followed through zones, and a loop ends", async () => {
    world.route53.seedHostedZone("example.net", "ZNET");
    upsert(world, "a.example.com", "CNAME", ["b.example.net"]);
    upsert(world, "b.example.net", "A", ["192.0.2.7"], { zone: "ZNET" });
    expect(data(await ask("a.example.com"))).toEqual(["b.example.net", "192.0.2.7"]);
    upsert(world, "l1.example.com", "CNAME", ["l2.example.com"]);
    upsert(world, "l2.example.com", "CNAME", ["l1.example.com"]);
    expect(data(await ask("l1.example.com"))).toEqual(["l2.example.com", "l1.example.com"]);
    upsert(world, "away.example.com", "CNAME", ["example.org"]);
    expect(await ask("away.example.com")).toMatchObject({ rcode: "NOERROR", authorities: [] });
  });
  test("the most specific zone answers", async () => {
    world.route53.seedHostedZone("hello.example.com", "ZHELLO");
    upsert(world, "hello.example.com", "A", ["192.0.2.1"], { zone: "ZHELLO" });
    upsert(world, "hello.example.com", "NS", ["ns-1.awsdns-00.com"]);
    expect(await ask("hello.example.com")).toMatchObject({ flag_aa: true, answers: [{ data: "192.0.2.1" }] });
    expect((await ask("x.hello.example.com")).authorities).toMatchObject([{ name: "hello.example.com" }]);
  });
  test("a child zone that is not held is referred to, with glue", async () => {
    upsert(world, "child.example.com", "NS", ["ns1.child.example.com", "ns.example.org"]);
    upsert(world, "ns1.child.example.com", "A", ["192.0.2.53"]);
    const answer = await ask("x.y.child.example.com");
    expect(answer).toMatchObject({ rcode: "NOERROR", flag_aa: false, answers: [] });
    expect(answer.authorities).toMatchObject([
      { name: "child.example.com", type: "NS", data: "ns1.child.example.com" },
      { name: "child.example.com", type: "NS", data: "ns.example.org" },
    ]);
    expect(answer.additionals).toMatchObject([{ name: "ns1.child.example.com", type: "A", data: "192.0.2.53" }]);
  });
  test("a wildcard stands for what is not there, and only that", async () => {
    upsert(world, "*.example.com", "A", ["192.0.2.9"]);
    upsert(world, "there.example.com", "TXT", ['"x"']);
    upsert(world, "deep.below.example.com", "A", ["192.0.2.1"]);
    expect((await ask("any.thing.example.com")).answers).toMatchObject([{ name: "any.thing.example.com", data: "192.0.2.9" }]);
    expect(data(await ask("there.example.com"))).toEqual([]);
    expect(data(await ask("below.example.com"))).toEqual([]);
    expect((await ask("other.below.example.com")).rcode).toBe("NXDOMAIN");
    expect(data(await ask("*.example.com"))).toEqual(["192.0.2.9"]);
  });
  test("an alias gives its target's records under its own name", async () => {
    upsert(world, "target.example.com", "A", ["192.0.2.5"], { TTL: 7 });
    const alias = (Name: string, DNSName: string): unknown =>
      world.run("ChangeResourceRecordSets", {
        HostedZoneId: "Z123412341234",
        ChangeBatch: {
          Changes: [
            {
              Action: "CREATE",
              ResourceRecordSet: { Name, Type: "A", AliasTarget: { HostedZoneId: "Z123412341234", DNSName, EvaluateTargetHealth: false } },
            },
          ],
        },
      });
    alias("example.com", "target.example.com");
    alias("nowhere.example.com", "lb.elsewhere.example.org");
    expect((await ask("example.com")).answers).toMatchObject([{ name: "example.com", ttl: 7, data: "192.0.2.5" }]);
    expect(await ask("nowhere.example.com")).toMatchObject({ rcode: "NOERROR", answers: [] });
  });
  test("TTLs shrink with the clock's speed", async () => {
    const fast = setup({ clock: new RealClock({ speed: 60 }) });
    upsert(fast, "x.example.com", "A", ["192.0.2.1"], { TTL: 120 });
    upsert(fast, "y.example.com", "A", ["192.0.2.1"], { TTL: 1 });
    await world.route53.stop?.();
    world = fast;
    await world.route53.start?.();
    expect((await ask("x.example.com")).answers).toMatchObject([{ ttl: 2 }]);
    expect((await ask("y.example.com")).answers).toMatchObject([{ ttl: 0 }]);
  });
});

describe("EDNS and size", () => {
  const big = (): void =>
    upsert(
      world,
      "big.example.com",
      "TXT",
      Array.from({ length: 20 }, (_, index) => `"${String(index).padStart(60, "x")}"`),
    );
  test("an answer too big for plain UDP is truncated, and whole over TCP", async () => {
    big();
    const bytes = await udp(query("big.example.com", { type: "TXT" }));
    expect(bytes.length).toBeLessThanOrEqual(512);
    expect(dnsPacket.decode(bytes)).toMatchObject({ flag_tc: true, answers: [] });
    const [answer] = await tcp([framed(query("big.example.com", { type: "TXT" }))]);
    expect(answer).toMatchObject({ flag_tc: false });
    expect(answer!.answers).toHaveLength(20);
  });
  test("a client may take less than the most, and never gets more than 1232 bytes", async () => {
    upsert(
      world,
      "mid.example.com",
      "TXT",
      Array.from({ length: 10 }, (_, index) => `"${String(index).padStart(60, "x")}"`),
    );
    big();
    expect(await ask("mid.example.com", { type: "TXT", edns: { size: 4096 } })).toMatchObject({ flag_tc: false });
    expect(await ask("mid.example.com", { type: "TXT", edns: { size: 600 } })).toMatchObject({ flag_tc: true });
    expect((await udp(query("big.example.com", { type: "TXT", edns: { size: 65_535 } }))).length).toBeLessThanOrEqual(1232);
  });
  test("OPT comes back with the DO bit and the client subnet, scope 0", async () => {
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    const answer = await ask("x.example.com", { edns: { subnet: "198.51.100.0/24", dnssecOk: true } });
    expect(answer.additionals).toMatchObject([
      {
        type: "OPT",
        udpPayloadSize: 1232,
        ednsVersion: 0,
        flag_do: true,
        options: [{ code: 8, family: 1, sourcePrefixLength: 24, scopePrefixLength: 0, ip: "198.51.100.0" }],
      },
    ]);
    expect((await ask("x.example.com")).additionals).toEqual([]);
  });
  test("an unknown EDNS version is BADVERS", async () => {
    const answer = await ask("x.example.com", { edns: { version: 1 } });
    expect(answer.additionals).toMatchObject([{ type: "OPT", extendedRcode: 1 }]);
    expect(answer.answers).toEqual([]);
  });
});

describe("TCP", () => {
  test("answers several queries on one connection, also when they come in pieces", async () => {
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    const message = framed(query("x.example.com"));
    const both = Buffer.concat([message, message]);
    const answers = await tcp([both.subarray(0, 1), both.subarray(1, 20), both.subarray(20), message], 3);
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(data(answer)).toEqual(["192.0.2.1"]);
  });
});

describe("what must not harm it", () => {
  const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
  const header = (flags: string, counts = "0001 0000 0000 0000"): string => `1234 ${flags} ${counts}`;
  test.each<[string, string, string]>([
    ["no question", header("0100", "0000 0000 0000 0000"), "FORMERR"],
    ["two questions", `${header("0100", "0002 0000 0000 0000")} 0161 00 0001 0001 0162 00 0001 0001`, "FORMERR"],
    ["a label that goes past the end", `${header("0100")} 3f61`, "FORMERR"],
    ["a compression pointer in the question", `${header("0100")} c00c 0001 0001`, "FORMERR"],
    ["a name that is too long", `${header("0100")} ${"0161".repeat(130)} 00 0001 0001`, "FORMERR"],
    ["a missing type", `${header("0100")} 0161 00 00`, "FORMERR"],
    ["additionals that are not there", `${header("0100", "0001 0000 0000 0001")} 0161 00 0001 0001`, "FORMERR"],
    ["two OPT records", `${header("0100", "0001 0000 0000 0002")} 00 0001 0001 00 0029 1000 00000000 0000 00 0029 1000 00000000 0000`, "FORMERR"],
    [
      "an option that is longer than its record",
      `${header("0100", "0001 0000 0000 0001")} 00 0001 0001 00 0029 1000 00000000 0004 0008 00ff`,
      "FORMERR",
    ],
    [
      "a client subnet of an unknown family",
      `${header("0100", "0001 0000 0000 0001")} 00 0001 0001 00 0029 1000 00000000 0008 0008 0004 0009 1800`,
      "FORMERR",
    ],
    ["an update", `${header("2800")} 0161 00 0001 0001`, "NOTIMP"],
    ["a question for OPT", `${header("0100")} 0161 00 0029 0001`, "FORMERR"],
    ["a zone transfer", `${header("0100")} 0161 00 00fc 0001`, "REFUSED"],
    ["the class CHAOS", `${header("0100")} 0161 00 0010 0003`, "REFUSED"],
  ])("%s", async (_what, hex, rcode) => {
    const answer = await udp(bytes(hex));
    expect(answer.readUInt16BE(0)).toBe(0x1234);
    expect(["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"][answer[3]! & 15]).toBe(rcode);
    expect(answer[2]! & 0x80).toBe(0x80);
  });
  test("responses and scraps get no answer, and the server goes on", async () => {
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    const socket = createSocket("udp4");
    const { port } = world.route53.dnsAddress()!;
    let answers = 0;
    socket.on("message", () => answers++);
    const response = query("x.example.com");
    response[2]! |= 0x80;
    for (const message of [response, Buffer.alloc(0), Buffer.from([1, 2, 3])]) socket.send(message, port, "127.0.0.1");
    expect(data(await ask("x.example.com"))).toEqual(["192.0.2.1"]);
    expect(answers).toBe(0);
    socket.close();
  });
  test("ten thousand pieces of garbage neither end it nor get more back than they sent", async () => {
    const { port } = world.route53.dnsAddress()!;
    const socket = createSocket("udp4");
    let random = 12345;
    const next = (): number => (random = (random * 1103515245 + 12345) & 0x7fffffff);
    const whole = query("x.example.com", { edns: { subnet: "198.51.100.0/24" } });
    for (let index = 0; index < 10_000; index++) {
      const message = index % 2 ? Buffer.from(whole) : Buffer.from(Array.from({ length: next() % 64 }, () => next() & 255));
      for (let change = 0; change < 3 && message.length > 0; change++) message[next() % message.length] = next() & 255;
      socket.send(message, port, "127.0.0.1");
    }
    upsert(world, "x.example.com", "A", ["192.0.2.1"]);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await tcp([framed(query("x.example.com"))]))[0]).toMatchObject({ rcode: "NOERROR" });
    socket.close();
  });
  test("a TCP connection that sends nonsense is closed, and others go on", async () => {
    const socket = connect(world.route53.dnsAddress()!.port, "127.0.0.1");
    socket.write(Buffer.from([0, 3, 1, 2, 3]));
    await once(socket, "close");
    expect((await tcp([framed(query("example.com"))]))[0]).toMatchObject({ rcode: "NOERROR" });
  });
});

describe("query logs", () => {
  beforeEach(
    () =>
      world.run<Promise<unknown>>("CreateQueryLoggingConfig", {
        HostedZoneId: "Z123412341234",
        CloudWatchLogsLogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/route53/example.com",
      }) as Promise<never>,
  );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  test("each query is a line in Route 53's format, in the stream of the zone and the edge location", async () => {
    upsert(world, "hello.example.com", "A", ["192.0.2.1"]);
    await ask("Hello.example.com");
    await ask("none.example.com", { type: "AAAA", edns: { subnet: "198.51.100.0/24" } });
    await ask("hello.example.com", { type: "ANY", edns: { subnet: "2001:db8:abcd::/48" } });
    await tcp([framed(query("example.com", { type: "TXT" }))]);
    await settle();
    const time = "2026-01-05T00:00:00.000Z";
    expect(world.lines.map(({ message }) => message)).toEqual([
      `1.0 ${time} Z123412341234 Hello.example.com A NOERROR UDP FRA6 127.0.0.1 -`,
      `1.0 ${time} Z123412341234 none.example.com AAAA NXDOMAIN UDP FRA6 127.0.0.1 198.51.100.0/24`,
      `1.0 ${time} Z123412341234 hello.example.com ANY NOERROR UDP FRA6 127.0.0.1 2001:db8:abcd::/48`,
      `1.0 ${time} Z123412341234 example.com TXT NOERROR TCP FRA6 127.0.0.1 -`,
    ]);
    expect(world.lines[0]).toMatchObject({
      scope: { account: "000000000000", region: "us-east-1" },
      group: "/aws/route53/example.com",
      stream: "Z123412341234/FRA6",
    });
  });
  test("queries for other zones, and garbage, are not logged", async () => {
    world.route53.seedHostedZone("example.net", "ZNET");
    await ask("example.net");
    await ask("example.org");
    await udp(Buffer.from("12342800000100000000000001610000010001", "hex"));
    await settle();
    expect(world.lines).toEqual([]);
  });
  test("a name cannot forge fields", async () => {
    const message = query("axbxc.example.com");
    message.write(" A N", 13);
    message[12] = 5;
    await udp(message);
    await settle();
    expect(world.lines[0]!.message.split(" ")).toHaveLength(10);
  });
  test("after the configuration is deleted nothing is logged", async () => {
    const { QueryLoggingConfigs } = world.run<{ QueryLoggingConfigs: { Id: string }[] }>("ListQueryLoggingConfigs", {});
    world.run("DeleteQueryLoggingConfig", { Id: QueryLoggingConfigs[0]!.Id });
    await ask("example.com");
    await settle();
    expect(world.lines).toEqual([]);
  });
});

test("a port that is taken is an error that says so", async () => {
  const { port } = world.route53.dnsAddress()!;
  const { DnsServer } = await import("./dns-server.ts");
  const { Zones } = await import("./zones.ts");
  const { QueryLog } = await import("./query-log.ts");
  const { Store } = await import("../../../core/store.ts");
  const server = new DnsServer(
    new Zones(new Store(), world.clock, { addressesOf: () => undefined }),
    new QueryLog(world.clock, { write: () => {} }, "FRA6"),
  );
  await expect(server.listen("127.0.0.1", port)).rejects.toMatchObject({ code: "EADDRINUSE" });
});
