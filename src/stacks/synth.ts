import type { Project } from "../config/schema.ts";
import { buildApp } from "./app.ts";

/**
 * Synthesizes a project into a cloud assembly.
 * @param outdir folder of the assembly; where undefined, what the cdk CLI says (CDK_OUTDIR)
 * @param functionsDir folder with the functions' bundles
 * @returns the assembly's folder
 */
export function synth(project: Project, outdir: string | undefined, functionsDir: string): string {
  return buildApp(project, { outdir, functionsDir }).synth().directory;
}
