import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bareContainer, bareProcess } from "./bare.mjs";
import { ask, engineProject, fallAsleep, tasksOf } from "./engine-support.mjs";
import { has, hasDocker, report, root, skip, up } from "./support.mjs";

const RUNS = 7;

/** A request to a sleeping service → 200 from it, beside a bare start of the same program; and many such requests at once. */
export async function run() {
  await measure("process");
  if (hasDocker()) await measure("docker");
  else skip("engines.wake.docker", has("docker") ? "no container engine answers" : "docker is not installed");
}

/** @param {"process" | "docker"} runtime */
async function measure(runtime) {
  if (runtime === "docker") spawnSync(process.execPath, [join(root, "scripts", "example-base-image.mjs")]);
  const { directory, remove } = engineProject();
  const cloud = await up(directory, ["--runtime", runtime]);
  const url = `${cloud.endpoints.loadBalancer}/api/auth/hello`;
  const bare = runtime === "process" ? () => bareProcess("examples/engines/auth") : () => bareContainer("examples/engines/auth");
  /** @type {number[]} */
  const wakes = [];
  /** @type {number[]} */
  const bares = [];
  try {
    for (let i = 0; i < RUNS; i++) {
      bares.push(await bare());
      wakes.push(await wake(url));
      await fallAsleep(directory);
    }
    report(`engines.wake.${runtime}`, wakes, { unit: "s", note: "request to a sleeping service, to the last byte of its 200" });
    report(`engines.wake.${runtime}.bare`, bares, {
      unit: "s",
      note: runtime === "process" ? "node server.mjs to first answer" : "docker run to first answer",
    });
    report(
      `engines.wake.${runtime}.overhead`,
      wakes.map((value, i) => value - (bares[i] ?? 0)),
      { unit: "s", atMost: 0.15 },
    );
    for (const count of [20, 200]) {
      await crowd({ count, runtime, url, api: cloud.endpoints.api, pid: cloud.pid });
      await fallAsleep(directory);
    }
  } finally {
    await cloud.stop();
    remove();
  }
}

/** @param {string} url */
async function wake(url) {
  const began = performance.now();
  const { status } = await ask(url);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  return (performance.now() - began) / 1000;
}

/**
 * That many first requests at once.
 * @param {{count: number, runtime: string, url: string, api: string, pid: number}} of
 */
async function crowd({ count, runtime, url, api, pid }) {
  const before = await tasksOf(api);
  const memory = watchMemory(pid);
  const began = performance.now();
  /** @type {number[]} */
  const times = [];
  const answers = await Promise.all(
    Array.from({ length: count }, async () => {
      const name = await ask(url).then(nameOf, (/** @type {NodeJS.ErrnoException} */ error) => error.code ?? error.message);
      times.push((performance.now() - began) / 1000);
      return name;
    }),
  );
  const most = memory.stop();
  const tasks = [...(await tasksOf(api))].filter((arn) => !before.has(arn)).length;
  /** @type {Record<string, number>} */
  const statuses = {};
  for (const name of answers) statuses[name] = (statuses[name] ?? 0) + 1;
  const isRight = tasks === 1 && Object.keys(statuses).every((name) => name === "200" || (count > 20 && name === "503"));
  report(`engines.first-requests.${count}.${runtime}`, times, {
    unit: "s",
    note: `${JSON.stringify(statuses)}, ${tasks} task(s), all answered after ${Math.max(...times).toFixed(2)} s, memory at most ${most} MiB; ${isRight ? "right" : "WRONG"}`,
  });
}

/** @param {Awaited<ReturnType<typeof ask>>} answer */
const nameOf = ({ status, headers }) => (status === 503 && !headers["retry-after"] ? "503 without Retry-After" : String(status));

/** The most memory that a process takes (its resident set, MiB), looked at ten times a second; 0 where only Linux could say. @param {number} pid */
function watchMemory(pid) {
  let most = 0;
  const timer = setInterval(() => {
    try {
      most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0));
    } catch {
      clearInterval(timer);
    }
  }, 100);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.round(most / 1024);
    },
  };
}
