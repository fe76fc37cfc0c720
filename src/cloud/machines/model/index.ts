import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Forward, ForwardSpec } from "../forwarder/index.ts";
import type { ContainerExit, ContainerRuntime, ContainerSpec, ContainerStats, MachinePhases, PortProtocol, RunningContainer } from "../runtime.ts";

/** The container's label with its task definition's family, as ECS agents set it. */
export const FAMILY_LABEL = "com.amazonaws.ecs.task-definition-family";

/** How long things take, in milliseconds of the cloud's time. Each is asked once for each time it happens. */
export interface MachineModel extends MachinePhases {
  imagePull(image: string, labels: Record<string, string>): number;
  /** From the pulled image to a process that runs. */
  containerStart(spec: ContainerSpec): number;
  /** From there until it serves and its health check passes. */
  untilServing(spec: ContainerSpec): number;
  /** From the stop signal to the end. */
  containerStop(spec: ContainerSpec): number;
  /** From its start until it ends by itself, with exit code 0; undefined: it never does. */
  runsFor(spec: ContainerSpec): number | undefined;
}

/** What became of containers, for whoever watches. */
export interface ModelWatcher {
  onRun?(spec: ContainerSpec): void;
  onServing?(spec: ContainerSpec): void;
  onExit?(spec: ContainerSpec): void;
}

/** A client's connection to a container of the model. */
export interface ModelConnection {
  /** False once the container, or the way to it, has gone. */
  readonly open: boolean;
  /** Bytes towards the container. They count as a forwarder counts them. */
  send(bytes: number): void;
}

export interface ModelRuntime extends ContainerRuntime {
  /** As a client does at an address and port. Undefined: nobody listens there, the container does not serve yet, or a security group is in the way. */
  connect(address: string, port: number, protocol: PortProtocol): ModelConnection | undefined;
}

interface Serving {
  readonly spec: ContainerSpec;
  serves: boolean;
  ended: boolean;
}

interface OpenPort {
  readonly forward: ForwardSpec;
  readonly container: Serving;
}

/** Payload of a packet, bytes: Ethernet's 1500 less the headers of IP and TCP. */
const PACKET = 1460;

/**
 * Runs no containers: it lets the times pass that a model gives for each step of their lives. Ports of instances are no sockets;
 * clients of the model reach them through `connect`. Only what a load balancer stands before is a real HTTP server of this process,
 * which answers 200 to everything once the container serves: the load balancer is the real one, and has to have somebody to ask.
 */
export function createModelRuntime(options: { clock: Clock; model: MachineModel; watcher?: ModelWatcher }): ModelRuntime {
  const { model } = options;
  const ports = new Map<string, OpenPort>();
  const running = new Map<string, RunningModel>();
  let nextPort = 32_768;
  return {
    kind: "model",
    description: "a model of containers: nothing runs",
    phases: model,
    start: () => Promise.resolve(),
    stop: async () => {
      await Promise.all([...running.values()].map((one) => one.kill()));
    },
    ensureImage: (image, labels) => options.clock.sleep(model.imagePull(image, labels)),
    build: () => Promise.resolve(),
    imageInfo: () => Promise.resolve(undefined),
    async run(spec) {
      await options.clock.sleep(model.containerStart(spec));
      const container = new RunningModel(options, spec, () => running.delete(container.id));
      running.set(container.id, container);
      await container.open();
      return container;
    },
    serves({ port }) {
      const found = [...running.values()].find((one) => [...one.endpoints.values()].some((endpoint) => endpoint.port === port));
      return found && found.state.serves && !found.state.ended;
    },
    openForward(forward) {
      // Every container has a target of its own.
      const container = [...running.values()].find((one) => one.has(forward.target))!.state;
      const port = forward.port || nextPort++;
      const key = keyOf(forward.address, port, forward.protocol);
      const opened = { forward, container };
      ports.set(key, opened);
      const closed: Forward = {
        port,
        reevaluate: () => Promise.resolve(),
        close: () => Promise.resolve(void (ports.get(key) === opened && ports.delete(key))),
      };
      return Promise.resolve(closed);
    },
    connect(address, port, protocol) {
      const key = keyOf(address, port, protocol);
      const found = ports.get(key);
      if (!found?.container.serves || found.container.ended || !found.forward.allowed()) return undefined;
      return {
        get open() {
          return ports.get(key) === found && !found.container.ended;
        },
        send(bytes) {
          if (ports.get(key) === found && !found.container.ended)
            found.forward.onTraffic({ in: bytes, out: bytes, packetsIn: Math.ceil(bytes / PACKET), packetsOut: Math.ceil(bytes / PACKET) });
        },
      };
    },
  };
}

/** What a container of the model is said to use. Nobody is to decide by it: it is there because a real one has such metrics. */
const CORES_IN_USE = 0.05;
const MEMORY_IN_USE = 64 * 1024 * 1024;

const keyOf = (address: string, port: number, protocol: PortProtocol): string => `${address}|${port}/${protocol}`;

let lastId = 0;

/** One container: it serves after a while, and ends when it is told to, or by itself. */
class RunningModel implements RunningContainer {
  readonly id = `model-${++lastId}`;
  readonly endpoints = new Map<string, { host: string; port: number }>();
  readonly proxied = false;
  readonly exited: Promise<ContainerExit>;
  readonly state: Serving;
  private readonly options: { clock: Clock; model: MachineModel; watcher?: ModelWatcher };
  private readonly onEnd: () => void;
  private readonly timers: Timer[] = [];
  private readonly began: number;
  private settle: (exit: ContainerExit) => void = () => {};
  private server: Server | undefined;

  constructor(options: { clock: Clock; model: MachineModel; watcher?: ModelWatcher }, spec: ContainerSpec, onEnd: () => void) {
    this.options = options;
    this.began = options.clock.now();
    this.state = { spec, serves: false, ended: false };
    this.onEnd = onEnd;
    this.exited = new Promise((resolve) => (this.settle = resolve));
  }

  /** Its ports, and the timers of its life. */
  async open(): Promise<void> {
    const { clock, model, watcher } = this.options;
    const { spec } = this.state;
    const tcp = spec.ports.some(({ protocol }) => protocol === "tcp");
    const port = tcp ? await clock.during(this.listen()) : 0;
    for (const { containerPort, protocol } of spec.ports)
      this.endpoints.set(`${containerPort}/${protocol}`, { host: "127.0.0.1", port: protocol === "tcp" ? port : 0 });
    watcher?.onRun?.(spec);
    this.later(model.untilServing(spec), () => {
      this.state.serves = true;
      watcher?.onServing?.(spec);
    });
    const life = model.runsFor(spec);
    if (life !== undefined) this.later(life, () => this.end({ exitCode: 0 }));
  }

  /** Whether this endpoint, the very object, is one of its own. */
  has(endpoint: object): boolean {
    return [...this.endpoints.values()].includes(endpoint as { host: string; port: number });
  }

  terminate(): Promise<void> {
    if (!this.state.ended) this.later(this.options.model.containerStop(this.state.spec), () => this.end({ exitCode: 143 }));
    return Promise.resolve();
  }

  kill(): Promise<void> {
    this.end({ exitCode: 137 });
    return Promise.resolve();
  }

  /** Every command tells what a health check's tells. */
  exec(): Promise<number> {
    return Promise.resolve(this.state.serves && !this.state.ended ? 0 : 1);
  }

  stats(): Promise<ContainerStats | undefined> {
    if (this.state.ended) return Promise.resolve(undefined);
    return Promise.resolve({ cpuSeconds: ((this.options.clock.now() - this.began) / 1000) * CORES_IN_USE, memoryBytes: MEMORY_IN_USE });
  }

  private later(delayMs: number, fn: () => void): void {
    this.timers.push(this.options.clock.setTimer(delayMs, fn));
  }

  private end(exit: ContainerExit): void {
    if (this.state.ended) return;
    this.state.ended = true;
    for (const timer of this.timers) timer.cancel();
    this.server?.closeAllConnections();
    this.server?.close();
    this.options.watcher?.onExit?.(this.state.spec);
    this.onEnd();
    this.settle(exit);
  }

  private async listen(): Promise<number> {
    // Until it serves nobody is answered: as where nothing listens.
    const server = createServer((request, response) => {
      if (!this.state.serves) return void request.socket.destroy();
      request.resume();
      response.end("ok\n");
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    return (server.address() as AddressInfo).port;
  }
}
