import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import type { Leaf, Project } from "./schema.ts";
import { BASE, LEAF, load } from "./testing.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

async function projectOf(...given: Parameters<typeof load>): Promise<Project> {
  const loaded = await load(...given);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2));
  return loaded.project;
}

async function leafOf(content: string, more: Parameters<typeof load>[0] = {}, env: Record<string, string> = {}): Promise<Leaf> {
  const project = await projectOf({ "leaves/game.yaml": content, ...more }, { env });
  return project.leaves[0]!;
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
      name: "minecraft",
      file: join(root, "leaves/minecraft.yaml"),
      domain: "minecraft.example.com",
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
    });
  });

  test("hello is built from a local base image only in the environment local", async () => {
    const args = async (environment: string) => {
      const loaded = await loadProject({ directory: root, environment, env: {} });
      return loaded.ok && loaded.project.leaves[0]!.build;
    };
    const build = { context: join(root, "leaves/hello"), dockerfile: "Dockerfile" };
    expect(await args("local")).toEqual({ ...build, args: { BASE: "rouse/example-base" } });
    expect(await args("prod")).toEqual({ ...build, args: {} });
  });
});

describe("the base", () => {
  test("local needs no domain, and has an account of its own", async () => {
    const project = await projectOf({ "rouse.yaml": "name: arcade\nregion: us-west-2\n" });
    expect(project.base.domain).toEqual({ name: "rouse.test", hostedZoneId: "ZROUSETEST" });
    expect(project.environment).toEqual({ name: "local", account: "000000000000" });
    expect(project.base.environments).toEqual({ local: {} });
    expect(project.base.vpc).toEqual({ maxAzs: 1 });
    expect(project.leaves[0]!.domain).toBe("game.rouse.test");
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
