import { describe, expect, test } from "vitest";
import { ENGINE, ENGINE_BASE, LEAF, load, mistakes } from "./testing.ts";

/** A project of one engine, auth, with more lines. */
const auth = (more: string, from = "", to = "") => {
  expect(ENGINE).toContain(from);
  return { "rouse.yaml": ENGINE_BASE, "leaves/game.yaml": null, "leaves/auth.yaml": ENGINE.replace(from, to) + more };
};
const base = (more: string) => ({ "rouse.yaml": ENGINE_BASE + more, "leaves/auth.yaml": ENGINE });
const WORKER = "wake: event\nimage: x\ncompute: { on: fargate }\n";
const worker = (more: string) => ({ "rouse.yaml": ENGINE_BASE, "leaves/game.yaml": null, "leaves/auth.yaml": WORKER + more });
const EXISTING = `wake: event
existing: { cluster: c, taskDefinition: t, subnets: [subnet-01234567], securityGroups: [sg-01234567] }
`;
const existing = (more: string, from = "", to = "") => ({
  "rouse.yaml": ENGINE_BASE,
  "leaves/game.yaml": null,
  "leaves/auth.yaml": EXISTING.replace(from, to) + more,
});
const A = "leaves/auth.yaml";

const leaves: [string, Record<string, string | null>, string[]][] = [
  [
    "Fargate, which is not built for DNS",
    { "leaves/game.yaml": LEAF.replace("on: ec2", "on: fargate") },
    ["leaves/game.yaml:4:16 compute.on | fargate is not built for a leaf that a DNS query wakes: its name needs an address of its own | -"],
  ],
  [
    "wake by DNS and by http",
    { "leaves/game.yaml": LEAF.replace("wake: dns", "wake: [dns, http]") },
    ["leaves/game.yaml:1:8 wake[0] | dns and http do not go together: each makes another kind of leaf | -"],
  ],
  ["a misspelt wake", auth("", "http]", "htpp]"), [`${A}:1:15 wake[1] | "htpp" is nothing that can wake a leaf | http`]],
  ["an unknown key of wake.http", auth("", "[event, http]", "{ http: { holt: 5s } }"), [`${A}:1:17 wake.http.holt | unknown key "holt" | hold`]],
  [
    "a bad regular expression",
    auth("", "[event, http]", "{ http: { ignore: { userAgents: ['(bot'] } } }"),
    [`${A}:1:40 wake.http.ignore.userAgents[0] | "(bot" is not a regular expression | \\(bot`],
  ],
  ["http without a route", auth("", "route: /api/auth/*\n"), [`${A}:1:1 route | this key is required | -`]],
  ["http without a route, misspelt", auth("", "route:", "rout:"), [`${A}:5:1 rout | unknown key "rout" | route`]],
  ["a route without ports", auth("", "ports: [8080]\n"), [`${A}:1:1 ports | this key is required | -`]],
  ["a route without its slash", auth("", "/api/auth/*", "api/auth/*"), [`${A}:5:8 route | "api/auth/*" is not a path pattern | /api/auth/*`]],
  ["a route with a space", auth("", "/api/auth/*", "/a b"), [`${A}:5:8 route | "/a b" is not a path pattern | -`]],
  ["a route that is too long", auth("", "/api/auth/*", `/${"a".repeat(128)}`), [`${A}:5:8 route | a path pattern of 129 characters is too long | -`]],
  ["six patterns", auth("", "/api/auth/*", "[/a, /b, /c, /d, /e, /f]"), [`${A}:5:8 route | the list is too long | -`]],
  ["six wildcards", auth("", "/api/auth/*", "[/*/*, /?/?, /*/b/*]"), [`${A}:5:8 route | 6 wildcards are more than a rule takes | -`]],
  ["a pattern twice", auth("", "/api/auth/*", "[/a, /a]"), [`${A}:5:13 route[1] | /a is there twice | -`]],
  ["a UDP port", auth("", "[8080]", "[53/udp]"), [`${A}:3:9 ports[0] | it is reached through the load balancer, which speaks HTTP over TCP | -`]],
  [
    "a domain",
    auth("domain: auth.example.com\n"),
    [`${A}:6:1 domain | domain does not apply here: an engine has no name of its own: it is a path on the load balancer | -`],
  ],
  [
    "a grace time and a rate",
    auth("watchdog: { grace: 1m, idle: { below: 5 } }\n"),
    [
      `${A}:6:13 watchdog.grace | watchdog.grace does not apply here: it belongs to a leaf that a DNS query wakes | -`,
      `${A}:6:32 watchdog.idle.below | watchdog.idle.below does not apply here: it belongs to a leaf that a DNS query wakes | -`,
    ],
  ],
  ["another idle word", auth("watchdog: { idle: nver }\n"), [`${A}:6:19 watchdog.idle | "nver" is not allowed here | never`]],
  ["a priority that there is not", auth("priority: 50001\n"), [`${A}:6:11 priority | 50001 is out of range | -`]],
  ["a long drain", auth("drain: 2h\n"), [`${A}:6:8 drain | 2h is too long | 1h`]],
  [
    "a check that overlaps the next",
    auth("health: { interval: 5s }\n"),
    [`${A}:6:21 health.interval | a check of the load balancer must end before the next begins | -`],
  ],
  [
    "one failed check",
    auth("health: { retries: 1 }\n"),
    [`${A}:6:20 health.retries | the load balancer gives a target up after two failed checks at the earliest | -`],
  ],
  ["a matcher of nothing", auth("health: { matcher: 2xx }\n"), [`${A}:6:20 health.matcher | "2xx" is not valid here | -`]],
  [
    "an instance on Fargate",
    auth("", "on: fargate", "on: fargate, instanceType: t4g.nano"),
    [`${A}:4:25 compute.instanceType | compute.instanceType belongs to an instance | -`],
  ],
  [
    "units on an instance",
    auth("", "on: fargate", "on: ec2, cpu: 256"),
    [`${A}:4:10 compute.instanceType | an instance needs its type | -`, `${A}:4:21 compute.cpu | compute.cpu belongs to Fargate | -`],
  ],
  ["units that there are not", auth("", "on: fargate", "on: fargate, cpu: 300"), [`${A}:4:30 compute.cpu | 300 is not allowed here | 256`]],
  [
    "memory that does not go with its units",
    auth("", "on: fargate", "on: fargate, memory: 4096"),
    [`${A}:4:33 compute.memory | 4096 MiB do not go with 256 CPU units | 2048`],
  ],
  [
    "ports of a worker",
    worker("ports: [80]\n"),
    [`${A}:4:1 ports | ports does not apply here: without a route nothing reaches this leaf, and nobody counts its requests | -`],
  ],
  [
    "idleness of a worker",
    worker("watchdog: { idle: { for: 5m } }\n"),
    [expect.stringContaining(`${A}:4:21 watchdog.idle.for | watchdog.idle.for does not apply here`)],
  ],
  [
    "a check of a worker's path",
    worker("health: { path: /x }\n"),
    [expect.stringContaining(`${A}:4:11 health.path | health.path does not apply here`)],
  ],
  ["a check of nothing", worker("health: { interval: 9s }\n"), [`${A}:4:9 health.command | this key is required | -`]],
  ["no compute", { ...worker(""), [A]: "wake: event\nimage: x\n" }, [`${A}:1:1 compute | this key is required | -`]],
  [
    "an image beside existing",
    existing("image: x\n"),
    [`${A}:3:1 image | image does not apply here: with existing, Rouse makes nothing that this could be said of | -`],
  ],
  [
    "existing and http",
    existing("", "wake: event", "wake: [event, http]"),
    [`${A}:1:15 wake[1] | requests cannot wake a service that is there already: the listener's rule is not ours to switch | -`],
  ],
  [
    "existing and idleness",
    existing("watchdog: { idle: { for: 5m } }\n"),
    [expect.stringContaining(`${A}:3:13 watchdog.idle | watchdog.idle does not apply here`)],
  ],
  [
    "existing with a port and no target group",
    existing("", "cluster: c", "cluster: c, port: 80"),
    [`${A}:2:25 existing.port | existing.port does not apply here: nothing is registered without a targetGroup | -`],
  ],
  [
    "existing with a target group and no port",
    existing("", "cluster: c", "cluster: c, targetGroup: 'arn:aws:elasticloadbalancing:us-west-2:111111111111:targetgroup/a/0123456789abcdef'"),
    [`${A}:2:11 existing.port | this key is required | -`],
  ],
  [
    "existing with something else than a subnet",
    existing("", "subnet-01234567", "subnet"),
    [`${A}:2:54 existing.subnets[0] | "subnet" is not valid here | -`],
  ],
  ["a role that is none", existing("", "cluster: c", "cluster: c, roles: [me]"), [`${A}:2:33 existing.roles[0] | "me" is not valid here | -`]],
];

describe("a mistake in an engine", () => {
  test.each(leaves)("%s", async (_, files, expected) => expect(await mistakes(files)).toEqual(expected));

  test("a route of a leaf that a DNS query wakes, and what else belongs to engines", async () => {
    const found = await mistakes({
      "leaves/game.yaml": `${LEAF}route: /x\ndrain: 1s\nwatchdog: { idle: never }\nhealth: { command: x, matcher: "200" }\n`,
    });
    expect(found.map((line) => line.split(" | ")[0])).toEqual([
      "leaves/game.yaml:5:1 route",
      "leaves/game.yaml:6:1 drain",
      "leaves/game.yaml:7:19 watchdog.idle",
      "leaves/game.yaml:8:23 health.matcher",
    ]);
  });

  test("an overlay that moves a leaf to Fargate is told to take the instance type back", async () => {
    const files = auth("", "on: fargate", "on: ec2, instanceType: t4g.nano");
    expect(await mistakes({ ...files, "leaves/auth.local.yaml": "compute: { on: fargate }\n" })).toEqual([
      `${A}:4:21 compute.instanceType | compute.instanceType belongs to an instance | instanceType: null beside on`,
    ]);
    expect((await load({ ...files, "leaves/auth.local.yaml": "compute: { on: fargate, instanceType: null }\n" })).ok).toBe(true);
  });
});

const route = (route: string, more = "") => ENGINE.replace("/api/auth/*", route) + more;
const R = "rouse.yaml";

const wholes: [string, Record<string, string | null>, string[]][] = [
  [
    "one availability zone",
    { ...base(""), [R]: ENGINE_BASE.replace("maxAzs: 2", "maxAzs: 1") },
    [`${R}:6:16 vpc.maxAzs | a load balancer needs two availability zones, and leaf auth is behind one | vpc: {maxAzs: 2}`],
  ],
  [
    "no network of its own",
    { ...base(""), [R]: ENGINE_BASE.replace("vpc: { maxAzs: 2 }\n", "") },
    [`${R}:1:1 vpc.maxAzs | a load balancer needs two availability zones, and leaf auth is behind one | vpc: {maxAzs: 2}`],
  ],
  [
    "a load balancer for nobody",
    { [R]: `${ENGINE_BASE}loadBalancer: {}\n` },
    [`${R}:7:1 loadBalancer | no leaf is behind a load balancer, so there is none | -`],
  ],
  ["settings of engines for nobody", { [R]: `${ENGINE_BASE}engines: { api: true }\n` }, [`${R}:7:1 engines | no leaf is an engine | -`]],
  [
    "a name outside the zone",
    base("loadBalancer: { domain: api.example.org }\n"),
    [`${R}:7:25 loadBalancer.domain | api.example.org does not lie below example.com, the domain beside it | api.example.com`],
  ],
  [
    "a name in the zone that leaves share",
    base("loadBalancer: { domain: api.arcade.example.com }\n"),
    [`${R}:7:25 loadBalancer.domain | arcade.example.com is the zone that leaves share | -`],
  ],
  [
    "a name in a leaf's zone",
    { ...base("loadBalancer: { domain: api.game.example.com }\n"), "leaves/game.yaml": `${LEAF}domain: game.example.com\n` },
    [`${R}:7:25 loadBalancer.domain | game.example.com is the zone of leaf game | -`],
  ],
  [
    "a certificate of another region",
    base("loadBalancer: { domain: api.example.com, certificate: 'arn:aws:acm:us-east-1:111111111111:certificate/1-2' }\n"),
    [`${R}:7:55 loadBalancer.certificate | the certificate lies in us-east-1, and the load balancer in us-west-2 | -`],
  ],
  [
    "a certificate for no name",
    base("loadBalancer: { certificate: 'arn:aws:acm:us-west-2:111111111111:certificate/1-2' }\n"),
    [`${R}:7:30 loadBalancer.certificate | a certificate is for a name, and domain gives none | -`],
  ],
  [
    "a short idle time-out",
    base("loadBalancer: { idleTimeout: 55s }\n"),
    [`${A}:1:7 wake.http.hold | 55s is as long as the load balancer keeps a silent connection (loadBalancer.idleTimeout: 55s) or longer | -`],
  ],
  [
    "a workflow of a leaf that is not there, and of one that is no engine",
    base("engines: { workflows: { all: { start: [auht, game, auth, auth] } } }\n"),
    [
      `${R}:7:40 engines.workflows.all.start[0] | there is no engine "auht" | auth`,
      `${R}:7:46 engines.workflows.all.start[1] | game is no engine: dns wakes it | -`,
      `${R}:7:58 engines.workflows.all.start[3] | auth is there twice | -`,
    ],
  ],
  [
    "a schedule without a time, for nobody",
    base("engines: { schedules: { office: { services: [pdf] } } }\n"),
    [
      `${R}:7:25 engines.schedules.office | neither start nor stop says when | -`,
      `${R}:7:46 engines.schedules.office.services[0] | there is no engine "pdf" | -`,
    ],
  ],
  [
    "bad times and time zones",
    base(
      "engines:\n  schedules:\n    a: { start: 0 7 * * MON-FRI, services: [auth] }\n    b: { stop: cron(0 7 * * MON *), services: [auth], timezone: Europe/Berln }\n    c: { start: cron(0 7 * * * *), services: [auth] }\n",
    ),
    [
      `${R}:9:17 engines.schedules.a.start | "0 7 * * MON-FRI" is not a cron expression of six fields | cron(0 7 ? * MON-FRI *)`,
      `${R}:10:16 engines.schedules.b.stop | of day of month and day of week one, and only one, is ? | cron(0 7 ? * MON *)`,
      `${R}:10:65 engines.schedules.b.timezone | "Europe/Berln" is not a time zone | Europe/Berlin`,
      `${R}:11:17 engines.schedules.c.start | of day of month and day of week one, and only one, is ? | cron(0 7 * * ? *)`,
    ],
  ],
  [
    "one route for two leaves",
    { ...base(""), "leaves/b.yaml": route("[/x, /api/auth/*]") },
    [`leaves/b.yaml:5:8 route | leaf auth has the route /api/auth/* already | -`],
  ],
  [
    "one priority for two leaves",
    { ...base(""), "leaves/b.yaml": route("/x", "priority: 7\n"), "leaves/c.yaml": route("/y", "priority: 7\n") },
    ["leaves/c.yaml:6:11 priority | the rules of c and b have the same priority, 7 | priority: 8"],
  ],
  [
    "routes that overlap, and neither is narrower",
    { ...base(""), "leaves/b.yaml": route("/api/*/login") },
    ["leaves/b.yaml:5:8 route | a path may match /api/*/login and /api/auth/* of leaf auth, and neither has more segments without * and ? | -"],
  ],
];

describe("a mistake between rouse.yaml and the leaves", () => {
  test.each(wholes)("%s", async (_, files, expected) => expect(await mistakes(files)).toEqual(expected));

  test("there is none where the narrower route comes first, or a priority says so", async () => {
    expect(await mistakes({ ...base(""), "leaves/b.yaml": route("/*") })).toEqual([]);
    expect(await mistakes({ ...base(""), "leaves/b.yaml": route("/api/*/login", "priority: 1\n") })).toEqual([]);
  });
});
