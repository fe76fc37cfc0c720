import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import type { DnsLeaf, OwnEngine, Project } from "./schema.ts";
import { BASE, ENGINE, ENGINE_BASE, LEAF, load } from "./testing.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

async function projectOf(...given: Parameters<typeof load>): Promise<Project> {
  const loaded = await load(...given);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2));
  return loaded.project;
}

async function leafOf(content: string, more: Parameters<typeof load>[0] = {}, env: Record<string, string> = {}): Promise<DnsLeaf> {
  const project = await projectOf({ "leaves/game.yaml": content, ...more }, { env });
  return project.leaves[0] as DnsLeaf;
}

async function engineOf(content: string): Promise<OwnEngine> {
  const project = await projectOf({ "rouse.yaml": ENGINE_BASE, "leaves/game.yaml": null, "leaves/auth.yaml": content });
  return project.leaves[0] as OwnEngine;
}

describe("the examples", () => {
  test.each(["local", "staging", "prod"])("load in the environment %s", async (environment) => {
    const loaded = await loadProject({ directory: root, environment, env: {} });
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    expect(loaded.project.leaves.map((leaf) => leaf.name)).toEqual(["hello", "minecraft"]);
    expect(loaded.files).toContain(join(root, "leaves/hello.yaml"));
    expect(loaded.files.includes(join(root, "leaves/hello.local.yaml"))).toBe(environment === "local");
  });

  test("minecraft is what the file says, with all defaults in", async () => {
    const loaded = await loadProject({ directory: root, environment: "prod", env: {} });
    if (!loaded.ok) throw new Error("the example has mistakes");
    expect(loaded.project.environment).toEqual({ name: "prod", account: "222222222222" });
    expect(loaded.project.leaves[1]).toEqual({
      kind: "dns",
      name: "minecraft",
      file: join(root, "leaves/minecraft.yaml"),
      domain: "minecraft.arcade.example.com",
      zone: "shared",
      wake: { dns: { ignore: { resolvers: [] } } },
      image: "itzg/minecraft-server",
      ports: [
        { port: 25565, protocol: "tcp" },
        { port: 19132, protocol: "udp" },
      ],
      environment: { EULA: "TRUE", TYPE: "PAPER" },
      compute: { on: "ec2", instanceType: "m5.large", architecture: "x86_64" },
      volumes: { data: { paths: ["/data"], backups: true, keepOnDelete: true } },
      watchdog: {
        idle: { below: 1175, for: 420 },
        grace: 600,
        leftUp: { after: 28_800, stop: false },
        crashLoop: { stops: 3, within: 900 },
      },
      alerts: { email: ["friend@example.com"] },
      stopTimeout: 30,
      secrets: {},
      permissions: { statements: [] },
    });
  });

  test("hello is built from a local base image only in the environment local", async () => {
    const args = async (environment: string) => {
      const loaded = await loadProject({ directory: root, environment, env: {} });
      return loaded.ok && (loaded.project.leaves[0] as DnsLeaf).build;
    };
    const build = { context: join(root, "leaves/hello"), dockerfile: "Dockerfile" };
    expect(await args("local")).toEqual({ ...build, args: { BASE: "rouse/example-base" } });
    expect(await args("prod")).toEqual({ ...build, args: {} });
  });
});

describe("the base", () => {
  test.each([
    ["", "arcade.example.com", "game.arcade.example.com", "shared"],
    [", zone: Games.Example.com", "games.example.com", "game.games.example.com", "shared"],
    [", zone: perLeaf", undefined, "game.example.com", "own"],
  ])("names of leaves with domain: { name: example.com%s }", async (more, zone, domain, whose) => {
    const base = BASE.replace("Z1234567890", `Z1234567890${more}`);
    const files = {
      "rouse.yaml": base,
      "leaves/inside.yaml": `${LEAF}domain: mc.${zone ?? "mc.example.com"}\n`,
      "leaves/own.yaml": `${LEAF}domain: mine.example.com\n`,
    };
    const project = await projectOf(files, { environment: "staging" });
    expect(project.base.domain?.zone).toBe(zone);
    const inside = [`mc.${zone ?? "mc.example.com"}`, whose];
    expect(project.leaves.map((leaf) => [(leaf as DnsLeaf).domain, (leaf as DnsLeaf).zone])).toEqual([
      [domain, whose],
      inside,
      ["mine.example.com", "own"],
    ]);
  });

  test("local needs no domain, and has an account of its own", async () => {
    const project = await projectOf({ "rouse.yaml": "name: arcade\nregion: us-west-2\n" });
    expect(project.base.domain).toEqual({ name: "rouse.test", hostedZoneId: "ZROUSETEST", zone: "arcade.rouse.test" });
    expect(project.environment).toEqual({ name: "local", account: "000000000000" });
    expect(project.base.environments).toEqual({ local: {} });
    expect(project.base.vpc).toEqual({ maxAzs: 1 });
    expect((project.leaves[0] as DnsLeaf).domain).toBe("game.arcade.rouse.test");
  });

  test("an environment may have a region of its own, and an overlay", async () => {
    const project = await projectOf(
      {
        "rouse.yaml": BASE.replace('account: "111111111111"', "region: eu-central-1"),
        "rouse.staging.yaml": "vpc: { name: shared }\nssh: { from: [10.0.0.0/8] }\nalerts: { email: [ops@example.com] }\n",
      },
      { environment: "staging" },
    );
    expect(project.base).toMatchObject({
      region: "eu-central-1",
      vpc: { name: "shared" },
      ssh: { from: ["10.0.0.0/8"] },
      alerts: { email: ["ops@example.com"] },
    });
    expect(project.environment).toEqual({ name: "staging" });
  });

  test("an environment with nothing after its name is an environment", async () => {
    const project = await projectOf({ "rouse.yaml": `${BASE}  prod:\n` }, { environment: "prod" });
    expect(project.environment.name).toBe("prod");
  });

  test("an address of the base is not told twice of a leaf", async () => {
    const project = await projectOf({
      "rouse.yaml": `${BASE}alerts: { email: [me@example.com] }\n`,
      "leaves/game.yaml": `${LEAF}alerts: { email: [Me@example.com, you@example.com] }\n`,
    });
    expect(project.leaves[0]!.alerts.email).toEqual(["you@example.com"]);
  });

  test("the pattern of the leaves reaches into folders, and .yml counts as .yaml", async () => {
    const files = {
      "leaves/game.yaml": null,
      "apps/one/a.yaml": LEAF,
      "apps/two/deep/b.yml": LEAF,
      "apps/.hidden/c.yaml": LEAF,
      "apps/note.txt": "",
    };
    const names = async (pattern: string) =>
      (await projectOf({ ...files, "rouse.yaml": `${BASE}leaves: "${pattern}"\n` })).leaves.map((leaf) => leaf.name);
    expect(await names("apps/**/*.yaml")).toEqual(["a", "b"]);
    expect(await names("./apps/{one,three}/?.yaml")).toEqual(["a"]);
  });

  test("a pattern that matches rouse.yaml does not make it a leaf", async () => {
    const project = await projectOf({ "rouse.yaml": `${BASE}leaves: "*.yaml"\n`, "leaves/game.yaml": null, "a.yaml": LEAF, "rouse.local.yaml": "" });
    expect(project.leaves.map((leaf) => leaf.name)).toEqual(["a"]);
  });
});

describe("overlays", () => {
  test("maps merge deeply, lists and scalars replace, null removes", async () => {
    const leaf = await leafOf(
      `${LEAF}environment: { A: a, B: b, C: c }\nwatchdog: { idle: { below: 5, for: 3m } }\nalerts: { email: [a@example.com, b@example.com] }\n`,
      { "leaves/game.local.yaml": "environment: { B: bee, C: null, D: d }\nwatchdog: { idle: { for: 4m } }\nalerts: { email: [c@example.com] }\n" },
    );
    expect(leaf.environment).toEqual({ A: "a", B: "bee", D: "d" });
    expect(leaf.watchdog.idle).toEqual({ below: 5, for: 240 });
    expect(leaf.alerts.email).toEqual(["c@example.com"]);
  });

  test("an overlay replaces image by build", async () => {
    const leaf = await leafOf(LEAF, { "leaves/game.local.yaml": "image: null\nbuild: ./game\n", "leaves/game/Dockerfile": "FROM scratch" });
    expect(leaf.image).toBeUndefined();
    expect(leaf.build?.args).toEqual({});
  });

  test("an overlay of another environment is not read", async () => {
    const loaded = await load({ "leaves/game.staging.yaml": "stopTimeout: [not, even, close]\n" });
    expect(loaded.ok).toBe(true);
  });

  test("a variable that an overlay makes unnecessary need not be set", async () => {
    const leaf = await leafOf(LEAF.replace("some/image", "${IMAGE}"), { "leaves/game.local.yaml": "image: other\n" });
    expect(leaf.image).toBe("other");
  });
});

describe("values", () => {
  test("a variable is put in, $${ is literal, and a number is read as one", async () => {
    const text = `${LEAF}environment: { URL: "https://\${HOST}/\${HOST}", SHELL: "$\${HOME}", EMPTY: "\${EMPTY}", COST: $5 }\nwatchdog:\n  idle: { below: "\${RATE}" }\n  leftUp: { stop: "\${STOP}" }\n`;
    const leaf = await leafOf(text, {}, { HOST: "h", EMPTY: "", RATE: "12.5", STOP: "true" });
    expect(leaf.environment).toEqual({ URL: "https://h/h", SHELL: "${HOME}", EMPTY: "", COST: "$5" });
    expect(leaf.watchdog.idle.below).toBe(12.5);
    expect(leaf.watchdog.leftUp.stop).toBe(true);
  });

  test("what a variable holds is not YAML: it cannot add keys or lists", async () => {
    const leaf = await leafOf(LEAF.replace("some/image", "${IMAGE}"), {}, { IMAGE: "x,volumes:{}" });
    expect(leaf.image).toBe("x,volumes:{}");
    expect(leaf.volumes).toEqual({});
  });

  test("environment variables keep the text they were written as", async () => {
    const leaf = await leafOf(`${LEAF}environment: { VERSION: 1.20, EULA: TRUE, MASK: 0x1F, LONG: 12345678901234567890, NO: no }\n`);
    expect(leaf.environment).toEqual({ VERSION: "1.20", EULA: "TRUE", MASK: "0x1F", LONG: "12345678901234567890", NO: "no" });
  });

  test.each(["dns", "[dns]", "{ dns: }", "{ dns: {} }"])("wake: %s", async (wake) => {
    const leaf = await leafOf(LEAF.replace("wake: dns", `wake: ${wake}`));
    expect(leaf.wake).toEqual({ dns: { ignore: { resolvers: [] } } });
  });

  test("resolvers can be ignored", async () => {
    const leaf = await leafOf(LEAF.replace("wake: dns", "wake: { dns: { ignore: { resolvers: [192.0.2.0/24, 2001:DB8::/32] } } }"));
    expect(leaf.wake.dns.ignore.resolvers).toEqual(["192.0.2.0/24", "2001:db8::/32"]);
  });

  test("ports are TCP unless they say otherwise, and the same number may serve both", async () => {
    const leaf = await leafOf(LEAF.replace("25565/tcp", '80, "81", 82/udp, 80/udp'));
    expect(leaf.ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual(["80/tcp", "81/tcp", "82/udp", "80/udp"]);
  });

  test("a health check becomes a container command", async () => {
    const health = async (text: string) => (await leafOf(`${LEAF}health: ${text}\n`)).health;
    expect(await health("{ command: test -f /ready }")).toEqual({
      command: ["CMD-SHELL", "test -f /ready"],
      interval: 30,
      timeout: 5,
      retries: 3,
      startPeriod: 0,
    });
    expect((await health("{ command: [mc-health] }"))?.command).toEqual(["CMD", "mc-health"]);
    expect((await health("{ command: [CMD, mc-health] }"))?.command).toEqual(["CMD", "mc-health"]);
    const url = '"http://127.0.0.1:${PORT_25565:-25565}/ok"';
    expect((await health("{ path: /ok, interval: 5s }"))?.command).toEqual([
      "CMD-SHELL",
      `curl -fsS -o /dev/null ${url} || wget -q -O /dev/null ${url} || exit 1`,
    ]);
  });

  test("a process is a text, a list of words, or a map", async () => {
    const command = async (text: string) => (await leafOf(`${LEAF}process: ${text}\n`)).process;
    expect((await command(`node "a b.mjs" 'c "d"' e\\ f`))?.command).toEqual(["node", "a b.mjs", 'c "d"', "e f"]);
    expect((await command("[node, a b.mjs]"))?.command).toEqual(["node", "a b.mjs"]);
    const inside = await command("{ command: node x.mjs, directory: .. }");
    expect(inside?.command).toEqual(["node", "x.mjs"]);
    expect(inside?.directory).not.toContain("leaves");
  });

  test("an anchor, an alias and the merge key work", async () => {
    const leaf = await leafOf(`${LEAF}volumes:\n  a: &v { paths: [/a], backups: false }\n  b: { <<: *v, paths: [/b] }\n`);
    expect(leaf.volumes["b"]).toEqual({ paths: ["/b"], backups: false, keepOnDelete: true });
  });

  test("a byte order mark and Windows line ends do no harm", async () => {
    expect((await leafOf(`\ufeff${LEAF.replaceAll("\n", "\r\n")}`)).image).toBe("some/image");
  });
});

describe("engines", () => {
  test("are what the file says, with all defaults in", async () => {
    expect(await engineOf(ENGINE)).toEqual({
      kind: "engine",
      name: "auth",
      file: expect.stringMatching(/leaves\/auth\.yaml$/),
      wake: { event: {}, http: { hold: 55, ignore: { userAgents: [], paths: [] } } },
      image: "some/auth",
      ports: [{ port: 8080, protocol: "tcp" }],
      environment: {},
      volumes: {},
      compute: { on: "fargate", cpu: 256, memory: 512, architecture: "x86_64" },
      route: {
        patterns: ["/api/auth/*"],
        priority: expect.any(Number),
        port: 8080,
        check: { path: "/", interval: 10, timeout: 5, passes: 2, retries: 3, matcher: "200-399" },
        drain: 30,
      },
      watchdog: { idle: { for: 1800 }, leftUp: { after: 28_800, stop: false }, crashLoop: { stops: 3, within: 900 } },
      alerts: { email: [] },
      stopTimeout: 30,
      secrets: {},
      permissions: { statements: [] },
    });
  });

  test("say when they sleep, how they are checked, and what does not wake them", async () => {
    const text = `${ENGINE.replace("[event, http]", "{ event:, http: { hold: 20s, ignore: { userAgents: [^Acme/], paths: [/api/auth/ping] } } }")}
health: { path: /health, command: node ok.mjs, interval: 6s, timeout: 3s, passes: 4, retries: 2, matcher: "204", startPeriod: 9s }
watchdog: { idle: { requests: none, for: 5m } }
drain: 0s
priority: 7
`;
    expect(await engineOf(text)).toMatchObject({
      wake: { event: {}, http: { hold: 20, ignore: { userAgents: ["^Acme/"], paths: ["/api/auth/ping"] } } },
      route: { priority: 7, drain: 0, check: { path: "/health", interval: 6, timeout: 3, passes: 4, retries: 2, matcher: "204" } },
      health: { command: ["CMD-SHELL", "node ok.mjs"], interval: 6, timeout: 3, retries: 2, startPeriod: 9 },
      watchdog: { idle: { for: 300 } },
    });
  });

  test("only events stop one that never sleeps, and one without a route", async () => {
    expect((await engineOf(`${ENGINE}watchdog: { idle: never }\n`)).watchdog).not.toHaveProperty("idle");
    const worker = await engineOf("wake: event\nimage: x\ncompute: { on: fargate-spot, cpu: 1024, architecture: arm64 }\n");
    expect(worker).toMatchObject({ ports: [], compute: { on: "fargate-spot", cpu: 1024, memory: 2048, architecture: "arm64" } });
    expect(worker.watchdog).not.toHaveProperty("idle");
    expect(worker).not.toHaveProperty("route");
  });

  test("may be parts that are there already", async () => {
    const files = { "rouse.yaml": ENGINE_BASE, "leaves/game.yaml": null, "leaves/old.yaml": EXISTING };
    const [leaf] = (await projectOf(files)).leaves;
    expect(leaf).toMatchObject({
      kind: "engine",
      existing: { cluster: "auth-cluster", taskDefinition: "auth-api", container: "old", launchType: "FARGATE", assignPublicIp: false, roles: [] },
      drain: 30,
    });
  });

  test("are started and stopped by workflows, schedules and an API", async () => {
    const more = `engines:
  api: true
  workflows: { all: { start: [auth] } }
  schedules: { office: { start: cron(0 7 ? * MON-FRI *), timezone: Europe/Berlin, services: [auth] } }
`;
    const project = await projectOf({ "rouse.yaml": `${ENGINE_BASE}${more}`, "leaves/auth.yaml": ENGINE });
    expect(project.base.engines).toEqual({
      poll: 5,
      limit: 300,
      api: true,
      workflows: { all: { start: ["auth"], waitForHealthy: true, timeout: 900 } },
      schedules: { office: { start: "cron(0 7 ? * MON-FRI *)", timezone: "Europe/Berlin", services: ["auth"] } },
    });
    expect(project.base.loadBalancer).toEqual({ idleTimeout: 60 });
  });
});

const EXISTING = `wake: event
existing:
  cluster: auth-cluster
  taskDefinition: auth-api
  subnets: [subnet-0123456789abcdef0]
  securityGroups: [sg-0123456789abcdef0]
`;
