import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "./support/deployed.ts";
import { AUTH, ENGINE, ENGINE_BASE } from "./support/engines.ts";
import { type Endpoints, rouse, type Running, UP, up } from "./support/rouse.ts";

const LIMIT_MS = 60_000;

/** Started by events and the command line only: nothing reaches it. */
const JOB = `
wake: event
image: job
compute: { on: fargate }
process: { command: [node, -e, "setInterval(() => {}, 1000)"] }
`;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function project(leaves: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), "rouse-engines-"));
  folders.push(directory);
  mkdirSync(join(directory, "leaves"));
  writeFileSync(join(directory, "rouse.yaml"), ENGINE_BASE);
  writeFileSync(join(directory, "engine.cjs"), ENGINE);
  for (const [name, text] of Object.entries(leaves)) writeFileSync(join(directory, `leaves/${name}.yaml`), text);
  return directory;
}

const phasesOf = (stdout: string): string[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().replace(/^[\d.]+ s +/, ""));

describe("rouse up with engines", () => {
  const pdf = AUTH.replace("[event, http]", "event").replace("/api/auth/*", "[/api/pdf/*, /pdf]");
  const bad = `${AUTH.replace("/api/auth/*", "/api/bad/*")}environment: { CRASH: "1" }\n`;
  const directory = project({ auth: AUTH, pdf, job: JOB, bad });
  let cloud: Running & { endpoints: Endpoints };
  beforeAll(async () => void (cloud = await up(directory)), LIMIT_MS);
  afterAll(() => void cloud?.child.kill("SIGKILL"));

  test("prints where each is, and what wakes it", () => {
    const { loadBalancer } = cloud.endpoints;
    expect(loadBalancer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { stdout } = cloud.output;
    expect(stdout).toContain(`HTTP        ${loadBalancer}\n`);
    expect(stdout).toContain(`auth       ${loadBalancer}/api/auth/*\n`);
    expect(stdout).toContain(`pdf        ${loadBalancer}/api/pdf/*  /pdf  (events wake it)\n`);
    expect(stdout).toContain("job        no route: events start it\n");
    expect(stdout).toContain(`curl -L ${loadBalancer}/api/auth/ `);
    expect(stdout).not.toContain("--dir");
  });

  test("status shows each with its URL; --json has an address only for who is awake", async () => {
    const { loadBalancer } = cloud.endpoints;
    const { stdout } = await rouse(directory, "status");
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["", "LEAF", "STATE", "WHERE"],
      ["○ auth", "asleep", `${loadBalancer}/api/auth/`],
      ["○ bad", "asleep", `${loadBalancer}/api/bad/`],
      ["○ job", "asleep"],
      ["○ pdf", "asleep", `${loadBalancer}/api/pdf/`],
      [""],
    ]);
    expect(JSON.parse((await rouse(directory, "status", "auth", "--json")).stdout)).toEqual([
      { name: "auth", state: "asleep", url: `${loadBalancer}/api/auth/`, address: null, since: null, sleepsAt: null, now: expect.any(String) },
    ]);
  });

  test(
    "connect wakes one by a request, and tells each phase",
    async () => {
      const { code, stdout, stderr } = await rouse(directory, "connect", "auth");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const url = `${cloud.endpoints.loadBalancer}/api/auth/`;
      expect(phasesOf(stdout)).toEqual([`asked         GET ${url}`, "awake         HTTP 307 to /api/auth/", "first byte    HTTP 200"]);
      expect(JSON.parse((await rouse(directory, "connect", "auth", "--json")).stdout)).toMatchObject({ leaf: "auth", ok: true, status: 200 });
      const status = JSON.parse((await rouse(directory, "status", "auth", "--json")).stdout) as object[];
      expect(status).toMatchObject([{ state: "awake", address: url, wokenBy: "an HTTP request" }]);
    },
    LIMIT_MS,
  );

  test(
    "connect wakes one that requests do not wake as rouse wake does",
    async () => {
      const { code, stdout } = await rouse(directory, "connect", "pdf");
      expect(code).toBe(0);
      expect(phasesOf(stdout)).toEqual([
        "woken         requests do not wake it: rouse wake did",
        expect.stringMatching(/^asked .*\/api\/pdf\/$/),
        "first byte    HTTP 200",
      ]);
    },
    LIMIT_MS,
  );

  test(
    "wake and sleep; a stop says how long it may take",
    async () => {
      expect((await rouse(directory, "wake", "job")).stdout).toBe("job is waking; rouse connect job waits for it\n");
      expect((await rouse(directory, "sleep", "auth")).stdout).toBe(
        "auth is falling asleep; its open requests have 10 s to end, then its container has 30 s to stop\n",
      );
      expect((await rouse(directory, "sleep", "auth")).stdout).toBe("auth is asleep or falling asleep already\n");
      // Called off: its task is up still.
      expect((await rouse(directory, "wake", "auth")).stdout).toContain("auth is waking");
      expect((await rouse(directory, "connect", "auth")).code).toBe(0);
    },
    LIMIT_MS,
  );

  test("connect to one without a route is a mistake that says what to do", async () => {
    const { code, stdout, stderr } = await rouse(directory, "connect", "job");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe("rouse: job has no route, so nobody can connect to it; rouse wake job starts it\n");
  });

  test(
    "connect to one that crashes ends with its reason, and status tells it",
    async () => {
      const { code, stderr } = await rouse(directory, "connect", "bad");
      expect(code).toBe(1);
      expect(stderr).toMatch(/^rouse: bad (keeps crashing|could not be started): its container bad exited with code 3/);
      for (let tries = 0; tries < 3; tries++) await rouse(directory, "connect", "bad");
      const { stdout } = await rouse(directory, "status", "bad");
      expect(stdout).toMatch(/bad +crashed/);
      expect(stdout).toContain("stopped by itself 3 times (its container bad exited with code 3)");
    },
    LIMIT_MS,
  );

  test("stops with everything that it started", async () => {
    cloud.child.kill("SIGINT");
    expect((await cloud.ended).code).toBe(0);
    expect(readdirSync(join(directory, ".rouse"))).toEqual(["local"]);
  });
});

test(
  "the example runs, from another folder, on the next free port where one is taken; the summary says so",
  async () => {
    const parent = mkdtempSync(join(tmpdir(), "rouse-engines-"));
    folders.push(parent);
    cpSync(join(root, "examples/engines"), join(parent, "engines"), { recursive: true, filter: (path) => !path.includes(".rouse") });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const args = UP.map((word, index) => (UP[index - 1] === "--http-port" ? String(port) : word));
    const running = await up(parent, [...args, "engines"], join(parent, "engines"));
    try {
      const { loadBalancer } = running.endpoints;
      expect(loadBalancer).not.toBe(`http://127.0.0.1:${port}`);
      expect(running.output.stderr).toContain(`${loadBalancer?.slice("http://".length)}, because another program has port ${port}`);
      expect(running.output.stdout).toContain(`HTTP        ${loadBalancer}\n`);
      expect(running.output.stdout).toContain("npx rouse connect auth --dir engines");
      // One that a request wakes, and one that only events do.
      const ran = await Promise.all(["auth", "batch"].map((leaf) => rouse(parent, "connect", leaf, "--dir", "engines")));
      expect(ran.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
        { code: 0, stderr: "" },
        { code: 0, stderr: "" },
      ]);
      const answer = await fetch(`${loadBalancer}/api/auth/login`, { headers: { "user-agent": "a program" } });
      expect(await answer.json()).toEqual({ service: "auth", method: "GET", path: "/api/auth/login" });
    } finally {
      running.child.kill("SIGINT");
      other.close();
    }
    expect((await running.ended).code).toBe(0);
  },
  LIMIT_MS,
);
