import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { has, hasDocker, pause, project, report, root, rouse, skip, up } from "./support.mjs";

const RUNS = 7;

/** DNS query → first HTTP byte, beside a bare start of the same program, one after the other in the same run. */
export async function run() {
  await measure("process");
  if (hasDocker()) await measure("docker");
  else skip("wake.docker", has("docker") ? "no container engine answers" : "docker is not installed");
}

/** @param {"process" | "docker"} runtime */
async function measure(runtime) {
  if (runtime === "docker") spawnSync(process.execPath, [join(root, "scripts", "example-base-image.mjs")]);
  const { directory, remove } = project(1);
  const cloud = await up(directory, ["--runtime", runtime]);
  const wakes = [];
  /** @type {number[]} */
  const bares = [];
  try {
    for (let i = 0; i < RUNS; i++) {
      bares.push(runtime === "process" ? await bareProcess() : await bareContainer());
      wakes.push(await wake(directory));
      await sleepAgain(directory);
    }
  } finally {
    await cloud.stop();
    remove();
  }
  report(`wake.${runtime}`, wakes, { unit: "s", atMost: runtime === "process" ? 0.5 : 1, note: "DNS query to first HTTP byte" });
  report(`wake.${runtime}.bare`, bares, {
    unit: "s",
    note: runtime === "process" ? "node server.mjs to first HTTP byte" : "docker run to first HTTP byte",
  });
  report(
    `wake.${runtime}.overhead`,
    wakes.map((value, i) => value - (bares[i] ?? 0)),
    { unit: "s", atMost: 0.15 },
  );
}

/** @param {string} directory */
async function wake(directory) {
  const { stdout, status } = spawnSync(process.execPath, [rouse, "connect", "hello0", "--json"], { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(stdout);
  const { phases } = JSON.parse(stdout);
  return phases.find((/** @type {{name: string}} */ phase) => phase.name === "first byte").at / 1000;
}

/** @param {string} directory */
async function sleepAgain(directory) {
  spawnSync(process.execPath, [rouse, "sleep", "hello0"], { cwd: directory });
  for (let i = 0; i < 400; i++) {
    const { stdout } = spawnSync(process.execPath, [rouse, "status", "hello0", "--json"], { cwd: directory, encoding: "utf8" });
    if (JSON.parse(stdout)[0].state === "asleep") return;
    await pause(50);
  }
  throw new Error("hello0 did not fall asleep");
}

/** @returns {Promise<number>} a port that is free now */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** @param {number} port */
async function firstByte(port) {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer?.ok) return answer.text();
    await pause(5);
  }
}

async function bareProcess() {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, "leaves/hello/server.mjs")], { env: { PORT: String(port) }, stdio: "ignore" });
  await firstByte(port);
  const took = (performance.now() - began) / 1000;
  child.kill("SIGKILL");
  return took;
}

async function bareContainer() {
  const port = await freePort();
  const image = spawnSync("docker", ["build", "-q", "--build-arg", "BASE=rouse/example-base", join(root, "leaves/hello")], {
    encoding: "utf8",
  }).stdout.trim();
  const began = performance.now();
  const id = spawnSync("docker", ["run", "-d", "-p", `127.0.0.1:${port}:8080`, image], { encoding: "utf8" }).stdout.trim();
  await firstByte(port);
  const took = (performance.now() - began) / 1000;
  spawnSync("docker", ["rm", "-f", id]);
  return took;
}
