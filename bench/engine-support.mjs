import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause, root, rouse } from "./support.mjs";

/** A project of one engine behind a load balancer, that requests wake: the example `auth`. */
export function engineProject() {
  const directory = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  mkdirSync(join(directory, "leaves"));
  cpSync(join(root, "examples", "engines", "auth"), join(directory, "auth"), { recursive: true });
  writeFileSync(join(directory, "rouse.yaml"), "name: bench\nregion: us-west-2\nvpc: { maxAzs: 2 }\nenvironments: { local: {} }\n");
  writeFileSync(
    join(directory, "leaves", "auth.yaml"),
    "wake: [event, http]\nbuild: { context: ../auth, args: { BASE: rouse/example-base } }\nports: [8080]\n" +
      "process: { command: node server.mjs, directory: ../auth }\ncompute: { on: fargate, cpu: 256, memory: 512 }\n" +
      "route: [/api/auth, /api/auth/*]\nhealth: { path: /health, interval: 5s, timeout: 2s }\nwatchdog: { idle: never }\ndrain: 1s\n",
  );
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/**
 * One GET on a connection of its own, without redirects.
 * @param {URL} url
 * @returns {Promise<{status: number, headers: import("node:http").IncomingHttpHeaders}>}
 */
function get(url) {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent: false }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    asking.once("error", reject);
    asking.end();
  });
}

/**
 * What a plain HTTP client gets that follows redirects.
 * @param {string} address
 */
export async function ask(address) {
  let url = new URL(address);
  for (let hops = 0; ; hops++) {
    const { status, headers } = await get(url);
    if (status !== 307 || !headers.location || hops > 20) return { status, headers };
    url = new URL(headers.location, url);
  }
}

/** @param {string} directory @param {string[]} args */
function run(directory, args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [rouse, ...args], { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr || stdout);
  return stdout;
}

/**
 * Puts the engine to sleep, and waits until it is: no task, no target, and the rule at the doorman.
 * @param {string} directory
 */
export async function fallAsleep(directory) {
  run(directory, ["sleep", "auth"]);
  for (let i = 0; i < 400; i++) {
    if (JSON.parse(run(directory, ["status", "auth", "--json"]))[0].state === "asleep") return;
    await pause(50);
  }
  throw new Error("auth did not fall asleep");
}

/**
 * How many tasks of the engine run, and what has been started since `before`.
 * @param {string} api the cloud's address
 */
export async function tasksOf(api) {
  const { ECSClient, ListTasksCommand } = await import("@aws-sdk/client-ecs");
  const ecs = new ECSClient({ endpoint: api, region: "us-west-2", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const of = async (/** @type {"RUNNING" | "STOPPED"} */ desiredStatus) =>
    (await ecs.send(new ListTasksCommand({ cluster: "bench-auth", desiredStatus }))).taskArns ?? [];
  try {
    return new Set([...(await of("RUNNING")), ...(await of("STOPPED"))]);
  } finally {
    ecs.destroy();
  }
}
