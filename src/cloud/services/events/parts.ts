import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, LambdaPort, LogsPort, MetricsPort, SnsPort } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { Delivery } from "./engine/delivery.ts";
import type { Router } from "./engine/router.ts";
import type { Scheduler } from "./engine/scheduler.ts";

export interface EventsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For tasks, run with the target's role, and for the resource policies of log groups. */
  api: Api;
  lambda: LambdaPort;
  sns: SnsPort;
  logs: LogsPort;
  metrics: MetricsPort;
  iam: {
    allowsService(policy: string, servicePrincipal: string, action: string, resource: string, context?: Readonly<Record<string, string | string[]>>): boolean;
  };
  /** One line for whoever runs the cloud: events that could not be delivered, our own mistakes. */
  log: (line: string) => void;
}

/** What the operations need, made once. */
export interface EventsParts extends EventsDeps {
  delivery: Delivery;
  router: Router;
  scheduler: Scheduler;
}
