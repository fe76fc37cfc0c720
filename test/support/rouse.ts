import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./deployed.ts";

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A `rouse` process that runs. */
export interface Running {
  child: ChildProcess;
  /** What it has printed so far. */
  output: { stdout: string; stderr: string };
  ended: Promise<Ran>;
}

/** Starts the built command line as a process of its own. */
export function start(directory: string, args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [join(root, "bin", "rouse.js"), ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: directory, ...env },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<Ran>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  return { child, output, ended };
}

export const rouse = (directory: string, ...args: string[]): Promise<Ran> => start(directory, args).ended;

export const UP = ["up", "--runtime", "process", "--port", "0", "--dns-port", "0", "--http-port", "0", "--https-port", "0"];

export interface Endpoints {
  api: string;
  dns: string;
  loadBalancer?: string;
  pid: number;
}

export const endpointsFile = (directory: string): string => join(directory, ".rouse", "local", "endpoints.json");

/** `rouse up`, once it says that it is ready. @param project where it is not in that directory itself @throws Error with its output when it ends before */
export async function up(directory: string, args: string[] = UP, project = directory): Promise<Running & { endpoints: Endpoints }> {
  const running = start(directory, args);
  await Promise.race([
    running.ended.then(({ code, stdout, stderr }) => {
      throw new Error(`rouse up ended with ${code}\n${stdout}${stderr}`);
    }),
    printed(running, "stdout", "Ctrl-C"),
  ]);
  return { ...running, endpoints: JSON.parse(readFileSync(endpointsFile(project), "utf8")) as Endpoints };
}

/** Waits until a process has printed a text. */
export function printed({ child, output }: Running, where: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!output[where].includes(text)) return;
      child[where]?.off("data", look);
      resolve();
    };
    child[where]?.on("data", look);
    look();
  });
}
