import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { commands } from "./commands.ts";
import { runCli } from "./main.ts";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const BASE = `name: arcade
region: us-west-2
domain: { name: example.com, hostedZoneId: Z1234567890 }
environments: { local: {}, prod: { account: "222222222222" } }
`;
const LEAF = "wake: dns\nimage: hello\nports: [8080/tcp]\ncompute: { on: ec2, instanceType: t4g.nano }\n";

function folder(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), "rouse-cli-"));
  folders.push(directory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

async function rouse(
  argv: string[],
  { directory = ".", env = {}, tty = false }: { directory?: string; env?: Record<string, string>; tty?: boolean } = {},
): Promise<Ran> {
  const output = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof output) =>
    Object.assign(
      new PassThrough().on("data", (chunk) => (output[name] += String(chunk))),
      { isTTY: tty },
    );
  const code = await runCli(argv, { directory, env, stdout: stream("stdout"), stderr: stream("stderr"), interrupted: new AbortController().signal });
  await new Promise(setImmediate);
  return { code, ...output };
}

const STACK = /\n\s+at .*:\d+/;
const COLOR = new RegExp(`${String.fromCharCode(27)}\\[`);

describe("help", () => {
  test("names every command, with no arguments too", async () => {
    for (const argv of [[], ["--help"]]) {
      const { code, stdout } = await rouse(argv);
      expect(code).toBe(0);
      for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });

  test.each(commands.map(({ name }) => name))("of %s has an example of it", async (name) => {
    const { code, stdout, stderr } = await rouse([name, "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout.split("Examples:\n")[1]).toContain(`  rouse ${name}`);
  });

  test("is pointed at after a wrong word, with a near miss, and the exit code is 2", async () => {
    const { code, stderr } = await rouse(["statsu"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean status?");
    expect(stderr).toContain("rouse --help");
  });

  test.each([
    [["up", "--port", "70000"], "a number from 0 to 65535"],
    [["up", "--http-port", "-1"], "a number from 0 to 65535"],
    [["up", "--https-port", "http"], "a number from 0 to 65535"],
    [["up", "--speed", "fast"], "a number from 0.01 to 10000"],
    [["up", "--runtime", "vm"], "docker, process"],
    [["wake"], "missing required argument 'leaf'"],
    [["status", "--jsn"], "Did you mean --json?"],
  ])("%s is refused with what is allowed", async (argv, allowed) => {
    const { code, stderr } = await rouse(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(allowed);
    expect(stderr).not.toMatch(STACK);
  });
});

describe("validate", () => {
  test("counts the leaves of a project without a mistake", async () => {
    const directory = folder({ "rouse.yaml": BASE, "leaves/hello.yaml": LEAF });
    expect(await rouse(["validate"], { directory })).toEqual({
      code: 0,
      stderr: "",
      stdout: "arcade: 1 leaf (hello), no mistakes for the environment local\n",
    });
  });

  test("prints every mistake of every file with its place, and no stack", async () => {
    const directory = folder({
      "rouse.yaml": `${BASE}regoin: x\n`,
      "leaves/hello.yaml": "wake: dns\nimage: hello\nports: [99999/tcp]\ncompute: { on: ec2, instanceType: t4g.nano }\n",
      "leaves/broken.yaml": "wake: [dns\n",
    });
    const { code, stdout, stderr } = await rouse(["validate"], { directory });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/rouse\.yaml:5:1\b/);
    expect(stderr).toContain("region");
    expect(stderr).toMatch(/leaves\/hello\.yaml:3:9\b/);
    expect(stderr).toMatch(/leaves\/broken\.yaml:\d+:\d+/);
    expect(stderr).not.toMatch(STACK);
  });

  test("says how to begin where there is no rouse.yaml", async () => {
    const { code, stderr } = await rouse(["validate"], { directory: folder({}) });
    expect(code).toBe(2);
    expect(stderr).toContain("rouse.yaml");
    expect(stderr).not.toMatch(STACK);
  });

  test("--json gives the leaves, or every mistake with its place", async () => {
    const good = await rouse(["validate", "--json"], { directory: folder({ "rouse.yaml": BASE, "leaves/hello.yaml": LEAF }) });
    expect([good.code, JSON.parse(good.stdout)]).toEqual([
      0,
      { ok: true, environment: "local", application: "arcade", leaves: [{ name: "hello", kind: "dns" }] },
    ]);
    const bad = await rouse(["validate", "--json"], { directory: folder({ "rouse.yaml": `${BASE}regoin: x\n`, "leaves/hello.yaml": LEAF }) });
    expect([bad.code, bad.stderr, JSON.parse(bad.stdout)]).toMatchObject([2, "", { ok: false, problems: [{ line: 5, column: 1 }] }]);
  });

  test("takes colours from a terminal only, and from none with NO_COLOR", async () => {
    const directory = folder({ "rouse.yaml": `${BASE}regoin: x\n`, "leaves/hello.yaml": LEAF });
    expect((await rouse(["validate"], { directory, tty: true })).stderr).toMatch(COLOR);
    expect((await rouse(["validate"], { directory, tty: true, env: { NO_COLOR: "1" } })).stderr).not.toMatch(COLOR);
    expect((await rouse(["validate"], { directory, tty: true, env: { NO_COLOR: "" } })).stderr).toMatch(COLOR);
    expect((await rouse(["validate"], { directory, tty: true, env: { TERM: "dumb" } })).stderr).not.toMatch(COLOR);
    expect((await rouse(["validate"], { directory })).stderr).not.toMatch(COLOR);
    expect((await rouse(["validate"], { directory, env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).stderr).toMatch(COLOR);
    expect((await rouse(["validate"], { directory, tty: true, env: { FORCE_COLOR: "0" } })).stderr).not.toMatch(COLOR);
  });
});

describe("without a running cloud", () => {
  const directory = folder({ "rouse.yaml": BASE, "leaves/hello.yaml": LEAF });

  test("a leaf that is not there: which there are, and which was meant", async () => {
    const running = folder({
      "rouse.yaml": BASE,
      "leaves/hello.yaml": LEAF,
      ".rouse/local/endpoints.json": `{"api":"http://127.0.0.1:1","dns":"127.0.0.1:1","pid":${process.pid}}`,
    });
    const { code, stderr } = await rouse(["wake", "helo"], { directory: running });
    expect([code, stderr]).toEqual([2, "rouse: there is no leaf helo; this project has hello\nDid you mean hello?\n"]);
  });

  test.each([["status"], ["watch"], ["deploy"], ["diff"], ["destroy", "--yes"], ["wake", "hello"], ["sleep", "hello"], ["connect", "hello"]])(
    "%s says so, and how to start one",
    async (...argv) => {
      const { code, stdout, stderr } = await rouse(argv, { directory });
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toContain("no embedded cloud runs");
      expect(stderr).toContain("rouse up");
    },
  );

  test("endpoints that a killed process left count for nothing", async () => {
    const stale = folder({
      "rouse.yaml": BASE,
      "leaves/hello.yaml": LEAF,
      // No process has this number: it is above the highest that Linux gives out (4194304, proc(5), pid_max).
      ".rouse/local/endpoints.json": '{"api":"http://127.0.0.1:1","dns":"127.0.0.1:1","pid":4194305}',
    });
    const { code, stderr } = await rouse(["status"], { directory: stale });
    expect(code).toBe(1);
    expect(stderr).toContain("no embedded cloud runs");
  });

  test("so do endpoints where nobody listens, although the process number is in use again", async () => {
    const reused = folder({
      "rouse.yaml": BASE,
      "leaves/hello.yaml": LEAF,
      ".rouse/local/endpoints.json": `{"api":"http://127.0.0.1:1","dns":"127.0.0.1:1","pid":${process.pid}}`,
    });
    const { code, stderr } = await rouse(["status"], { directory: reused });
    expect(code).toBe(1);
    expect(stderr).toContain("no embedded cloud runs");
  });
});
