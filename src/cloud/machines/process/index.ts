import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { statSync } from "node:fs";
import { within } from "../host-time.ts";
import { lineSplitter } from "../lines.ts";
import { type ContainerExit, type ContainerRuntime, type ContainerSpec, type RunningContainer, RuntimeError } from "../runtime.ts";
import { type Watchdog, startWatchdog } from "../watchdog.ts";
import { freePort } from "./free-port.ts";
import { processCommand } from "./label.ts";
import { groupStats } from "./stats.ts";

/** How long output may still come after a process has ended, ms of the host. */
const LAST_OUTPUT_MS = 500;

/**
 * Runs child processes where no container engine is installed: the command of the container's label `dev.rouse.process`,
 * without a shell, in a process group of its own so that everything it starts ends with it.
 *
 * The process gets the container's environment and `PATH`; `PORT` is a free port that it must listen on in place of its
 * first container port, `PORT_<containerPort>` the same for each; `ROUSE_VOLUME_<NAME>` is the folder of each volume.
 */
export function createProcessRuntime(): ContainerRuntime {
  const running = new Map<number, RunningContainer>();
  const watchdog = startWatchdog();
  return {
    kind: "process",
    description: "child processes (no container engine)",
    start: () => Promise.resolve(),
    stop: async () => {
      await Promise.all([...running.values()].map((one) => one.kill().then(() => within(2000, one.exited))));
      watchdog.close();
    },
    ensureImage: async (image, labels) => void processCommand(image, labels),
    build: () => Promise.reject(new Error("there is no container engine to build an image with; the containers run as child processes")),
    imageInfo: () => Promise.resolve(undefined),
    run: async (spec) => {
      const ports = await portsFor(spec);
      const container = await startProcess(spec, ports, watchdog);
      const pid = Number(container.id.slice("pid-".length));
      running.set(pid, container);
      void container.exited.then(() => running.delete(pid));
      return container;
    },
  };
}

async function portsFor(spec: ContainerSpec): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const { containerPort, protocol } of spec.ports) ports.set(`${containerPort}/${protocol}`, await freePort(protocol));
  return ports;
}

/** The environment of the process. Exported for its test. */
export function environmentOf(spec: ContainerSpec, ports: Map<string, number>): Record<string, string> {
  const environment: Record<string, string> = { PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin", ...spec.environment };
  const first = [...ports.values()][0];
  if (first !== undefined) environment.PORT = String(first);
  for (const [key, port] of ports) {
    const [containerPort, protocol] = key.split("/");
    const name = `PORT_${containerPort}`;
    // One container port may be mapped for both protocols; the TCP one has the plain name.
    if (protocol === "udp" && spec.ports.some((p) => String(p.containerPort) === containerPort && p.protocol === "tcp"))
      environment[`${name}_UDP`] = String(port);
    else environment[name] = String(port);
  }
  for (const mount of spec.mounts) environment[`ROUSE_VOLUME_${mount.volume.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`] = mount.hostPath;
  return environment;
}

async function startProcess(spec: ContainerSpec, ports: Map<string, number>, watchdog: Watchdog): Promise<RunningContainer> {
  const { command, directory } = processCommand(spec.image, spec.labels);
  if (!isFolder(directory)) throw new RuntimeError("CannotStartContainerError", `the process command's directory ${directory} is not there`);
  const env = environmentOf(spec, ports);
  const child = spawn(command[0]!, command.slice(1), {
    cwd: directory,
    env,
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  await started(child, command[0]!);
  const pid = child.pid!;
  watchdog.add("group", String(pid));
  const exited = exitOf(child, spec.onLine).finally(() => watchdog.remove("group", String(pid)));
  return {
    id: `pid-${pid}`,
    endpoints: new Map([...ports].map(([key, port]) => [key, { host: "127.0.0.1", port }])),
    proxied: false,
    exited,
    terminate: async () => void signalGroup(pid, "SIGTERM"),
    kill: async () => void signalGroup(pid, "SIGKILL"),
    exec: (check, timeoutMs) => execute(check, { cwd: directory, env }, timeoutMs),
    stats: () => groupStats(pid),
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function started(child: ChildProcess, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve());
    child.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? `exec: "${command}": executable file not found in $PATH` : error.message;
      reject(new RuntimeError("CannotStartContainerError", why));
    });
  });
}

/** Settles when the process has ended and its output is read; whatever it left running in its group ends with it. */
function exitOf(child: ChildProcess, onLine: (line: string) => void): Promise<ContainerExit> {
  for (const stream of [child.stdout!, child.stderr!]) {
    const lines = lineSplitter(onLine);
    stream.on("data", lines.push);
    stream.on("end", lines.end);
  }
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      signalGroup(child.pid!, "SIGKILL");
      void within(LAST_OUTPUT_MS, closed).then(() => resolve({ exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0) }));
    });
  });
}

/** False when there is no such group any more. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
    return true;
  } catch {
    return false;
  }
}

function execute(command: string[], options: { cwd: string; env: Record<string, string> }, timeoutMs: number): Promise<number | undefined> {
  const child = spawn(command[0]!, command.slice(1), { ...options, detached: process.platform !== "win32", stdio: "ignore" });
  const code = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (exitCode) => resolve(exitCode ?? 128));
  });
  return within(timeoutMs, code).then((result) => {
    if (result === undefined && child.pid) signalGroup(child.pid, "SIGKILL");
    return result;
  });
}
