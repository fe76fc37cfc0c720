import type Docker from "dockerode";
import { networkInterfaces } from "node:os";
import { within } from "../host-time.ts";
import { CLOUD_LABEL, type ContainerRuntime, type RunningContainer } from "../runtime.ts";
import { type Watchdog, startWatchdog } from "../watchdog.ts";
import { runContainer } from "./container.ts";
import { build, imageInfo, pull } from "./image.ts";
import { type EngineAddress, engineAddresses, engineVersion } from "./socket.ts";

/** Containers of the engine that answers here; undefined when none does within 300 ms. Never throws. */
export async function findDockerRuntime(options: { cloudId: string; env?: NodeJS.ProcessEnv }): Promise<ContainerRuntime | undefined> {
  for (const address of engineAddresses(options.env)) {
    const version = await engineVersion(address);
    if (version) return createDockerRuntime({ address, version, cloudId: options.cloudId });
  }
  return undefined;
}

interface Engine {
  docker: Docker;
  /** See `RunOptions`. */
  bridged: boolean;
}

function createDockerRuntime(options: { address: EngineAddress; version: string; cloudId: string }): ContainerRuntime {
  const { address, cloudId } = options;
  const running = new Set<RunningContainer>();
  const watchdog: Watchdog = startWatchdog(address.socketPath);
  let connected: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (connected ??= connect(address));
  return {
    kind: "docker",
    description: `Docker ${options.version} at ${address.socketPath ?? address.url}`,
    start: async () => removeLeftovers((await engine()).docker, cloudId),
    stop: async () => {
      await Promise.all([...running].map((one) => one.kill().then(() => within(5000, one.exited))));
      if (connected) await removeLeftovers((await connected).docker, cloudId);
      watchdog.close();
    },
    ensureImage: async (image, _labels, credentials) => {
      const { docker } = await engine();
      if (!(await imageInfo(docker, image))) await pull(docker, image, credentials);
    },
    build: async (folder, tag, buildOptions = {}) => build((await engine()).docker, folder, tag, buildOptions),
    imageInfo: async (image) => imageInfo((await engine()).docker, image),
    run: async (spec) => {
      const { docker, bridged } = await engine();
      const container = await runContainer(docker, spec, { bridged, labels: { [CLOUD_LABEL]: cloudId } });
      running.add(container);
      watchdog.add("container", container.id);
      void container.exited.finally(() => {
        running.delete(container);
        watchdog.remove("container", container.id);
      });
      return container;
    },
  };
}

async function connect(address: EngineAddress): Promise<Engine> {
  // Loaded here, because it takes 200 ms that a machine without an engine need not spend.
  const { default: Dockerode } = await import("dockerode");
  const docker = address.socketPath ? new Dockerode({ socketPath: address.socketPath }) : new Dockerode();
  return { docker, bridged: await isBridged(docker) };
}

/**
 * Whether the addresses of the engine's default bridge can be reached from this machine: they can where the bridge's own
 * address is one of this machine's, not where the engine is elsewhere or in a virtual machine. It saves publishing the
 * ports, which costs a proxy process for each and some 50 ms.
 */
async function isBridged(docker: Docker): Promise<boolean> {
  try {
    const network = (await docker.getNetwork("bridge").inspect()) as { IPAM?: { Config?: { Gateway?: string; Subnet?: string }[] } };
    const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)));
    return (network.IPAM?.Config ?? []).some(({ Gateway, Subnet }) => own.has(Gateway ?? firstAddress(Subnet)));
  } catch {
    return false;
  }
}

/** The bridge's own address where `inspect` does not tell it: the first of its network. */
const firstAddress = (subnet = ""): string => subnet.replace(/\.0\/\d+$/, ".1");

async function removeLeftovers(docker: Docker, cloudId: string): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { label: [`${CLOUD_LABEL}=${cloudId}`] } });
  await Promise.all(
    left.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => {}),
    ),
  );
}
