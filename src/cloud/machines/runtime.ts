/**
 * What runs containers on this machine: the Docker Engine API, or plain child processes where no container engine is
 * installed. ECS knows only this interface.
 */

import type { Forward, ForwardSpec } from "./forwarder/index.ts";
import type { Clock } from "../core/clock.ts";

export type PortProtocol = "tcp" | "udp";

/** A folder of this machine that the container sees at `containerPath`. */
export interface Mount {
  /** The task definition's name of the volume. */
  volume: string;
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
}

/** One container to run. Whoever starts it has already checked that it may. */
export interface ContainerSpec {
  /** Unique on this machine; letters, digits and dashes. */
  name: string;
  image: string;
  command?: string[];
  entryPoint?: string[];
  workingDirectory?: string;
  user?: string;
  hostname?: string;
  environment: Record<string, string>;
  labels: Record<string, string>;
  /** Ports that the container listens on. */
  ports: { containerPort: number; protocol: PortProtocol }[];
  mounts: Mount[];
  /** Hard limit, MiB. */
  memory?: number;
  /** Soft limit, MiB. */
  memoryReservation?: number;
  /** CPU units (1024 = one core), as shares. */
  cpu?: number;
  /** `tty`, `stdin`, `privileged`, … as the Docker Engine has them. Child processes ignore them. */
  engine?: {
    privileged?: boolean;
    readonlyRootFilesystem?: boolean;
    init?: boolean;
    tty?: boolean;
    openStdin?: boolean;
    dnsServers?: string[];
    dnsSearchDomains?: string[];
    /** `host:address`. */
    extraHosts?: string[];
    ulimits?: { name: string; soft: number; hard: number }[];
    capAdd?: string[];
    capDrop?: string[];
    sysctls?: Record<string, string>;
    /** MiB. */
    sharedMemory?: number;
    tmpfs?: Record<string, string>;
    securityOptions?: string[];
  };
  /** Gets each line of standard output and error, without its line break. */
  onLine: (line: string) => void;
}

/** How a container ended. `reason` only where there is something to say. */
export interface ContainerExit {
  exitCode: number;
  reason?: string;
  oomKilled?: boolean;
}

/** Measured use of a container. */
export interface ContainerStats {
  /** Seconds of CPU used since the start. */
  cpuSeconds: number;
  /** Bytes of memory in use. */
  memoryBytes: number;
}

/** A container that runs, or has run. */
export interface RunningContainer {
  /** The engine's id, or `pid-<pid>`. */
  id: string;
  /** Where each of the spec's ports can be reached from this process. Key: `<containerPort>/<protocol>`. */
  endpoints: Map<string, { host: string; port: number }>;
  /** Something between here and the container accepts connections before the container does (Docker's userland proxy). */
  proxied: boolean;
  imageDigest?: string;
  /** Settles once, never rejects. */
  exited: Promise<ContainerExit>;
  /** Asks it to end, with its image's stop signal or SIGTERM. Resolves when the signal is sent. */
  terminate(): Promise<void>;
  /** Ends it at once (SIGKILL), with all its descendants. */
  kill(): Promise<void>;
  /** Runs a command inside, with the container's environment. Its exit code; undefined after `timeoutMs` of host time. */
  exec(command: string[], timeoutMs: number): Promise<number | undefined>;
  stats(): Promise<ContainerStats | undefined>;
}

/** Milliseconds of the cloud's time. */
export interface MachinePhases {
  /** From `pending` to `running`, and from there until its agent has registered. */
  instanceBoot(instance: PhaseOf): number;
  agentStart(instance: PhaseOf): number;
  /** From `shutting-down` to `terminated`. */
  instanceStop(instance: PhaseOf): number;
  /** Of a task of Fargate, before its images are pulled: capacity and network interface. */
  taskProvision(task: { family: string }): number;
}

/** An instance, as far as its times depend on it. */
export interface PhaseOf {
  instanceType: string;
  tags: Record<string, string>;
}

/** A machine's way to run containers. */
export interface ContainerRuntime {
  /** `model`: nothing runs; what containers would do, and how long it takes, is computed. */
  readonly kind: "docker" | "process" | "model";
  /** Says in one line what it is, for people: `Docker 28.2.2 at /var/run/docker.sock`. */
  readonly description: string;
  /** Ends what an earlier run of this cloud has left over. */
  start(): Promise<void>;
  /** Ends everything that it started. */
  stop(): Promise<void>;
  /**
   * Makes sure that the image is there. @param credentials of its registry, where that wants some
   * @throws RuntimeError `CannotPullContainerError`, worded as ECS words it.
   */
  ensureImage(image: string, labels: Record<string, string>, credentials?: { username: string; password: string }): Promise<void>;
  /**
   * Builds an image from a folder with a Dockerfile (`.dockerignore` is honoured) and tags it.
   * @param onLine gets the engine's output. @throws RuntimeError when it fails; Error in the process runtime.
   */
  build(
    folder: string,
    tag: string,
    options?: { dockerfile?: string; buildArgs?: Record<string, string>; target?: string; onLine?: (line: string) => void },
  ): Promise<void>;
  /** An image that is on this machine: its id, which is a digest, and its size in bytes; undefined where it is not. */
  imageInfo(image: string): Promise<{ id: string; size: number } | undefined>;
  /** @throws RuntimeError `CannotStartContainerError` or `CannotCreateContainerError`. */
  run(spec: ContainerSpec): Promise<RunningContainer>;
  /** Opens a port of an instance or a task in place of this machine's own. Absent: sockets of this machine. */
  openForward?(spec: ForwardSpec): Promise<Forward>;
  /** Whether a container serves at one of its endpoints; undefined where that has to be asked over the network. */
  serves?(endpoint: { host: string; port: number }): boolean | undefined;
  /**
   * How long what is not a container's takes. Absent: as long as it takes this machine.
   * Whoever has this lets time pass while it works: a virtual clock must not be held for it.
   */
  readonly phases?: MachinePhases;
}

/** A container could not be pulled, created or started; `code` and `message` as the ECS agent reports them. */
export class RuntimeError extends Error {
  readonly code: "CannotPullContainerError" | "CannotCreateContainerError" | "CannotStartContainerError" | "ResourceInitializationError";

  constructor(code: RuntimeError["code"], message: string) {
    super(`${code}: ${message}`);
    this.name = "RuntimeError";
    this.code = code;
  }
}

/** The container label that says what to run where there is no container engine: JSON `{"command": [...], "directory": "..."}`. */
export const PROCESS_LABEL = "dev.rouse.process";

/** The container label under which a cloud finds its own containers again: the id of its data folder. */
export const CLOUD_LABEL = "dev.rouse.cloud";

/** Waits for work of a runtime: virtual time stands still meanwhile, unless it is the cloud's time that the work takes. */
export const worked = <T>(clock: Pick<Clock, "during">, runtime: Pick<ContainerRuntime, "kind">, work: Promise<T>): Promise<T> =>
  runtime.kind === "model" ? work : clock.during(work);
