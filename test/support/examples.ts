import { readdirSync } from "node:fs";
import { join } from "node:path";
import { formatProblems, loadProject, type Project } from "../../src/config/index.ts";
import { root } from "./deployed.ts";

/** The projects that stand in this repository to be copied: its own, and each folder of examples/. */
export const EXAMPLES: readonly { name: string; directory: string }[] = [
  { name: "root", directory: root },
  ...readdirSync(join(root, "examples")).map((name) => ({ name, directory: join(root, "examples", name) })),
];

/** The environments that every example has. */
export const ENVIRONMENTS = ["local", "staging", "prod"];

/** @throws Error with what is wrong in its files */
export async function loadExample(directory: string, environment: string): Promise<Project> {
  const loaded = await loadProject({ directory, environment, env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, { color: false }));
  return loaded.project;
}
