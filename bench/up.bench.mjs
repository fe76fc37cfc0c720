import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pause, project, report, up } from "./support.mjs";

const RUNS = 5;

/** `rouse up` to "ready", with and without synthesis, and what it takes with ten sleeping leaves. */
export async function run() {
  const two = project(2);
  const cold = [];
  const warm = [];
  for (let i = 0; i < RUNS; i++) {
    rmSync(join(two.directory, ".rouse"), { recursive: true, force: true });
    const first = await up(two.directory, ["--runtime", "process"]);
    cold.push(first.readyMs / 1000);
    await first.stop();
    const second = await up(two.directory, ["--runtime", "process"]);
    warm.push(second.readyMs / 1000);
    await second.stop();
  }
  two.remove();
  report("up.with-synthesis", cold, { unit: "s", atMost: 8, note: "2 leaves" });
  report("up.up-to-date", warm, { unit: "s", atMost: 2, note: "2 leaves" });

  const ten = project(10);
  const cloud = await up(ten.directory, ["--runtime", "process"]);
  await pause(2000);
  const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${cloud.pid}/status`, "utf8"))?.[1]) / 1024;
  await cloud.stop();
  const again = await up(ten.directory, ["--runtime", "process"]);
  await pause(2000);
  const later = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${again.pid}/status`, "utf8"))?.[1]) / 1024;
  await again.stop();
  ten.remove();
  report("up.memory", [rss], { unit: "MiB", atMost: 300, note: "10 sleeping leaves, after the deployment" });
  report("up.memory.restarted", [later], { unit: "MiB", atMost: 300, note: "10 sleeping leaves, after a restart" });
}
