import { type Leaf, nearest, type Project } from "../config/index.ts";
import { type Connection, connectionTo } from "../operate/environment.ts";
import { explainError, isUnreachable } from "../operate/explain.ts";
import { type CliContext, UserError } from "./command.ts";
import { readEndpoints } from "./endpoints.ts";
import { openProject } from "./project.ts";

/** A project and the environment that a command is about. */
export interface Target {
  project: Project;
  connection: Connection;
}

/** @throws UserError when the configuration has mistakes, or when the embedded cloud of `local` does not run */
export async function openTarget(context: CliContext, options: Record<string, unknown>): Promise<Target> {
  const { project } = await openProject(context, options);
  if (project.environment.name !== "local") return { project, connection: connectionTo(project, undefined) };
  const endpoints = readEndpoints(project.directory);
  if (!endpoints) throw notRunning(project);
  return { project, connection: connectionTo(project, endpoints) };
}

export function notRunning(project: Project): UserError {
  return new UserError(`no embedded cloud runs for ${project.directory}\nStart it with: rouse up   (or name another environment: --env prod)`, 1);
}

/** @throws UserError naming the leaves that there are, and the one that was meant */
export function findLeaf(project: Project, name: string): Leaf {
  const leaf = project.leaves.find((candidate) => candidate.name === name);
  if (leaf) return leaf;
  const names = project.leaves.map((candidate) => candidate.name);
  if (names.length === 0) throw new UserError(`there is no leaf ${name}; this project has none yet: write one into ${project.directory}/leaves`);
  const meant = nearest(name, names);
  throw new UserError(`there is no leaf ${name}; this project has ${names.join(", ")}${meant === undefined ? "" : `\nDid you mean ${meant}?`}`);
}

/** Turns what the SDK throws into something to act on. */
export async function withAws<T>(project: Project, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof UserError) throw error;
    // A process that was killed left its address, and its number is in use again.
    if (project.environment.name === "local" && isUnreachable(error)) throw notRunning(project);
    // As everywhere: without credentials the input is wrong (docs/command-line.md), and what AWS says against it did not work out.
    const exitCode = error.name === "CredentialsProviderError" ? 2 : 1;
    throw new UserError(explainError(error, project).replace(/^The(?=re | embedded)/, "the"), exitCode);
  }
}
