import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { project, report, rouse, up } from "./support.mjs";

const RUNS = 5;

/** `rouse deploy --env local` as a whole process into a running `rouse up`, of a project that has not changed. */
export async function run() {
  const two = project(2);
  const cloud = await up(two.directory, ["--runtime", "process"]);
  const deploy = () => {
    const began = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [rouse, "deploy", "--env", "local"], { cwd: two.directory, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    if (!stderr.includes("Nothing to deploy")) throw new Error(`something changed\n${stderr}`);
    return (performance.now() - began) / 1000;
  };
  try {
    deploy();
    const synthesized = [];
    const upToDate = [];
    for (let i = 0; i < RUNS; i++) {
      // Without its key the assembly is made anew, and comes out the same.
      rmSync(join(two.directory, ".rouse", "local", "cdk.out", "rouse-key"));
      synthesized.push(deploy());
      upToDate.push(deploy());
    }
    report("deploy.local", synthesized, { unit: "s", atMost: 6, note: "2 leaves, unchanged, synthesis included" });
    report("deploy.local.without-synthesis", upToDate, { unit: "s", atMost: 1, note: "2 leaves, unchanged: all that is not synthesis" });
  } finally {
    await cloud.stop();
    two.remove();
  }
}
