import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { pause, root } from "./support.mjs";

/** An example's program without Rouse, for comparison: from its start to the first answer, in seconds. */

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

/** @param {string} example its folder */
export async function bareProcess(example) {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, example, "server.mjs")], { env: { PORT: String(port) }, stdio: "ignore" });
  await firstByte(port);
  const took = (performance.now() - began) / 1000;
  child.kill("SIGKILL");
  return took;
}

/** @param {string} example its folder */
export async function bareContainer(example) {
  const port = await freePort();
  const image = spawnSync("docker", ["build", "-q", "--build-arg", "BASE=rouse/example-base", join(root, example)], {
    encoding: "utf8",
  }).stdout.trim();
  const began = performance.now();
  const id = spawnSync("docker", ["run", "-d", "-p", `127.0.0.1:${port}:8080`, image], { encoding: "utf8" }).stdout.trim();
  await firstByte(port);
  const took = (performance.now() - began) / 1000;
  spawnSync("docker", ["rm", "-f", id]);
  return took;
}
