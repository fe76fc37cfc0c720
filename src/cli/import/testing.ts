import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadProject, type Project } from "../../config/index.ts";
import { Folders, rouseHere, type Ran } from "../testing.ts";

/** For tests of `rouse import`. */

/** Folders of a test file; it removes them. */
export const folders = new Folders();

export const read = (directory: string, path: string): string => readFileSync(join(directory, path), "utf8");
export const yaml = (directory: string, path: string): unknown => parse(read(directory, path));

/** Imports all files of a new folder into its folder `out`. */
export async function imported(files: Record<string, string>, ...flags: string[]): Promise<Ran & { directory: string; out: string }> {
  const directory = folders.with(files);
  const names = Object.keys(files).filter((name) => name !== "Dockerfile");
  const ran = await rouseHere(["import", ...names, "--out", "out", ...flags], { directory });
  return { ...ran, directory, out: join(directory, "out") };
}

export async function loaded(directory: string, environment: string, env: Record<string, string> = {}): Promise<Project> {
  const project = await loadProject({ directory, environment, env });
  if (!project.ok) throw new Error(JSON.stringify(project.problems, null, 1));
  return project.project;
}
