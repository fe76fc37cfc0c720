import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bareContainer, bareProcess } from "./bare.mjs";
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
      bares.push(runtime === "process" ? await bareProcess("leaves/hello") : await bareContainer("leaves/hello"));
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
