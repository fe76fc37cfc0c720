import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadProject } from "../config/index.ts";
import { synth } from "../stacks/synth.ts";

/** `node synth.js <directory> <environment> <out>`: one synthesis, in a process of its own. */
const [directory, environment, out] = process.argv.slice(2);
if (!directory || !environment || !out) throw new Error("usage: synth.js <directory> <environment> <out>");

const loaded = await loadProject({ directory, environment, env: process.env });
if (!loaded.ok) throw new Error(loaded.problems.map((problem) => `${problem.file}:${problem.line}: ${problem.message}`).join("\n"));
try {
  synth(loaded.project, resolve(out), fileURLToPath(new URL("functions", import.meta.url)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
