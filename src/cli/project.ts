import { resolve } from "node:path";
import { formatProblems, loadProject, type Project } from "../config/index.ts";
import { type CliContext, UserError } from "./command.ts";
import { isColored } from "./paint.ts";

/** A project that was read without a mistake, and every file that it was read from. */
export interface LoadedProject {
  project: Project;
  files: string[];
}

/** Reads rouse.yaml and the leaves. @throws UserError with every mistake, exit code 2 */
export async function openProject(context: CliContext, options: { dir?: unknown; env?: unknown }): Promise<LoadedProject> {
  const { directory, environment } = whatIsMeant(context, options);
  const result = await loadProject({ directory, environment, env: context.env });
  if (result.ok) return { project: result.project, files: result.files };
  throw new UserError(
    `${result.problems.length === 1 ? "one mistake" : `${result.problems.length} mistakes`} in ${directory}\n\n${formatProblems(result.problems, { color: isColored(context, "stderr") })}`,
  );
}

/** The project's folder and the environment, as the options say or by default. */
export const whatIsMeant = (context: CliContext, options: { dir?: unknown; env?: unknown }): { directory: string; environment: string } => ({
  directory: resolve(context.directory, typeof options.dir === "string" ? options.dir : "."),
  environment: typeof options.env === "string" ? options.env : "local",
});
