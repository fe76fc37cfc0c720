import dockerignore from "@balena/dockerignore";
import type Docker from "dockerode";
import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import tar from "tar-fs";
import { RuntimeError } from "../runtime.ts";

/** What an error of the engine says, without dockerode's `(HTTP code 404) no such image -`. */
export function engineMessage(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message?: string };
  return (json?.message ?? message ?? String(error)).replace(/^\(HTTP code \d+\) [^-]*- /, "").trim();
}

export const isNotFound = (error: unknown): boolean => (error as { statusCode?: number }).statusCode === 404;

export async function imageInfo(docker: Docker, image: string): Promise<{ id: string; size: number } | undefined> {
  try {
    const { Id, Size } = await docker.getImage(image).inspect();
    return { id: Id, size: Size };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** @throws RuntimeError CannotPullContainerError, worded as the ECS agent words the engine's answer. */
export async function pull(docker: Docker, image: string, credentials?: { username: string; password: string }): Promise<void> {
  try {
    // Without a tag the engine would fetch every tag of the repository.
    const name = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
    await follow(docker, await docker.pull(name, credentials ? { authconfig: { ...credentials, serveraddress: image.split("/")[0]! } } : {}));
  } catch (error) {
    throw new RuntimeError("CannotPullContainerError", `Error response from daemon: ${engineMessage(error)}`);
  }
}

export interface BuildOptions {
  dockerfile?: string;
  buildArgs?: Record<string, string>;
  target?: string;
  onLine?: (line: string) => void;
}

/** Builds with the engine's classic builder, and with BuildKit when the Dockerfile needs that. */
export async function build(docker: Docker, folder: string, tag: string, options: BuildOptions): Promise<void> {
  const once = async (version: "1" | "2"): Promise<void> => {
    const stream = await docker.buildImage(buildContext(folder, options.dockerfile ?? "Dockerfile"), {
      t: tag,
      version,
      dockerfile: options.dockerfile,
      buildargs: options.buildArgs,
      target: options.target,
      rm: true,
    });
    await follow(docker, stream, options.onLine);
  };
  try {
    await once("1").catch((error: unknown) => {
      if (!/buildkit/i.test(engineMessage(error))) throw error;
      return once("2");
    });
  } catch (error) {
    throw new Error(`the image ${tag} could not be built from ${folder}: ${engineMessage(error)}`, { cause: error });
  }
}

/** The folder as a tar stream, without what its `.dockerignore` names. (dockerode applies that only to single entries.) */
function buildContext(folder: string, dockerfile: string): NodeJS.ReadableStream {
  const rules = (dockerignore as unknown as typeof dockerignore.default)({ ignorecase: false }).add(ignoreFile(folder));
  const needed = new Set([dockerfile, ".dockerignore"]);
  return tar.pack(folder, {
    ignore: (path) => {
      const name = relative(folder, path).split(sep).join("/");
      return name !== "" && !needed.has(name) && rules.ignores(name);
    },
  });
}

function ignoreFile(folder: string): string {
  try {
    return readFileSync(join(folder, ".dockerignore"), "utf8");
  } catch {
    return "";
  }
}

/** Reads a progress stream to its end; an error that it reports is thrown. */
function follow(docker: Docker, stream: NodeJS.ReadableStream, onLine?: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const finished = (error: Error | null): void => (error ? reject(error) : resolve());
    const progress = (event: { stream?: string; status?: string; error?: string }): void => {
      if (event.error) reject(new Error(event.error));
      for (const line of (event.stream ?? "").split("\n")) if (line.trim()) onLine?.(line.trimEnd());
    };
    docker.modem.followProgress(stream, finished, progress);
  });
}
