import type { Clock } from "../../../../core/clock.ts";
import type { Ids } from "../../../../core/ids.ts";
import type { LambdaPort, MetricsPort, NetworkPort } from "../../../../core/ports.ts";

/** What the proxy needs of the rest of the cloud. */
export interface ProxyDeps {
  clock: Clock;
  ids: Ids;
  network: NetworkPort;
  lambda: LambdaPort;
  metrics: MetricsPort;
  log: (line: string) => void;
}
