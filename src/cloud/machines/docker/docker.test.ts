import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hostNow, hostSleep } from "../host-time.ts";
import type { ContainerRuntime, ContainerSpec } from "../runtime.ts";
import { findDockerRuntime } from "./index.ts";

const probe = await findDockerRuntime({ cloudId: "test-probe" });
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
if (!probe) console.log("SKIPPED: the Docker tests, because no container engine answers (DOCKER_HOST)");
else if (!busybox) console.log("SKIPPED: the Docker tests, because there is no busybox to make an image of (apt-get install busybox-static)");

test("without an engine, none is found, and quickly", async () => {
  const started = hostNow();
  expect(await findDockerRuntime({ cloudId: "x", env: { DOCKER_HOST: "unix:///no/such/socket" } })).toBeUndefined();
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { port: number };
  expect(await findDockerRuntime({ cloudId: "x", env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } })).toBeUndefined();
  expect(hostNow() - started).toBeLessThan(600);
  silent.close();
});

describe.skipIf(!probe || !busybox)("containers through the Docker Engine API", () => {
  const image = "rouse-test/busybox:1";
  let folder: string;
  let runtime: ContainerRuntime;
  const lines: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rouse-docker-"));
    writeFileSync(join(folder, "Dockerfile"), `FROM scratch\nARG WHO=nobody\nCOPY . /\nENV WHO=$WHO PATH=/bin\nSTOPSIGNAL SIGUSR1\n`);
    writeFileSync(join(folder, ".dockerignore"), "secret.txt\nsub/*\n!sub/kept\n");
    writeFileSync(join(folder, "secret.txt"), "no");
    mkdirSync(join(folder, "sub"));
    for (const name of ["kept", "left-out"]) writeFileSync(join(folder, "sub", name), "");
    mkdirSync(join(folder, "bin"));
    execFileSync("cp", [busybox!, join(folder, "bin/busybox")]);
    for (const tool of ["sh", "httpd", "sleep", "ls", "kill"]) execFileSync("cp", ["-P", join(folder, "bin/busybox"), join(folder, "bin", tool)]);
    writeFileSync(join(folder, "index.html"), "from the container");
    runtime = (await findDockerRuntime({ cloudId: "test-docker" }))!;
    await runtime.start();
    await runtime.build(folder, image, { buildArgs: { WHO: "builder" } });
  });
  afterEach(() => void lines.splice(0));
  afterAll(() => runtime?.stop());

  const spec = (script: string, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    name: `rouse-test-${process.pid}-${Math.floor(hostNow() * 1000)}`,
    image,
    entryPoint: ["/bin/sh", "-c"],
    command: [script],
    environment: {},
    labels: {},
    ports: [],
    mounts: [],
    onLine: (line) => lines.push(line),
    ...more,
  });

  test("the image is built with its arguments, and without what .dockerignore names", async () => {
    const container = await runtime.run(spec(`echo "$WHO"; ls / /sub; echo err >&2; exit 3`));
    expect(await container.exited).toEqual({ exitCode: 3 });
    expect(lines).toContain("builder");
    expect(lines).toContain("err");
    expect(lines).toContain("index.html");
    expect(lines).toContain("kept");
    expect(lines).not.toContain("secret.txt");
    expect(lines).not.toContain("left-out");
  });

  test("a port of the container can be reached, with its volume, environment and health check", async () => {
    const data = mkdtempSync(join(tmpdir(), "rouse-volume-"));
    writeFileSync(join(data, "index.html"), "from the volume");
    const container = await runtime.run(
      spec("exec httpd -f -p 8080 -h /data", {
        ports: [{ containerPort: 8080, protocol: "tcp" }],
        environment: { N: "4" },
        mounts: [{ volume: "data", hostPath: data, containerPath: "/data", readOnly: true }],
        memory: 64,
      }),
    );
    const { host, port } = container.endpoints.get("8080/tcp")!;
    const fetchOnce = (): Promise<string> =>
      new Promise((resolve, reject) =>
        get({ host, port, path: "/index.html" }, (r) => r.on("data", (d: Buffer) => resolve(d.toString()))).on("error", reject),
      );
    let body = "";
    for (let i = 0; i < 100 && !body; i++) body = await fetchOnce().catch(() => hostSleep(20).then(() => ""));
    expect(body).toBe("from the volume");
    expect(await container.exec(["/bin/sh", "-c", "exit $N"], 5000)).toBe(4);
    expect((await container.stats())!.memoryBytes).toBeGreaterThan(1000);
    await container.kill();
    expect((await container.exited).exitCode).toBe(137);
  });

  test("it is asked to end with the image's stop signal", async () => {
    const container = await runtime.run(spec(`trap 'echo bye; exit 7' USR1; echo up; while true; do sleep 0.05; done`));
    for (let i = 0; i < 200 && !lines.includes("up"); i++) await hostSleep(10);
    await container.terminate();
    expect(await container.exited).toEqual({ exitCode: 7 });
    expect(lines).toEqual(["up", "bye"]);
  });

  test("a container that is not removed is removed at the next start of the same cloud", async () => {
    await runtime.run(spec("sleep 600"));
    const other = (await findDockerRuntime({ cloudId: "test-docker" }))!;
    const before = containers();
    await other.start();
    expect(before - containers()).toBe(1);
  });

  test("an image that cannot be pulled and a command that is not there are told as ECS tells them", async () => {
    await expect(runtime.ensureImage("rouse.invalid/nothing:1", {})).rejects.toThrow(/^CannotPullContainerError: Error response from daemon: /);
    await expect(runtime.run(spec("", { entryPoint: ["/no/such"], command: [] }))).rejects.toThrow(
      /^CannotStartContainerError: Error response from daemon: /,
    );
  });

  const containers = (): number =>
    execFileSync("docker", ["ps", "-aq", "--filter", "label=dev.rouse.cloud=test-docker"]).toString().split("\n").filter(Boolean).length;
});
