import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "../config/index.ts";
import { UserError } from "./command.ts";

/** Where the build put what stands beside the command line: `dist/` itself. */
export const distFolder = fileURLToPath(new URL(".", import.meta.url));
export const functionsFolder = join(distFolder, "functions");

/**
 * Makes sure that the assembly in `out` is of this project, and synthesizes in a process of its own where it is not: the
 * CDK takes 150 MiB that a long-running `rouse up` need not keep.
 * @returns whether it had to be synthesized
 * @throws UserError with what the synthesis printed
 */
export async function ensureAssembly(project: Project, out: string, signal?: AbortSignal, given: SynthInput = process.env): Promise<boolean> {
  const keyFile = join(out, "rouse-key");
  const key = assemblyKey(project, given);
  if (existsSync(join(out, "manifest.json")) && existsSync(keyFile) && readFileSync(keyFile, "utf8") === key) return false;
  await synthesize(project, out, signal, given);
  writeFileSync(keyFile, key);
  return true;
}

/** What a synthesis is told besides the files, in the words of the `cdk` command line. */
export interface SynthInput {
  /** What was looked up in the account (an existing network). */
  CDK_CONTEXT_JSON?: string | undefined;
  /** Where an environment goes that names no account. */
  CDK_DEFAULT_ACCOUNT?: string | undefined;
}

/** Changes whenever the assembly could: with the configuration, a build folder, or Rouse itself. */
function assemblyKey(project: Project, given: SynthInput): string {
  const hash = createHash("sha256").update(JSON.stringify(project));
  for (const leaf of project.leaves) if ("build" in leaf && leaf.build) hashFolder(hash, leaf.build.context);
  const stamp = join(distFolder, ".built");
  hash.update(JSON.stringify([given.CDK_CONTEXT_JSON ?? "", given.CDK_DEFAULT_ACCOUNT ?? ""]));
  hash.update(existsSync(stamp) ? String(statSync(stamp).mtimeMs) : "unbuilt");
  return hash.digest("hex");
}

function hashFolder(hash: ReturnType<typeof createHash>, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => a.name.localeCompare(b.name))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hashFolder(hash, path);
    else if (entry.isFile()) hash.update(`${path}\0${statSync(path).size}\0${statSync(path).mtimeMs}\0`);
  }
}

function synthesize(project: Project, out: string, signal: AbortSignal | undefined, given: SynthInput): Promise<void> {
  const { CDK_CONTEXT_JSON, CDK_DEFAULT_ACCOUNT } = given;
  const env = { ...process.env, ...(CDK_CONTEXT_JSON ? { CDK_CONTEXT_JSON } : {}), ...(CDK_DEFAULT_ACCOUNT ? { CDK_DEFAULT_ACCOUNT } : {}) };
  const args = [join(distFolder, "synth.js"), project.directory, project.environment.name, out];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], ...(signal ? { signal } : {}) });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(signal?.aborted ? new UserError("interrupted", 130) : error));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new UserError(`synthesis failed\n${output.trim()}`, code === 2 ? 2 : 1))));
  });
}
