import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { findDockerRuntime } from "../../machines/docker/index.ts";
import { freePort } from "../../machines/process/free-port.ts";
import { tasks } from "./state.ts";
import { type Harness, daemon, harness, scope } from "./testing.ts";

const runtime = await findDockerRuntime({ cloudId: "test-ecs" });
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
if (!runtime || !busybox)
  console.log("SKIPPED: ECS with real containers, because no container engine answers (DOCKER_HOST), or there is no static busybox");

const IMAGE = "000000000000.dkr.ecr.us-west-2.amazonaws.com/rouse-test:web";

describe.skipIf(!runtime || !busybox)("ECS with real containers", () => {
  let h: Harness | undefined;
  afterEach(() => h?.ecs.stop!());

  async function image(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "rouse-image-"));
    mkdirSync(join(folder, "bin"));
    for (const name of ["busybox", "sh", "httpd", "sleep", "wget"]) execFileSync("cp", [busybox!, join(folder, "bin", name)]);
    writeFileSync(join(folder, "index.html"), "from a container");
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    await runtime!.build(folder, IMAGE);
  }

  const text = (port: number): Promise<string> =>
    new Promise((resolve, reject) =>
      get({ host: "127.0.0.1", port, path: "/index.html", agent: false }, (r) => r.on("data", (d: Buffer) => resolve(d.toString()))).on(
        "error",
        reject,
      ),
    );

  test("the task's image runs on its instance, its first client is served, its health is checked, and it ends with the task", async () => {
    await image();
    const hostPort = await freePort("tcp");
    h = await harness({ runtime });
    // It needs a while to listen: the first client is to wait for it.
    await daemon(h, {
      image: IMAGE,
      memory: 64,
      command: ["sh", "-c", "sleep 0.3; exec httpd -f -p 8080 -h /"],
      portMappings: [{ containerPort: 8080, hostPort }],
      healthCheck: { command: ["CMD-SHELL", "wget -q -O - http://127.0.0.1:8080/index.html"], interval: 5 },
      stopTimeout: 2,
    });
    await h.instance("i-1", "running");
    const { task, id } = tasks(h.store, scope).values()[0]!;
    expect(task).toMatchObject({
      lastStatus: "RUNNING",
      containers: [{ networkBindings: [{ containerPort: 8080, hostPort, protocol: "tcp", bindIP: "0.0.0.0" }] }],
    });
    expect(await text(hostPort)).toBe("from a container");
    await h.clock.advance(5000);
    expect(tasks(h.store, scope).get(id)!.task.healthStatus).toBe("HEALTHY");
    await h.lifecycle({ instanceId: "i-1" });
    await h.clock.advance(2000);
    // A shell that has become httpd, the container's first process, has no handler for SIGTERM.
    expect(tasks(h.store, scope).get(id)!.task).toMatchObject({ lastStatus: "STOPPED", containers: [{ exitCode: 137 }] });
    await expect(text(hostPort)).rejects.toThrow(/ECONNREFUSED/);
  });
});
