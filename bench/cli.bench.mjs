import { spawnSync } from "node:child_process";
import { project, report, rouse, up } from "./support.mjs";

const RUNS = 11;

/**
 * Milliseconds that the command line takes from start to end, once what it reads is in the disk cache.
 * @param {string} directory
 * @param {string[]} args
 */
function timed(directory, args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [rouse, ...args], { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(`rouse ${args.join(" ")} ended with ${status}\n${stderr}`);
  return performance.now() - began;
}

/** Commands that need no CDK. Of the status, what the cloud itself takes to answer is part. */
export async function run() {
  const two = project(2);
  const cloud = await up(two.directory, ["--runtime", "process"]);
  try {
    for (const [name, args, note] of /** @type {[string, string[], string?][]} */ ([
      ["cli.help", ["--help"]],
      ["cli.validate", ["validate"], "2 leaves"],
      ["cli.status", ["status"], "2 leaves, the cloud's answers included"],
    ])) {
      timed(two.directory, args);
      const values = Array.from({ length: RUNS }, () => timed(two.directory, args));
      report(name, values, { unit: "ms", atMost: 400, note });
    }
  } finally {
    await cloud.stop();
    two.remove();
  }
}
