import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, RealClock } from "./core/clock.ts";
import { type Ids, randomIds } from "./core/ids.ts";
import { lmdbBackend } from "./core/lmdb-backend.ts";
import type { Api, NetworkPort, RegistryPort } from "./core/ports.ts";
import { Store, type StoreBackend } from "./core/store.ts";
import { type Composition, compose } from "./compose.ts";
import type { DeployProgress, DeployResult, ImagesPort } from "./deploy/index.ts";
import { signingName } from "./gateway/identify.ts";
import { type InternalDeps, internalRoutes } from "./gateway/internal-routes.ts";
import { answer, type GatewayDeps } from "./gateway/request-path.ts";
import { listen } from "./gateway/server.ts";
import { chooseRuntime } from "./machines/index.ts";
import type { ContainerRuntime } from "./machines/runtime.ts";
import type { Names } from "./services/route53/index.ts";
import type { SpotMarket } from "./services/ecs/index.ts";
import type { LoadBalancerPorts, LoadBalancerView } from "./services/elasticloadbalancing/index.ts";
import type { WireRequest, WireResponse } from "./wire/protocol.ts";

export type { DeployProgress, DeployResult } from "./deploy/index.ts";
export type { Names } from "./services/route53/index.ts";
export type { SpotMarket } from "./services/ecs/index.ts";
export type { LoadBalancerPorts, LoadBalancerView } from "./services/elasticloadbalancing/index.ts";
export type RuntimeKind = "docker" | "process";

export interface CloudOptions {
  /** Where state, volumes and mails are kept. */
  dataDir: string;
  /** False: nothing of the state outlives the process. */
  persistent?: boolean;
  /** How much faster than real time; ignored with `clock`. */
  speed?: number;
  clock?: Clock;
  ids?: Ids;
  /** Of the AWS API and of the DNS server on 127.0.0.1; 0 for any free one. */
  port?: number;
  dnsPort?: number;
  /** Ports of this machine on which load balancers listen: 80 is 8080 and 443 is 8443 unless told. */
  loadBalancerPorts?: LoadBalancerPorts;
  runtime?: RuntimeKind | ContainerRuntime;
  /** Functions run in this thread and reach the cloud without sockets, where their code can be prepared for it: much faster, less like Lambda. */
  inlineFunctions?: boolean;
  /** One line for whoever runs the cloud; to standard error unless given. */
  log?: (line: string) => void;
}

/** A running embedded cloud. */
export interface Cloud {
  /** Of the AWS API: `http://127.0.0.1:4590`. */
  url: string;
  dns: { host: string; port: number };
  clock: Clock;
  runtime: ContainerRuntime;
  /** DNS inside the process. */
  names: Names;
  /** Calls operations inside the process. */
  api: Api;
  /** Private addresses inside VPCs, for those who go to them. */
  network: Pick<NetworkPort, "route">;
  /** A hosted zone that exists before any deployment, such as the one of the user's domain. */
  seedHostedZone(name: string, id: string): void;
  /** The load balancers, with the addresses of this machine that their listeners have. */
  loadBalancers(): LoadBalancerView[];
  /** Fargate's spare capacity: whether there is any, and taking it back from tasks. */
  spot: SpotMarket;
  /**
   * Deploys a cloud assembly (`cdk.out`); stacks that did not change are skipped.
   * @param only names of stacks: these and what they depend on; all unless told
   */
  deploy(assemblyDir: string, onProgress?: (progress: DeployProgress) => void, only?: string[]): Promise<DeployResult>;
  /** Deletes its stacks. */
  destroy(assemblyDir: string, onProgress?: (progress: DeployProgress) => void): Promise<DeployResult>;
  /** Forgets all state. */
  reset(): Promise<void>;
  /** Stops servers, engines, functions, containers and processes. State that is kept stays. */
  stop(): Promise<void>;
}

/** Starts the cloud. @throws Error with `code` EADDRINUSE and `port` when a port is taken */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  mkdirSync(options.dataDir, { recursive: true });
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const timerFailed = (error: unknown): void =>
    log(`rouse: a timer failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const clock = options.clock ?? new RealClock({ speed: options.speed ?? 1, onError: timerFailed });
  const ids = options.ids ?? randomIds();
  const runtime =
    typeof options.runtime === "object" ? options.runtime : await chooseRuntime({ kind: options.runtime ?? "auto", dataDir: options.dataDir });
  await runtime.start();
  let backend: StoreBackend | undefined;
  if (options.persistent !== false) backend = lmdbBackend(join(options.dataDir, "state"));
  const store = new Store(backend, { isKept: backend !== undefined });

  let url = "";
  const cloud = compose({
    store,
    clock,
    ids,
    runtime,
    dataDir: options.dataDir,
    dnsPort: options.dnsPort ?? 0,
    ...(options.loadBalancerPorts ? { loadBalancerPorts: options.loadBalancerPorts } : {}),
    endpoint: () => url,
    ...(options.inlineFunctions ? { inline: (request: WireRequest) => front(request) } : {}),
    log,
  });
  const onBug = (error: unknown, where: string): void =>
    log(`rouse: a mistake in ${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const gatewayDeps = { registry: cloud.registry, iam: cloud.iam, ids, onBug };
  const reset = (): Promise<void> => resetAll(cloud, store);
  const handOver = (image: string): Promise<boolean> => handOverImage(runtime, cloud.ecr.registry, image);
  const registry = cloud.ecr.front;
  const plane = planeOf(cloud, runtime, log);
  const front = frontOf(cloud, gatewayDeps, routesOf(cloud, plane, { clock, reset, handOver }));
  const gateway = await listen(front, {
    port: options.port ?? 0,
    clock,
    streams: (request) => registry.serves(request) || cloud.registry.streams(signingName(request)),
  }).catch(async (error: unknown) => {
    await runtime.stop();
    await store.close();
    throw error;
  });
  url = gateway.url;
  const stop = async (): Promise<void> => {
    for (const service of cloud.services.toReversed()) await service.stop?.();
    await gateway.close();
    await runtime.stop();
    await store.close();
  };
  try {
    for (const service of cloud.services) await service.start?.();
    await cloud.deployer.recover();
  } catch (error) {
    await stop();
    throw error;
  }
  cloud.registry.warmUp().catch((error: unknown) => onBug(error, "the gateway"));
  return {
    url,
    dns: cloud.route53.dnsAddress()!,
    clock,
    runtime,
    names: cloud.route53.names,
    api: cloud.api,
    network: cloud.network,
    ...plane,
    reset,
    stop,
  };
}

type Plane = Pick<Cloud, "seedHostedZone" | "loadBalancers" | "spot" | "deploy" | "destroy">;

/** What the process and `/_cloud/` both offer. */
function planeOf(cloud: Composition, runtime: ContainerRuntime, log: (line: string) => void): Plane {
  const images = runtime.kind === "docker" ? imagesOf(runtime, cloud.ecr.registry, log) : undefined;
  const deployOptions = (assemblyDir: string, onProgress?: (progress: DeployProgress) => void) => ({
    assemblyDir,
    ...(images ? { images } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  return {
    seedHostedZone: (name, id) => cloud.route53.seedHostedZone(name, id),
    loadBalancers: () => cloud.elb.list(),
    spot: cloud.ecs.spot,
    deploy: (assemblyDir, onProgress, only) =>
      cloud.deployer.deployAssembly({ ...deployOptions(assemblyDir, onProgress), ...(only ? { only } : {}) }),
    destroy: (assemblyDir, onProgress) => cloud.deployer.destroyAssembly(deployOptions(assemblyDir, onProgress)),
  };
}

const routesOf = (cloud: Composition, plane: Plane, own: Pick<InternalDeps, "clock" | "reset" | "handOver">): ReturnType<typeof internalRoutes> =>
  internalRoutes({ ...plane, ...own, deployer: cloud.deployer, tasks: cloud.ecs });

/**
 * What a request asks for: the registry, the cloud itself, one of its HTTP APIs, or else an operation of a service. Only the
 * registry's requests and S3's come as streams, and S3's keys may look like any path.
 */
function frontOf(cloud: Composition, deps: GatewayDeps, routes: (request: WireRequest) => Promise<WireResponse | undefined>) {
  return async (request: WireRequest): Promise<WireResponse> => {
    if (cloud.ecr.front.serves(request)) return cloud.ecr.front.answer(request);
    if (request.stream) return answer(deps, request);
    return (await routes(request)) ?? (await cloud.httpApis.answer(request)) ?? answer(deps, request);
  };
}

/** Engines and machines first: what they do while they stop must not end up in the empty state. */
async function resetAll(cloud: Composition, store: Store): Promise<void> {
  for (const service of cloud.services.toReversed()) await service.stop?.();
  await store.reset();
  for (const service of cloud.services) await service.reset?.();
  for (const service of cloud.services) await service.start?.();
}

/**
 * Builds an assembly's images with the container engine; an image that is there under its content's tag is not built again.
 * They are not pushed: ECR is only told of them.
 */
function imagesOf(runtime: ContainerRuntime, registry: RegistryPort, log: (line: string) => void): ImagesPort {
  return {
    async build({ directory, dockerfile, buildArgs, target, uri }) {
      try {
        if (!(await runtime.imageInfo(uri)))
          await runtime.build(directory, uri, { buildArgs, ...(dockerfile ? { dockerfile } : {}), ...(target ? { target } : {}) });
        await handOverImage(runtime, registry, uri);
      } catch (error) {
        // The stack still deploys: its task then says that the image is missing, as on AWS.
        log(`rouse: the image of ${directory} could not be built: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

/** Tells ECR of an image that the engine has. False where it has none; child processes need none. */
async function handOverImage(runtime: ContainerRuntime, registry: RegistryPort, image: string): Promise<boolean> {
  if (runtime.kind !== "docker") return true;
  const built = await runtime.imageInfo(image);
  if (built) registry.handOver(image, built);
  return built !== undefined;
}
