import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, AssetsPort, CredentialsPort, LogsPort, MetricsPort } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { Packages } from "./code/packages.ts";
import type { AsyncQueue } from "./engine/async-queue.ts";
import type { Invoker } from "./engine/invoker.ts";
import type { Pool } from "./engine/pool.ts";
import type { Serve } from "./engine/inline-http.ts";
import type { LambdaIam } from "./engine/role.ts";

export interface LambdaDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For dead letters and destinations, with the function's role. */
  api: Api;
  assets: AssetsPort;
  credentials: CredentialsPort;
  logs: LogsPort;
  metrics: MetricsPort;
  iam: LambdaIam;
  /** This cloud's address, `http://127.0.0.1:4590`; asked for at each cold start. */
  endpoint: () => string;
  /** Packages and caches are in its folder `lambda`. */
  dataDir: string;
  /** The folder of `bootstrap.mjs`; beside the sources or the build unless told. */
  runtimeDir?: string;
  /** Blank environments that are kept started: 2 unless told. */
  blanks?: number;
  /** Warm environments that are kept when idle: 4 unless told. */
  warm?: number;
  /** After how much of the cloud's time an idle warm environment ends: 10 minutes unless told. */
  idleMs?: number;
  /** Functions run in this thread, where they can, and are answered by this: for simulations on virtual time. */
  inline?: Serve;
  /** One line for whoever runs the cloud: results that could not be delivered, our own mistakes. */
  log: (line: string) => void;
}

/** What the operations need, made once. */
export interface LambdaParts extends LambdaDeps {
  packages: Packages;
  pool: Pool;
  invoker: Invoker;
  queue: AsyncQueue;
}
