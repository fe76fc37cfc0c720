import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, CertificatesPort, InstancesPort, LambdaPort, MetricsPort, NetworkPort } from "../../core/ports.ts";
import type { ContainerRuntime } from "../../machines/runtime.ts";
import type { Store } from "../../core/store.ts";
import type { Engine } from "./engine/engine.ts";
import type { DataPlane } from "./engine/model.ts";

/** Ports of this machine that load balancers listen on. */
export interface LoadBalancerPorts {
  /** For listeners on port 80; 8080 unless told, 0 for any free one. */
  http?: number;
  /** For listeners on port 443; 8443 unless told, 0 for any free one. */
  https?: number;
  /** For the other ones: the same port (10,000 higher below 1024, which only root may open), or any free one. */
  others?: "same" | "any";
}

/** What Elastic Load Balancing needs of the rest of the cloud. */
export interface ElbPorts {
  store: Store;
  clock: Clock;
  ids: Ids;
  api: Api;
  metrics: MetricsPort;
  /** Health checks of functions. */
  lambda: LambdaPort;
  /** Instances that are targets. */
  instances: Pick<InstancesPort, "get" | "onChange">;
  /** Where a target's private address leads on this machine. */
  network: Pick<NetworkPort, "route">;
  certificates: CertificatesPort;
  /** Whether a function's resource policy lets an AWS service do something. */
  policyAllows: (policy: string, request: { service: string; action: string; resource: string; context: Record<string, string> }) => boolean;
  dataPlane: DataPlane;
  loadBalancerPorts?: LoadBalancerPorts;
  /** One line for whoever runs the cloud. */
  log: (line: string) => void;
  /** Whether a target serves, where that is known without asking it over the network. */
  serves?: ContainerRuntime["serves"];
  /** Times of the quick first health checks, for tests. */
  quick?: { forMs?: number; heldForMs?: number };
}

/** What its handlers are given. */
export interface ElbDeps extends ElbPorts {
  engine: Engine;
}
