import { spawnSync } from "node:child_process";
import { report, root } from "./support.mjs";

/** A tick of a schedule → the container runs, in the cloud's own time. The test has the virtual clock that this needs, and tells what it saw. */
export async function run() {
  const env = { ...process.env, ROUSE_FIGURES: "1" };
  const { stdout, stderr } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/scheduled.test.ts"], {
    cwd: root,
    encoding: "utf8",
    env,
  });
  const found = /FIGURES (\[.*\])/.exec(stdout);
  if (!found) throw new Error(stderr || stdout);
  const seconds = /** @type {number[]} */ (JSON.parse(found[1] ?? "")).map((ms) => ms / 1000);
  report("schedule.start", seconds, { unit: "s", atMost: 1, note: "a schedule's tick until its container runs, in virtual time" });
}
