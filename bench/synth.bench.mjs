import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { project, report, rouse } from "./support.mjs";

/** Synthesis as a whole process, of one leaf and of fifty. */
export async function run() {
  for (const [count, runs, atMost] of /** @type {const} */ ([
    [1, 5, 5],
    [50, 3, 15],
  ])) {
    const { directory, remove } = project(count);
    const times = [];
    for (let i = 0; i < runs; i++) {
      rmSync(join(directory, "cdk.out"), { recursive: true, force: true });
      const began = performance.now();
      const result = spawnSync(process.execPath, [rouse, "synth", "--out", "cdk.out"], { cwd: directory, encoding: "utf8" });
      if (result.status !== 0) throw new Error(result.stderr);
      times.push((performance.now() - began) / 1000);
    }
    remove();
    report(`synth.${count}-leaves`, times, { unit: "s", atMost });
  }
}
