import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BASE, HELLO, SERVER } from "./support/deployed.ts";
import { ask } from "./support/dns.ts";
import { type Endpoints, endpointsFile, printed, rouse, type Running, start, UP, up } from "./support/rouse.ts";

const LIMIT_MS = 60_000;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function project(): string {
  const directory = mkdtempSync(join(tmpdir(), "rouse-up-"));
  folders.push(directory);
  mkdirSync(join(directory, "leaves"));
  writeFileSync(join(directory, "rouse.yaml"), BASE);
  writeFileSync(join(directory, "server.cjs"), `${SERVER}\nprocess.stdout.write("ready\\n");\n`);
  writeFileSync(join(directory, "leaves/hello.yaml"), HELLO);
  return directory;
}

/** Processes whose working folder is below a directory: what a leaf's container is, where there is no container engine. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      } catch {
        return false;
      }
    });
}

const serverOf = ({ dns }: Endpoints): { host: string; port: number } => ({ host: dns.split(":")[0]!, port: Number(dns.split(":")[1]) });

describe("rouse up", () => {
  const directory = project();
  let cloud: Running & { endpoints: Endpoints };
  beforeAll(async () => void (cloud = await up(directory)), LIMIT_MS);
  afterAll(() => void cloud?.child.kill("SIGKILL"));

  test("prints what runs, where, and what to try", () => {
    const { api, dns } = cloud.endpoints;
    const { stdout } = cloud.output;
    expect(stdout).toContain(api);
    expect(stdout).toContain(dns);
    expect(stdout).toMatch(/hello +hello\.arcade\.example\.com +8080\/tcp/);
    expect(stdout).toContain(`dig @127.0.0.1 -p ${dns.split(":")[1]} hello.arcade.example.com`);
    expect(stdout).toContain("rouse connect hello");
  });

  test("prints plain lines where there is no terminal, and no advice of libraries", () => {
    const { stdout, stderr } = cloud.output;
    expect(stdout + stderr).not.toContain("\u001B");
    expect(stderr.trim().split("\n")).toEqual([
      "Synthesizing the stacks",
      expect.stringMatching(/^Synthesized in [\d.]+ s$/),
      expect.stringMatching(/^Deployed 5 of 5 stacks in [\d.]+ s$/),
    ]);
  });

  test("writes where it is for other programs: these three members and no more", () => {
    expect(cloud.endpoints).toEqual({
      api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      dns: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      pid: cloud.child.pid,
    });
  });

  test(
    "is refused a second time in the same folder",
    async () => {
      const { code, stderr } = await rouse(directory, ...UP);
      expect(code).toBe(1);
      expect(stderr).toContain(`runs for this folder already (process ${cloud.child.pid})`);
      expect(existsSync(endpointsFile(directory))).toBe(true);
    },
    LIMIT_MS,
  );

  test("status --json gives every leaf's members", async () => {
    const { code, stdout, stderr } = await rouse(directory, "status", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: "hello",
        state: "asleep",
        domain: "hello.arcade.example.com",
        address: null,
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        sleepsAt: null,
        now: expect.any(String),
      },
    ]);
  });

  test("connect wakes a leaf as a visitor does, and tells each phase", async () => {
    const { code, stdout, stderr } = await rouse(directory, "connect", "hello");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const phases = stdout.trim().split("\n");
    expect(phases.map((line) => line.trim().replace(/^[\d.]+ s +/, ""))).toEqual([
      "first answer  0.0.0.0",
      expect.stringMatching(/^address +127\.77\./),
      expect.stringMatching(/^connected +127\.77\..*:8080$/),
      "first byte    HTTP 200",
    ]);
  }, 30_000);

  test(
    "wake has nothing to do then, sleep does its part, and wake again",
    async () => {
      expect((await rouse(directory, "wake", "hello")).stdout).toContain("is up or waking already");
      const status = JSON.parse((await rouse(directory, "status", "hello", "--json")).stdout) as { state: string; address: string }[];
      expect(status).toMatchObject([{ state: "awake", address: expect.stringMatching(/^127\.77\./) }]);
      expect((await rouse(directory, "sleep", "hello")).stdout).toContain("is falling asleep");
      expect((await rouse(directory, "sleep", "hello")).stdout).toContain("already");
      expect((await rouse(directory, "wake", "hello")).stdout).toContain("is waking");
      const connected = JSON.parse((await rouse(directory, "connect", "hello", "--json")).stdout) as object;
      expect(connected).toMatchObject({ leaf: "hello", ok: true, status: 200 });
    },
    LIMIT_MS,
  );

  test(
    "logs shows what the leaf has written, with when and by which task",
    async () => {
      const { code, stdout } = await rouse(directory, "logs", "hello", "--json");
      expect(code).toBe(0);
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { at: string; task: string; message: string });
      expect(lines.map(({ message }) => message)).toContain("ready");
      for (const line of lines)
        expect(line).toEqual({
          at: expect.stringMatching(/^\d{4}-.*Z$/),
          task: expect.stringMatching(/^[0-9a-f]{32}$/),
          message: expect.any(String),
        });
      expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
      expect((await rouse(directory, "logs", "hello", "--since", "yesterday")).stderr).toBe(
        "rouse: --since yesterday is no duration; it takes one such as 30m, 12h or 7d\n",
      );
    },
    LIMIT_MS,
  );

  test(
    "an unknown leaf is told which there are",
    async () => {
      for (const command of ["status", "wake", "sleep", "connect", "logs"]) {
        const { code, stderr } = await rouse(directory, command, "nope");
        expect(code).toBe(2);
        expect(stderr).toBe("rouse: there is no leaf nope; this project has hello\n");
      }
    },
    LIMIT_MS,
  );

  test(
    "deploy brings a new leaf into the running cloud, and takes one away that the files no longer have",
    async () => {
      const unchanged = await rouse(directory, "deploy");
      expect(unchanged.stderr).toContain("Nothing to deploy: 5 stacks are up to date");
      expect(unchanged.stdout).toMatch(/Arcade-Hello\.Name +hello\.arcade\.example\.com/);
      writeFileSync(join(directory, "leaves/two.yaml"), `${HELLO}volumes: { data: { paths: [/data], keepOnDelete: false } }\n`);
      const more = await rouse(directory, "deploy");
      expect(more.stderr).toMatch(/Arcade-Two us-west-2 {2}is created: \d+ resources[^]*Deployed 3 of 8 stacks/);
      expect(more.code).toBe(0);
      rmSync(join(directory, "leaves/two.yaml"));
      // Its volume goes with it, so somebody has to say yes.
      const refused = await rouse(directory, "deploy");
      expect(refused.stderr).toMatch(/Arcade-Two\/Volumes\/FileSystemdata: the volume fs-[0-9a-f]+ is deleted/);
      expect(refused.code).toBe(2);
      const fewer = await rouse(directory, "deploy", "--yes");
      expect(fewer.stderr).toContain("Deployed 0 of 5 stacks and deleted 3");
      expect(fewer.code).toBe(0);
      expect((await rouse(directory, "diff", "--fail")).code).toBe(0);
      expect(JSON.parse((await rouse(directory, "status", "--json")).stdout)).toMatchObject([{ name: "hello", state: "awake" }]);
    },
    LIMIT_MS,
  );

  test(
    "stops on SIGINT with exit code 0: nothing is left running, no address, no lock",
    async () => {
      expect(processesIn(directory).length).toBeGreaterThan(1);
      cloud.child.kill("SIGINT");
      expect((await cloud.ended).code).toBe(0);
      expect(existsSync(endpointsFile(directory))).toBe(false);
      expect(readdirSync(join(directory, ".rouse"))).toEqual(["local"]);
      expect(processesIn(directory)).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    "finds its stacks up to date at the next start, takes reset, and stops on SIGTERM",
    async () => {
      const again = await up(directory);
      try {
        expect(again.output.stderr).toContain("Nothing to deploy: 5 stacks are up to date");
        const reset = await fetch(`${again.endpoints.api}/_cloud/reset`, { method: "POST" });
        expect(reset.status).toBe(200);
        expect(JSON.parse((await rouse(directory, "status", "--json")).stdout)).toMatchObject([{ name: "hello", state: "not deployed" }]);
        expect(await ask(serverOf(again.endpoints), "hello.arcade.example.com")).toMatchObject({ code: "REFUSED" });
      } finally {
        again.child.kill("SIGTERM");
      }
      expect((await again.ended).code).toBe(0);
      expect(existsSync(endpointsFile(directory))).toBe(false);
    },
    LIMIT_MS,
  );
});

describe("rouse up that cannot start", () => {
  test(
    "names the taken port and the flag for another",
    async () => {
      const directory = project();
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
      const { port } = taken.address() as { port: number };
      for (const flag of ["--port", "--dns-port"]) {
        const other = flag === "--port" ? "--dns-port" : "--port";
        const { code, stderr } = await rouse(directory, "up", "--runtime", "process", flag, String(port), other, "0");
        expect(code).toBe(1);
        expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken by another program; choose one with ${flag} N`);
      }
      await new Promise((resolve) => taken.close(resolve));
      expect(readdirSync(join(directory, ".rouse"))).toEqual(["local"]);
    },
    LIMIT_MS,
  );

  test(
    "Ctrl-C while it synthesizes or deploys stops it, and the next start ends well",
    async () => {
      const directory = project();
      for (const line of ["Synthesizing", "Synthesized"]) {
        const running = start(directory, UP);
        await printed(running, "stderr", line);
        running.child.kill("SIGINT");
        const { code, stdout, stderr } = await running.ended;
        expect(code).toBe(130);
        expect(stdout).toBe("");
        expect(stderr).toMatch(/rouse: interrupted\n$/);
        expect(readdirSync(join(directory, ".rouse"))).toEqual(["local"]);
        expect(processesIn(directory)).toEqual([]);
      }
      const running = await up(directory);
      running.child.kill("SIGINT");
      expect((await running.ended).code).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "has a mistake in the configuration: all of them, exit code 2",
    async () => {
      const directory = project();
      writeFileSync(join(directory, "leaves/hello.yaml"), `${HELLO}portz: []\n`);
      const { code, stderr } = await rouse(directory, ...UP);
      expect(code).toBe(2);
      expect(stderr).toMatch(/leaves\/hello\.yaml:\d+:1\b/);
      expect(existsSync(join(directory, ".rouse"))).toBe(false);
    },
    LIMIT_MS,
  );
});

test(
  "rouse synth writes an assembly that the CDK command line reads, and says when it is up to date",
  async () => {
    const directory = project();
    const first = await rouse(directory, "synth");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^synthesized 5 stacks for local in .*cdk\.out\n {2}Arcade-/);
    const manifest = JSON.parse(readFileSync(join(directory, "cdk.out", "manifest.json"), "utf8")) as { artifacts: Record<string, { type: string }> };
    expect(Object.values(manifest.artifacts).filter(({ type }) => type === "aws:cloudformation:stack")).toHaveLength(5);
    expect((await rouse(directory, "synth")).stdout).toMatch(/^up to date: 5 stacks/);
  },
  LIMIT_MS,
);
