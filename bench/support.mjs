import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const rouse = join(root, "bin", "rouse.js");

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Prints a figure. `goal` is the most (`atMost`) or least (`atLeast`) that is wanted.
 * @param {string} bench
 * @param {number[]} values
 * @param {{unit: string, atMost?: number, atLeast?: number, note?: string}} options
 */
export function report(bench, values, { unit, atMost, atLeast, note }) {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const round = (/** @type {number} */ n) => Number(n.toPrecision(4));
  const goal = atMost === undefined ? (atLeast === undefined ? undefined : `>= ${atLeast}`) : `<= ${atMost}`;
  const met = atMost === undefined ? (atLeast === undefined ? undefined : median >= atLeast) : median <= atMost;
  const line = {
    bench,
    median: round(median),
    min: round(sorted[0] ?? Number.NaN),
    max: round(sorted.at(-1) ?? Number.NaN),
    unit,
    goal,
    met,
    runs: values.length,
    note,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return median;
}

/** @param {string} bench @param {string} reason */
export function skip(bench, reason) {
  process.stdout.write(`${JSON.stringify({ bench, skipped: reason })}\n`);
}

/** @param {string} command */
export const has = (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

/** Whether a container engine answers. */
export const hasDocker = () => has("docker") && spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0;

/**
 * A project of `count` leaves like the example `hello`, in a folder of its own.
 * @param {number} count
 */
export function project(count) {
  const directory = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  mkdirSync(join(directory, "leaves"));
  cpSync(join(root, "leaves", "hello"), join(directory, "leaves", "hello"), { recursive: true });
  writeFileSync(
    join(directory, "rouse.yaml"),
    "name: bench\nregion: us-west-2\ndomain: { name: example.com, hostedZoneId: Z1234567890 }\nenvironments: { local: {} }\n",
  );
  for (let i = 0; i < count; i++) {
    writeFileSync(
      join(directory, "leaves", `hello${i}.yaml`),
      "wake: dns\nbuild: { context: ./hello, args: { BASE: rouse/example-base } }\nports: [8080/tcp]\n" +
        "compute: { on: ec2, instanceType: t4g.nano }\nprocess: { command: [node, hello/server.mjs] }\nwatchdog: { idle: { below: 50, for: 2m } }\n",
    );
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/**
 * Runs `rouse up` in a folder until it is ready.
 * @param {string} directory
 * @param {string[]} [args]
 */
export async function up(directory, args = []) {
  const began = performance.now();
  const child = spawn(process.execPath, [rouse, "up", "--port", "0", "--dns-port", "0", ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const file = join(directory, ".rouse", "local", "endpoints.json");
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new Error(`rouse up ended with ${child.exitCode}\n${output}`);
    await pause(5);
  }
  const readyMs = performance.now() - began;
  await pause(50);
  const endpoints = JSON.parse(readFileSync(file, "utf8"));
  return {
    readyMs,
    endpoints,
    pid: /** @type {number} */ (child.pid),
    output: () => output,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
    },
  };
}
