import type { ContainerCreateOptions } from "dockerode";
import type { ContainerSpec } from "../runtime.ts";

const MIB = 1024 * 1024;

/** What the Docker Engine API takes for a spec. `publish`: each port at a free port of 127.0.0.1. */
export function createOptions(spec: ContainerSpec, options: { publish: boolean; labels: Record<string, string> }): ContainerCreateOptions {
  const ports = spec.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  return {
    name: spec.name,
    Image: spec.image,
    Cmd: spec.command,
    Entrypoint: spec.entryPoint,
    WorkingDir: spec.workingDirectory,
    User: spec.user,
    Hostname: spec.hostname,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels, ...options.labels },
    Tty: spec.engine?.tty ?? false,
    OpenStdin: spec.engine?.openStdin ?? false,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    // ECS ignores a health check of the image; it runs only the one of the task definition (API_HealthCheck).
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      Memory: spec.memory ? spec.memory * MIB : undefined,
      MemoryReservation: spec.memoryReservation ? spec.memoryReservation * MIB : undefined,
      CpuShares: spec.cpu && spec.cpu > 1 ? spec.cpu : undefined,
      PortBindings: options.publish ? Object.fromEntries(ports.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: "" }]])) : undefined,
      Binds: spec.mounts.map((mount) => `${mount.hostPath}:${mount.containerPath}${mount.readOnly ? ":ro" : ""}`),
      LogConfig: { Type: "none", Config: {} },
      ...engineOptions(spec),
    },
  };
}

function engineOptions(spec: ContainerSpec): ContainerCreateOptions["HostConfig"] {
  const engine = spec.engine ?? {};
  return {
    Privileged: engine.privileged,
    ReadonlyRootfs: engine.readonlyRootFilesystem,
    Init: engine.init,
    Dns: engine.dnsServers,
    DnsSearch: engine.dnsSearchDomains,
    ExtraHosts: engine.extraHosts,
    Ulimits: engine.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    CapAdd: engine.capAdd,
    CapDrop: engine.capDrop,
    Sysctls: engine.sysctls,
    ShmSize: engine.sharedMemory ? engine.sharedMemory * MIB : undefined,
    Tmpfs: engine.tmpfs,
    SecurityOpt: engine.securityOptions,
  };
}
