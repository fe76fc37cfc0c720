import type Docker from "dockerode";
import type { Container, ContainerInspectInfo } from "dockerode";
import { within } from "../host-time.ts";
import { type ContainerExit, type ContainerSpec, type ContainerStats, type RunningContainer, RuntimeError } from "../runtime.ts";
import { createOptions } from "./create-options.ts";
import { engineMessage } from "./image.ts";
import { readOutput } from "./log-stream.ts";

/** How long output may still come after a container has ended, ms of the host. */
const LAST_OUTPUT_MS = 2000;

export interface RunOptions {
  labels: Record<string, string>;
  /** The containers' own addresses can be reached from here, so that no port need be published. */
  bridged: boolean;
}

/** Creates and starts a container. It is removed once it has ended. */
export async function runContainer(docker: Docker, spec: ContainerSpec, options: RunOptions): Promise<RunningContainer> {
  const container = await create(docker, spec, options);
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = readOutput(stream, spec.engine?.tty ?? false, spec.onLine);
    const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    ended.catch(() => {}); // Looked at below, when the container has started.
    await container.start();
    const info = await container.inspect();
    return running(docker, container, info, { spec, options, exited: exitOf(container, ended, output) });
  } catch (error) {
    await container.remove({ force: true, v: true }).catch(() => {});
    throw new RuntimeError("CannotStartContainerError", `Error response from daemon: ${engineMessage(error)}`);
  }
}

async function create(docker: Docker, spec: ContainerSpec, options: RunOptions): Promise<Container> {
  try {
    return await docker.createContainer(createOptions(spec, { publish: !options.bridged, labels: options.labels }));
  } catch (error) {
    throw new RuntimeError("CannotCreateContainerError", `Error response from daemon: ${engineMessage(error)}`);
  }
}

function running(
  docker: Docker,
  container: Container,
  info: ContainerInspectInfo,
  more: { spec: ContainerSpec; options: RunOptions; exited: Promise<ContainerExit> },
): RunningContainer {
  // Only `inspect` of the image's configuration knows STOPSIGNAL; the type leaves it out.
  const stopSignal = (info.Config as { StopSignal?: string }).StopSignal ?? "SIGTERM";
  const signal = async (name: string): Promise<void> => {
    await container.kill({ signal: name }).catch(() => {}); // It has ended already.
  };
  return {
    id: container.id,
    endpoints: endpointsOf(info, more.spec, more.options.bridged),
    proxied: !more.options.bridged,
    imageDigest: info.Image,
    exited: more.exited,
    terminate: () => signal(stopSignal),
    kill: () => signal("SIGKILL"),
    exec: (command, timeoutMs) => within(timeoutMs, execute(docker, container, command)).catch(() => undefined),
    stats: () => statsOf(container),
  };
}

function endpointsOf(info: ContainerInspectInfo, spec: ContainerSpec, bridged: boolean): RunningContainer["endpoints"] {
  const endpoints: RunningContainer["endpoints"] = new Map();
  for (const { containerPort, protocol } of spec.ports) {
    const key = `${containerPort}/${protocol}`;
    const published = Number(info.NetworkSettings.Ports[key]?.[0]?.HostPort ?? 0);
    endpoints.set(
      key,
      bridged ? { host: info.NetworkSettings.Networks.bridge?.IPAddress ?? "", port: containerPort } : { host: "127.0.0.1", port: published },
    );
  }
  return endpoints;
}

async function exitOf(container: Container, ended: Promise<{ StatusCode: number }>, output: Promise<void>): Promise<ContainerExit> {
  const exit: ContainerExit = { exitCode: 137 };
  try {
    exit.exitCode = (await ended).StatusCode;
    await within(LAST_OUTPUT_MS, output);
    if ((await container.inspect()).State.OOMKilled) {
      exit.oomKilled = true;
      exit.reason = "OutOfMemoryError: Container killed due to memory usage";
    }
  } catch (error) {
    exit.reason = `the container engine is gone: ${engineMessage(error)}`;
  }
  await container.remove({ force: true, v: true }).catch(() => {});
  return exit;
}

async function execute(docker: Docker, container: Container, command: string[]): Promise<number | undefined> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  stream.resume();
  await new Promise<void>((resolve) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  return (await docker.getExec(exec.id).inspect()).ExitCode ?? undefined;
}

async function statsOf(container: Container): Promise<ContainerStats | undefined> {
  try {
    const stats = await container.stats({ stream: false, "one-shot": true });
    const cache = stats.memory_stats.stats as { inactive_file?: number; total_inactive_file?: number } | undefined;
    return {
      cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9,
      memoryBytes: Math.max(0, (stats.memory_stats.usage ?? 0) - (cache?.inactive_file ?? cache?.total_inactive_file ?? 0)),
    };
  } catch {
    return undefined; // It has ended.
  }
}
