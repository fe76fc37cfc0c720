import { existsSync } from "node:fs";
import { request } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where a container engine may answer: a Unix socket, or what `DOCKER_HOST` says otherwise (tcp, with or without TLS; ssh). */
export interface EngineAddress {
  socketPath?: string;
  /** Of `DOCKER_HOST`, when it is not a Unix socket. */
  url?: string;
}

/** How long an engine may take to answer when it is looked for, ms of the host. */
const DETECTION_MS = 300;

/** The places to look, in order; `DOCKER_HOST` alone when it is set. */
export function engineAddresses(env: NodeJS.ProcessEnv = process.env): EngineAddress[] {
  const host = env.DOCKER_HOST;
  if (host) return [host.startsWith("unix://") ? { socketPath: host.slice("unix://".length) } : { url: host }];
  const sockets = [
    "/var/run/docker.sock",
    join(homedir(), ".docker/run/docker.sock"), // Docker Desktop without its privileged helper
    join(homedir(), ".orbstack/run/docker.sock"),
    join(homedir(), ".colima/default/docker.sock"),
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, "docker.sock"), join(env.XDG_RUNTIME_DIR, "podman/podman.sock")] : []),
    "/run/podman/podman.sock",
  ];
  return sockets.filter((path) => existsSync(path)).map((socketPath) => ({ socketPath }));
}

/** The version that the engine at this address tells of itself; undefined when none answers within 300 ms. */
export function engineVersion(address: EngineAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const none = (): void => resolve(undefined);
    const target = requestTarget(address);
    if (!target) return none();
    const asked = request({ ...target, path: "/version", timeout: DETECTION_MS, signal: AbortSignal.timeout(DETECTION_MS) }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("error", none);
      response.on("end", () => resolve(versionIn(body)));
    });
    asked.on("error", none);
    asked.on("timeout", () => asked.destroy());
    asked.end();
  });
}

function requestTarget(address: EngineAddress): { socketPath: string } | { host: string; port: number } | undefined {
  if (address.socketPath) return { socketPath: address.socketPath };
  const url = parseUrl(address.url ?? "");
  // TLS and ssh are for dockerode; they are not looked at before they are used.
  if (!url || !["tcp:", "http:"].includes(url.protocol)) return undefined;
  return { host: url.hostname, port: Number(url.port || 2375) };
}

function versionIn(body: string): string | undefined {
  try {
    const { Version: version } = JSON.parse(body) as { Version?: string };
    return version;
  } catch {
    return undefined;
  }
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
