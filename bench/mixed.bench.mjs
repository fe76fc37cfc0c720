import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report, root, rouse, up } from "./support.mjs";

const OF_EACH = 10;
const RUNS = 3;
const COMMON = "image: rouse/example-base\nprocess: { command: [node, hello/server.mjs] }\n";

/** What is different between the kinds. */
const KINDS = {
  dns: () => "wake: dns\nports: [8080/tcp]\ncompute: { on: ec2, instanceType: t4g.nano }\nwatchdog: { idle: { below: 50, for: 2m } }\n",
  http: (/** @type {number} */ i) => `wake: [event, http]\nports: [8080]\ncompute: { on: fargate }\nroute: /api/http${i}/*\nhealth: { path: / }\n`,
  event: () => "wake: event\ncompute: { on: fargate }\nwatchdog: { idle: never, leftUp: { after: 4h, stop: true } }\n",
  schedule: (/** @type {number} */ i) => `wake: { schedule: cron(${i} 4 * * ? *), timezone: Europe/Berlin }\ncompute: { on: fargate }\n`,
  always: (/** @type {number} */ i) =>
    `wake: always\nports: [8080]\ncompute: { on: fargate }\nroute: /api/always${i}/*\nhealth: { path: /, interval: 5s, timeout: 2s }\nscale: { min: 1, max: 4 }\n`,
};

/** A project of ten leaves of each kind, in a folder of its own. */
function mixedProject() {
  const directory = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  mkdirSync(join(directory, "leaves"));
  cpSync(join(root, "leaves", "hello"), join(directory, "leaves", "hello"), { recursive: true });
  writeFileSync(
    join(directory, "rouse.yaml"),
    "name: bench\nregion: us-west-2\nvpc: { maxAzs: 2 }\ndomain: { name: example.com, hostedZoneId: Z1234567890 }\nenvironments: { local: {} }\n",
  );
  for (const [kind, settings] of Object.entries(KINDS)) {
    for (let i = 0; i < OF_EACH; i++) writeFileSync(join(directory, "leaves", `${kind}${i}.yaml`), settings(i) + COMMON);
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Runs a command of Rouse to its end. @param {string} cwd @param {string[]} args @returns {{seconds: number, output: string}} */
function timed(cwd, args) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [rouse, ...args], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(stdout + stderr);
  return { seconds: (performance.now() - began) / 1000, output: stdout + stderr };
}

/** Forgets all that the cloud holds, and keeps the assembly. @param {string} directory */
function forget(directory) {
  const folder = join(directory, ".rouse", "local");
  for (const name of readdirSync(folder)) if (name !== "cdk.out") rmSync(join(folder, name), { recursive: true, force: true });
}

/** The most memory that a process has had, in MiB. @param {number} pid */
const peak = (pid) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** Fifty leaves, ten of each kind: synthesis as a whole process, and deployment as `rouse up` from an assembly to "ready". */
export async function run() {
  const { directory, remove } = mixedProject();
  const synthesis = [];
  const first = [];
  const restart = [];
  const unchanged = [];
  const memory = [];
  try {
    for (let i = 0; i < RUNS; i++) {
      rmSync(join(directory, "cdk.out"), { recursive: true, force: true });
      synthesis.push(timed(directory, ["synth", "--out", "cdk.out"]).seconds);
    }
    await (await up(directory, ["--runtime", "process"])).stop();
    for (let i = 0; i < RUNS; i++) {
      forget(directory);
      const fresh = await up(directory, ["--runtime", "process"]);
      first.push(fresh.readyMs / 1000);
      memory.push(peak(fresh.pid));
      const again = timed(directory, ["deploy", "--env", "local"]);
      if (!again.output.includes("Nothing to deploy")) throw new Error(`something changed\n${again.output}`);
      unchanged.push(again.seconds);
      await fresh.stop();
      const warm = await up(directory, ["--runtime", "process"]);
      restart.push(warm.readyMs / 1000);
      await warm.stop();
    }
  } finally {
    remove();
  }
  const note = "10 leaves of each of dns, http, event, schedule and always";
  report("mixed.synth", synthesis, { unit: "s", atMost: 20, note });
  report("mixed.deploy", first, { unit: "s", atMost: 20, note: "rouse up into an empty cloud, without synthesis, until all is deployed" });
  report("mixed.deploy.unchanged", unchanged, { unit: "s", atMost: 6, note: "rouse deploy --env local, without synthesis" });
  report("mixed.up.up-to-date", restart, { unit: "s", note: "the start of ten always-on services included" });
  report("mixed.memory", memory, { unit: "MiB", note: "the most that rouse up has had, until it is ready" });
}
