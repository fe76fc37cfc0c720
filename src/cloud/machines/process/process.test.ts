import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hostSleep, within } from "../host-time.ts";
import type { ContainerRuntime, ContainerSpec } from "../runtime.ts";
import { createProcessRuntime } from "./index.ts";

const runtimes: ContainerRuntime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.stop();
});

function runtime(): ContainerRuntime {
  const one = createProcessRuntime();
  runtimes.push(one);
  return one;
}

/** A spec that runs `script` with Node.js in a fresh folder. */
function specOf(script: string, more: Partial<ContainerSpec> = {}): ContainerSpec & { lines: string[]; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "rouse-process-"));
  writeFileSync(join(folder, "main.cjs"), script);
  const lines: string[] = [];
  const labels = { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "main.cjs"], directory: folder }) };
  return { name: "t", image: "hello", environment: {}, labels, ports: [], mounts: [], onLine: (line) => lines.push(line), lines, folder, ...more };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie still answers; it has ended all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return;
    await hostSleep(10);
  }
  throw new Error(`${what} did not come true`);
}

describe("containers as child processes", () => {
  test("the process listens on PORT, and the endpoint leads there", async () => {
    const spec = specOf(
      `require("http").createServer((q, r) => r.end("hi " + process.env.NAME)).listen(process.env.PORT, () => console.log("up"));`,
      { ports: [{ containerPort: 8080, protocol: "tcp" }], environment: { NAME: "bob" } },
    );
    const container = await runtime().run(spec);
    await until(() => spec.lines.includes("up"), "listening");
    const { host, port } = container.endpoints.get("8080/tcp")!;
    const body = await new Promise<string>((resolve) => get({ host, port }, (r) => r.on("data", (d: Buffer) => resolve(d.toString()))));
    expect(body).toBe("hi bob");
  });

  test("it has the container's environment and PATH, ports and volumes, and nothing else of ours", async () => {
    process.env.ROUSE_TEST_SECRET = "secret";
    const spec = specOf(`console.log(JSON.stringify(process.env))`, {
      environment: { A: "1" },
      ports: [
        { containerPort: 25565, protocol: "tcp" },
        { containerPort: 19132, protocol: "udp" },
      ],
      mounts: [{ volume: "game-data", hostPath: "/tmp/x", containerPath: "/data", readOnly: false }],
    });
    await (
      await runtime().run(spec)
    ).exited;
    const env = JSON.parse(spec.lines[0]!) as Record<string, string>;
    expect(Object.keys(env).sort()).toEqual(["A", "PATH", "PORT", "PORT_19132", "PORT_25565", "ROUSE_VOLUME_GAME_DATA"]);
    expect(env.PORT).toBe(env.PORT_25565);
  });

  test("its exit code and its last lines without a line break are seen", async () => {
    const spec = specOf(`process.stdout.write("one\\ntw"); process.stderr.write("err"); process.exitCode = 3`);
    expect(await (await runtime().run(spec)).exited).toEqual({ exitCode: 3 });
    expect(spec.lines.sort()).toEqual(["err", "one", "tw"]);
  });

  test("a process that ignores the stop signal is killed with exit code 137, and its children die too", async () => {
    const spec = specOf(`
      process.on("SIGTERM", () => console.log("no"));
      const child = require("child_process").spawn("sleep", ["60"], { stdio: "inherit" });
      console.log(String(child.pid)); setInterval(() => {}, 1000);`);
    const container = await runtime().run(spec);
    await until(() => spec.lines.length === 1, "start");
    const grandchild = Number(spec.lines[0]);
    await container.terminate();
    await until(() => spec.lines.includes("no"), "the signal");
    await container.kill();
    expect(await container.exited).toEqual({ exitCode: 137 });
    await until(() => !alive(grandchild), "the grandchild's end");
  });

  test("without the label the task fails, and says that there is neither engine nor command", async () => {
    await expect(runtime().ensureImage("itzg/minecraft-server", {})).rejects.toThrow(
      /CannotPullContainerError: no container engine answers .* itzg\/minecraft-server has no process command/,
    );
  });

  test("a command that is not there is CannotStartContainerError", async () => {
    const spec = specOf("");
    spec.labels["dev.rouse.process"] = JSON.stringify({ command: ["/no/such/thing"], directory: spec.folder });
    await expect(runtime().run(spec)).rejects.toThrow(/CannotStartContainerError: exec: "\/no\/such\/thing"/);
  });

  test("exec runs a check with the container's environment, and gives up after its timeout", async () => {
    const container = await runtime().run(specOf(`setInterval(() => {}, 1000)`, { environment: { N: "5" } }));
    expect(await container.exec(["/bin/sh", "-c", "exit $N"], 5000)).toBe(5);
    expect(await container.exec(["sleep", "60"], 50)).toBeUndefined();
    expect((await container.stats())!.memoryBytes).toBeGreaterThan(1_000_000);
  });

  test("nothing keeps running when the parent is killed with SIGKILL", async () => {
    const spec = specOf(`console.log(process.pid); setInterval(() => {}, 1000)`);
    const parent = join(spec.folder, "parent.ts");
    writeFileSync(
      parent,
      `import { createProcessRuntime } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
       const spec = ${JSON.stringify({ ...spec, lines: undefined, folder: undefined })};
       const c = await createProcessRuntime().run({ ...spec, onLine: () => {} });
       console.log(c.id.slice(4)); setInterval(() => {}, 1000);`,
    );
    const { build } = await import("esbuild");
    const bundle = join(spec.folder, "parent.mjs");
    await build({ entryPoints: [parent], outfile: bundle, bundle: true, platform: "node", format: "esm", logLevel: "silent" });
    const lines: string[] = [];
    const outer = specOf("", { onLine: (line) => lines.push(line) });
    outer.labels["dev.rouse.process"] = JSON.stringify({ command: [process.execPath, bundle], directory: spec.folder });
    const container = await runtime().run(outer);
    await until(() => lines.length === 1, "the inner start");
    const inner = Number(lines[0]);
    expect(alive(inner)).toBe(true);
    await container.kill();
    await within(2000, container.exited);
    await until(() => !alive(inner), "the inner process's end");
  });
});
