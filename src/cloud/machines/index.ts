import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { findDockerRuntime } from "./docker/index.ts";
import { createProcessRuntime } from "./process/index.ts";
import type { ContainerRuntime } from "./runtime.ts";

/**
 * What runs containers on this machine: the container engine that answers at `DOCKER_HOST` or at a usual socket, else child
 * processes. @throws Error when `kind` asks for Docker and none answers.
 */
export async function chooseRuntime(options: {
  kind?: "docker" | "process" | "auto";
  dataDir: string;
  env?: NodeJS.ProcessEnv;
}): Promise<ContainerRuntime> {
  const kind = options.kind ?? "auto";
  if (kind === "process") return createProcessRuntime();
  const docker = await findDockerRuntime({ cloudId: cloudId(options.dataDir), env: options.env });
  if (docker) return docker;
  if (kind === "docker")
    throw new Error("no container engine answers: start Docker or Podman, or set DOCKER_HOST, or use child processes (--runtime process)");
  return createProcessRuntime();
}

/** Names the cloud of a data folder in container labels. */
export const cloudId = (dataDir: string): string => createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 16);
