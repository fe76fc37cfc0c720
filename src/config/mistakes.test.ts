import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import { BASE, LEAF, load, mistakes } from "./testing.ts";

/** A leaf with more lines, or with one line replaced. */
const leaf = (more: string) => ({ "leaves/game.yaml": LEAF + more });
const leafWith = (from: string, to: string) => {
  expect(LEAF).toContain(from);
  return { "leaves/game.yaml": LEAF.replace(from, to) };
};
const baseWith = (from: string, to: string) => {
  expect(BASE).toContain(from);
  return { "rouse.yaml": BASE.replace(from, to) };
};

const cases: [string, Record<string, string | Uint8Array | null>, string[]][] = [
  ["an unknown key in a leaf", leaf("prots: []\n"), ['leaves/game.yaml:5:1 prots | unknown key "prots" | ports']],
  ["an unknown key in the base", { "rouse.yaml": `${BASE}alert: {}\n` }, ['rouse.yaml:6:1 alert | unknown key "alert" | alerts']],
  [
    "an unknown key deep inside",
    leaf("watchdog:\n  idle: { belov: 5 }\n"),
    ['leaves/game.yaml:6:11 watchdog.idle.belov | unknown key "belov" | below'],
  ],
  [
    "an unknown key in one of several forms",
    leafWith("image: some/image", "build: { contxt: . }"),
    ['leaves/game.yaml:2:10 build.contxt | unknown key "contxt" | context'],
  ],
  ["an unknown key that is like no other", leaf("zzz: 1\n"), ['leaves/game.yaml:5:1 zzz | unknown key "zzz" | -']],
  [
    "a required key that is misspelt, as one mistake",
    leafWith("compute:", "compte:"),
    ['leaves/game.yaml:4:1 compte | unknown key "compte" | compute'],
  ],
  ["a required key that is missing", leafWith("ports: [25565/tcp]\n", ""), ["leaves/game.yaml:1:1 ports | this key is required | -"]],
  [
    "a required key with nothing after it",
    leafWith("[25565/tcp]", ""),
    ["leaves/game.yaml:3:1 ports | this key is required, and nothing stands here | -"],
  ],
  ["a map where a text belongs", leafWith("some/image", "{ name: x }"), ["leaves/game.yaml:2:8 image | a map is not a text | -"]],
  [
    "a number where a text belongs",
    baseWith('"111111111111"', "111111111111"),
    ['rouse.yaml:5:23 environments.staging.account | 111111111111 is not a text | "111111111111"'],
  ],
  [
    "a text where a number belongs",
    leaf('watchdog: { idle: { below: "1000" } }\n'),
    ['leaves/game.yaml:5:28 watchdog.idle.below | "1000" is not a number | 1000'],
  ],
  [
    "a text where a boolean belongs",
    leaf("watchdog: { leftUp: { stop: yes } }\n"),
    ['leaves/game.yaml:5:29 watchdog.leftUp.stop | "yes" is not true or false | true'],
  ],
  ["a text where a list belongs", leafWith("[25565/tcp]", "25565/tcp"), ['leaves/game.yaml:3:8 ports | "25565/tcp" is not a list | [25565/tcp]']],
  ["a text where a map belongs", leaf("volumes: /data\n"), ['leaves/game.yaml:5:10 volumes | "/data" is not a map | -']],
  [
    "a part of a number where a whole one belongs",
    leaf("watchdog: { crashLoop: { stops: 2.5 } }\n"),
    ["leaves/game.yaml:5:33 watchdog.crashLoop.stops | 2.5 is not a whole number | -"],
  ],
  [
    "a number out of range",
    leaf("watchdog: { crashLoop: { stops: 1 } }\n"),
    ["leaves/game.yaml:5:33 watchdog.crashLoop.stops | 1 is out of range | -"],
  ],
  ["an empty list of ports", leafWith("[25565/tcp]", "[]"), ["leaves/game.yaml:3:8 ports | the list is too short | -"]],
  [
    "a port out of range",
    leafWith("25565/tcp", "65536/tcp, 0"),
    ["leaves/game.yaml:3:9 ports[0] | port 65536 is out of range | -", "leaves/game.yaml:3:20 ports[1] | port 0 is out of range | -"],
  ],
  [
    "a port twice, even where another is wrong",
    leafWith("25565/tcp", "80, 70000, 80/udp, 80/tcp"),
    ["leaves/game.yaml:3:13 ports[1] | port 70000 is out of range | -", "leaves/game.yaml:3:28 ports[3] | port 80/tcp is there twice | -"],
  ],
  [
    "a port that the instance needs itself",
    leafWith("25565/tcp", "22, 22/udp, 51678/tcp"),
    [
      "leaves/game.yaml:3:9 ports[0] | port 22/tcp is taken on every instance | -",
      "leaves/game.yaml:3:21 ports[2] | port 51678/tcp is taken on every instance | -",
    ],
  ],
  ["image misspelt, as one mistake", leafWith("image:", "imgae:"), ['leaves/game.yaml:2:1 imgae | unknown key "imgae" | image']],
  [
    "an address twice",
    leaf("alerts: { email: [a@example.com, A@example.com] }\n"),
    ["leaves/game.yaml:5:34 alerts.email[1] | a@example.com is there twice | -"],
  ],
  [
    "a volume over the whole container",
    leaf("volumes: { data: { paths: [/] } }\n"),
    ['leaves/game.yaml:5:28 volumes.data.paths[0] | "/" is not valid here | -'],
  ],
  [
    "a bad name of an environment variable",
    leaf("environment: { A=B: c }\n"),
    ['leaves/game.yaml:5:16 environment.A=B | "A=B" is not a valid name of a variable | -'],
  ],
  ["the name of an object's member as a key", leaf("constructor: 1\n"), ['leaves/game.yaml:5:1 constructor | unknown key "constructor" | -']],
  ["an unknown protocol", leafWith("25565/tcp", "25565/tpc"), ['leaves/game.yaml:3:9 ports[0] | unknown protocol "tpc" | 25565/tcp']],
  ["a mapping of ports", leafWith("25565/tcp", '"80:8080"'), ['leaves/game.yaml:3:9 ports[0] | "80:8080" is not a port | 8080/tcp']],
  [
    "a bad duration",
    leaf("watchdog: { idle: { for: 7 minutes } }\n"),
    ['leaves/game.yaml:5:26 watchdog.idle.for | "7 minutes" is not a duration | 7m'],
  ],
  ["a duration without a unit", leaf("stopTimeout: 30\n"), ["leaves/game.yaml:5:14 stopTimeout | 30 is not a text | 30s"]],
  ["a duration that is too long", leaf("stopTimeout: 5m\n"), ["leaves/game.yaml:5:14 stopTimeout | 5m is too long | 2m"]],
  ["a duration that is too short", leaf("stopTimeout: 1s\n"), ["leaves/game.yaml:5:14 stopTimeout | 1s is too short | 2s"]],
  [
    "half a minute for a watchdog that looks once a minute",
    leaf("watchdog: { idle: { for: 90s } }\n"),
    ["leaves/game.yaml:5:26 watchdog.idle.for | 90s is not a whole number of minutes | 2m"],
  ],
  [
    "a bad instance type",
    leafWith("m5.large", "m5large"),
    ['leaves/game.yaml:4:35 compute.instanceType | "m5large" does not look like an EC2 instance type | m5.large'],
  ],
  [
    "an instance type the wrong way round",
    leafWith("m5.large", "Large.T4g"),
    ['leaves/game.yaml:4:35 compute.instanceType | "Large.T4g" does not look like an EC2 instance type | t4g.large'],
  ],
  [
    "an invalid CIDR",
    { "rouse.yaml": `${BASE}ssh: { from: [10.0.0.0/33, 10.0/8, 1.2.3.4, 10.1.2.3/8] }\n` },
    [
      'rouse.yaml:6:15 ssh.from[0] | "10.0.0.0/33" is not an address range | 10.0.0.0/32',
      'rouse.yaml:6:28 ssh.from[1] | "10.0/8" is not an address range | -',
      'rouse.yaml:6:36 ssh.from[2] | "1.2.3.4" is not an address range | 1.2.3.4/32',
      'rouse.yaml:6:45 ssh.from[3] | "10.1.2.3/8" has bits set after its prefix | 10.0.0.0/8',
    ],
  ],
  [
    "a bad e-mail address",
    leaf("alerts: { email: [friend@example, friend at example.com] }\n"),
    [
      'leaves/game.yaml:5:19 alerts.email[0] | "friend@example" is not an e-mail address | -',
      'leaves/game.yaml:5:35 alerts.email[1] | "friend at example.com" is not an e-mail address | friend@example.com',
    ],
  ],
  [
    "a leaf name that is no DNS label",
    { "leaves/My_Game.yaml": LEAF },
    [`leaves/My_Game.yaml:1:1 | the file's name gives the leaf's name, and "My_Game" is not valid in DNS | my-game.yaml`],
  ],
  [
    "two leaves with the same name but for the ending",
    { "leaves/game.yml": LEAF },
    ['leaves/game.yml:1:1 | another file has the same leaf name "game": leaves/game.yaml | -'],
  ],
  [
    "a YAML syntax error",
    { "leaves/game.yaml": `${LEAF}volumes: { data: [\n` },
    [expect.stringMatching(/^leaves\/game\.yaml:6:1 \| YAML syntax: .* \| -$/)],
  ],
  [
    "a variable without quotes in a flow map",
    leafWith("m5.large", "${SIZE}"),
    ['leaves/game.yaml:4:35 | YAML syntax: ${SIZE} begins a map here | "${SIZE}"'],
  ],
  [
    "a tab as indentation",
    { "leaves/game.yaml": `${LEAF}watchdog:\n\tgrace: 1m\n` },
    ["leaves/game.yaml:6:1 | a tab indents this line; YAML wants spaces | -"],
  ],
  ["an empty leaf file", { "leaves/game.yaml": "# nothing yet\n" }, ["leaves/game.yaml:1:1 | the file is empty | -"]],
  ["an empty rouse.yaml", { "rouse.yaml": "" }, ["rouse.yaml:1:1 | the file is empty | -"]],
  [
    "a binary file",
    { "leaves/game.yaml": new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]) },
    ["leaves/game.yaml:1:1 | this is not a text file (UTF-8) | -"],
  ],
  ["a list at the top", { "leaves/game.yaml": "- wake: dns\n" }, ["leaves/game.yaml:1:1 | the file holds a list, not keys | -"]],
  ["a single value at the top", { "leaves/game.yaml": "just a text\n" }, ["leaves/game.yaml:1:1 | the file holds a single value, not keys | -"]],
  [
    "a second document",
    { "leaves/game.yaml": `${LEAF}---\n${LEAF}` },
    ["leaves/game.yaml:5:1 | a second document begins here (---); one file holds one | -"],
  ],
  ["a duplicate key", leaf("wake: dns\n"), ['leaves/game.yaml:5:1 wake | "wake" is there twice; the first is in line 1 | -']],
  [
    "a tag",
    leafWith("some/image", "!secret x"),
    [expect.stringMatching(/^leaves\/game\.yaml:2:8 \| .*!secret; tags such as !this are not used here \| -$/)],
  ],
  ["an alias without an anchor", leafWith("some/image", "*nowhere"), [expect.stringContaining("leaves/game.yaml:2:8")]],
  ["a missing rouse.yaml", { "rouse.yaml": null }, ["rouse.yaml:1:1 | there is no rouse.yaml in this folder | -"]],
  ["a rouse.yml", { "rouse.yaml": null, "rouse.yml": BASE }, ["rouse.yaml:1:1 | there is no rouse.yaml in this folder | rouse.yml"]],
  [
    "no leaves",
    { "leaves/game.yaml": null, "rouse.yaml": `${BASE}leaves: leafs/*.yaml\n` },
    ["rouse.yaml:6:9 leaves | there are no leaves: no file matches leafs/*.yaml | -"],
  ],
  [
    "a build folder that is not there",
    { ...leafWith("image: some/image", "build: ./gaem"), "leaves/game/Dockerfile": "FROM scratch" },
    ["leaves/game.yaml:2:8 build | there is no folder leaves/gaem | ./game"],
  ],
  [
    "a build folder without a Dockerfile",
    { ...leafWith("image: some/image", "build: ./game"), "leaves/game/dockerfile": "FROM scratch" },
    ["leaves/game.yaml:2:8 build | there is no file leaves/game/Dockerfile | dockerfile"],
  ],
  [
    "a Dockerfile that is not there",
    { ...leafWith("image: some/image", "build: { context: ./game, dockerfile: Containerfile }"), "leaves/game/Dockerfile": "FROM scratch" },
    ["leaves/game.yaml:2:39 build.dockerfile | there is no file leaves/game/Containerfile | -"],
  ],
  [
    "a Dockerfile outside the folder",
    { ...leafWith("image: some/image", "build: { context: ./game, dockerfile: ../Dockerfile }"), "leaves/game/x": "", "leaves/Dockerfile": "" },
    ["leaves/game.yaml:2:39 build.dockerfile | the Dockerfile ../Dockerfile lies outside the folder that is built | -"],
  ],
  ["neither image nor build", leafWith("image: some/image\n", ""), ["leaves/game.yaml:1:1 image | neither image nor build says what to run | -"]],
  [
    "a domain outside the base's",
    leaf("domain: game.example.org\n"),
    ["leaves/game.yaml:5:9 domain | game.example.org does not lie below example.com, the domain in rouse.yaml | game.example.com"],
  ],
  [
    "a text that is no domain",
    leaf("domain: https://game.example.com/\n"),
    ['leaves/game.yaml:5:9 domain | "https://game.example.com/" is not a domain name | game.example.com'],
  ],
  [
    "ports of a scheduled task",
    leafWith("wake: dns", "wake: { schedule: cron(0 * * * ? *) }"),
    ["leaves/game.yaml:3:1 ports | ports does not apply here: nothing reaches a scheduled task | -"],
  ],
  [
    "always, with one availability zone",
    leafWith("wake: dns", "wake: always"),
    ["rouse.yaml:1:1 vpc.maxAzs | a load balancer needs two availability zones, and leaf game is behind one | vpc: {maxAzs: 2}"],
  ],
  ["wake by a misspelling", leafWith("wake: dns", "wake: dsn"), ['leaves/game.yaml:1:7 wake | "dsn" is nothing that can wake a leaf | dns']],
  ["wake by nothing", leafWith("wake: dns", "wake: {}"), ["leaves/game.yaml:1:7 wake | nothing wakes this leaf | -"]],
  ["wake by a number", leafWith("wake: dns", "wake: 3"), ["leaves/game.yaml:1:7 wake | 3 is not allowed here | -"]],
  ["another kind of compute", leafWith("on: ec2", "on: ec3"), ['leaves/game.yaml:4:16 compute.on | "ec3" is not allowed here | ec2']],
  ["a secret in the file", leaf("secrets: { A: b }\n"), ['leaves/game.yaml:5:15 secrets.A | "b" is not allowed here | -']],
  ["a health check of nothing", leaf("health: { retries: 2 }\n"), ["leaves/game.yaml:5:1 health | neither command nor path says what to check | -"]],
  [
    "a health check of both kinds",
    leaf("health: { command: x, path: /x }\n"),
    ["leaves/game.yaml:5:23 health.path | command and path exclude each other | -"],
  ],
  [
    "an HTTP check of a leaf without TCP",
    { "leaves/game.yaml": `${LEAF.replace("25565/tcp", "1/udp")}health: { path: /x }\n` },
    ["leaves/game.yaml:5:17 health.path | an HTTP check needs a TCP port, and the leaf has none | -"],
  ],
  [
    "a relative path in the container",
    leaf("volumes: { data: { paths: [data] } }\n"),
    ['leaves/game.yaml:5:28 volumes.data.paths[0] | "data" is not valid here | /data'],
  ],
  [
    "one mount point for two volumes",
    leaf("volumes: { a: { paths: [/x] }, b: { paths: [/x/] } }\n"),
    ["leaves/game.yaml:5:45 volumes.b.paths[0] | /x is a mount point of volume a already | -"],
  ],
  [
    "a bad name of a volume",
    leaf("volumes: { my data: { paths: [/x] } }\n"),
    ['leaves/game.yaml:5:12 volumes.my data | "my data" is not a valid name of a volume | -'],
  ],
  ["a volume without paths", leaf("volumes:\n  data:\n"), ["leaves/game.yaml:6:3 volumes.data.paths | this key is required | -"]],
  ["a command with an open quote", leaf("process: node 'x\n"), ["leaves/game.yaml:5:10 process | a quote is not closed | -"]],
  [
    "a working folder that is not there",
    leaf("process: { command: x, directory: nowhere }\n"),
    ["leaves/game.yaml:5:35 process.directory | there is no folder leaves/nowhere | -"],
  ],
  [
    "two kinds of network",
    { "rouse.yaml": `${BASE}vpc: { maxAzs: 2, name: mine }\n` },
    ["rouse.yaml:6:19 vpc.name | a network is either new (maxAzs, cidr), or has a name, or is the default one | -"],
  ],
  ["an application's name in capitals", baseWith("name: arcade", "name: Arcade"), ['rouse.yaml:1:7 name | "Arcade" is not valid here | arcade']],
  [
    "an overlay of an unknown environment",
    { "leaves/game.stagin.yaml": "", "rouse.lokal.yaml": "" },
    [
      'leaves/game.stagin.yaml:1:1 | this overlay is for an unknown environment "stagin" | game.staging.yaml',
      'rouse.lokal.yaml:1:1 | this overlay is for an unknown environment "lokal" | rouse.local.yaml',
    ],
  ],
  [
    "an overlay without its leaf",
    { "leaves/gaem.local.yaml": "" },
    ["leaves/gaem.local.yaml:1:1 | this overlay has no leaf file beside it: there is no gaem.yaml | game.local.yaml"],
  ],
];

describe("a mistake is reported at its place, with what was probably meant", () => {
  test.each(cases)("%s", async (_, files, expected) => {
    expect(await mistakes(files)).toEqual(expected);
  });

  test("an unknown environment", async () => {
    expect(await mistakes({}, { environment: "stagin" })).toEqual(['rouse.yaml:4:1 environments | there is no environment "stagin" | staging']);
  });

  test("a variable that is not set", async () => {
    const files = leaf("environment: { A: '${TOKEN}', B: '${TOKEM}', C: '${not one}', D: '${open' }\n");
    expect(await mistakes(files, { env: { TOKEN: "x" } })).toEqual([
      "leaves/game.yaml:5:34 environment.B | the environment variable TOKEM is not set | ${TOKEN}",
      'leaves/game.yaml:5:49 environment.C | "${not one}" is not a variable | -',
      "leaves/game.yaml:5:66 environment.D | a ${ without its } | -",
    ]);
  });

  test("a variable that is not set is the only mistake of its value", async () => {
    expect(await mistakes(leafWith("m5.large", "'${SIZE}'"))).toEqual([
      "leaves/game.yaml:4:35 compute.instanceType | the environment variable SIZE is not set | -",
    ]);
  });

  test("a DNS leaf without a domain, in any environment but local", async () => {
    const files = baseWith("domain: { name: example.com, hostedZoneId: Z1234567890 }\n", "");
    expect(await mistakes(files, { environment: "staging" })).toEqual([
      "leaves/game.yaml:1:1 wake | a leaf that a DNS query wakes needs a domain, and rouse.yaml has none | -",
    ]);
    expect((await load(files)).ok).toBe(true);
  });

  test("a name that becomes too long below the base's domain", async () => {
    const label = "a".repeat(60);
    const files = { ...baseWith("example.com", `${[label, label, label].join(".")}.example.com`), [`leaves/${label}.yaml`]: LEAF };
    expect(await mistakes(files)).toEqual([
      expect.stringMatching(/^leaves\/a{60}\.yaml:1:1 domain \| a{60}\..* is too long for a domain name \| -$/),
    ]);
  });

  test("a folder that is not there", async () => {
    const loaded = await loadProject({ directory: "/nowhere/at/all", environment: "local", env: {} });
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ file: "/nowhere/at/all/rouse.yaml", message: "this file cannot be read: it is not there" }],
    });
  });

  test("two leaves whose names differ in case", async () => {
    expect(await mistakes({ "leaves/Game.yaml": LEAF })).toEqual([
      `leaves/Game.yaml:1:1 | the file's name gives the leaf's name, and "Game" is not valid in DNS | game.yaml`,
      'leaves/game.yaml:1:1 | another file has the same leaf name "game": leaves/Game.yaml | -',
    ]);
  });
});

describe("mistakes and overlays", () => {
  test("a wrong value in an overlay is reported in the overlay", async () => {
    expect(await mistakes({ "leaves/game.local.yaml": "# why\nwatchdog:\n  grace: soon\n" })).toEqual([
      'leaves/game.local.yaml:3:10 watchdog.grace | "soon" is not a duration | -',
    ]);
  });

  test("a key that an overlay takes back, though it is required, is reported in the overlay", async () => {
    expect(await mistakes({ "leaves/game.local.yaml": "compute: null\n" })).toEqual([
      "leaves/game.local.yaml:1:1 compute | this key is required, and nothing stands here | -",
    ]);
  });

  test("an overlay that adds build to image is told to take image back", async () => {
    expect(await mistakes({ "leaves/game.local.yaml": "build: ./game\n", "leaves/game/Dockerfile": "FROM scratch" })).toEqual([
      "leaves/game.local.yaml:1:1 build | image and build exclude each other | image: null beside it",
    ]);
  });

  test("all mistakes of all files come at once", async () => {
    const found = await mistakes({
      "rouse.yaml": BASE.replace("us-west-2", "uswest2").replace("Z1234567890", "z12"),
      "rouse.local.yaml": "alerts: { email: admin@example.com }\n",
      "leaves/game.yaml": `${LEAF.replace("25565/tcp", "99999").replace("m5.large", "large")}stopTimeout: x\n`,
      "leaves/empty.yaml": "",
      "leaves/syntax.yaml": "a: [",
    });
    expect(found.map((line) => line.split(" | ")[0])).toEqual([
      "leaves/empty.yaml:1:1",
      "leaves/game.yaml:3:9 ports[0]",
      "leaves/game.yaml:4:35 compute.instanceType",
      "leaves/game.yaml:5:14 stopTimeout",
      "leaves/syntax.yaml:1:5",
      "rouse.local.yaml:1:18 alerts.email",
      "rouse.yaml:2:9 region",
      "rouse.yaml:3:44 domain.hostedZoneId",
    ]);
  });
});
