import type { Project } from "../config/index.ts";

/** Where an environment's AWS is: what every SDK client of `operate/` is made with. */
export interface Connection {
  region: string;
  /** Set for the embedded cloud; AWS itself otherwise. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** `host:port` of the embedded cloud's DNS server. */
  dnsServer?: string;
  /** Where the embedded cloud's load balancer listens on this machine: `http://127.0.0.1:8080`. */
  loadBalancer?: string;
}

/** The account of the environment `local`. */
export const LOCAL_ACCOUNT = "000000000000";

/** @param local the running embedded cloud, for the environment `local` */
export function connectionTo(project: Project, local: { api: string; dns: string; loadBalancer?: string } | undefined): Connection {
  const { region } = project.base;
  if (!local) return { region };
  const { api: endpoint, dns: dnsServer, loadBalancer } = local;
  const credentials = { accessKeyId: LOCAL_ACCOUNT, secretAccessKey: "local" };
  return { region, endpoint, dnsServer, credentials, ...(loadBalancer ? { loadBalancer } : {}) };
}

interface ClientConfig {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

const clients = new WeakMap<Connection, Map<unknown, object>>();

/** The connection's client of a service: made once, so that what it has open is used again. @param region its own, for services that have one for all */
export function clientOf<C extends object>(type: new (config: ClientConfig) => C, connection: Connection, region = connection.region): C {
  const made = clients.get(connection) ?? new Map<unknown, object>();
  clients.set(connection, made);
  const { endpoint, credentials } = connection;
  const client = made.get(type) ?? new type({ region, ...(endpoint ? { endpoint } : {}), ...(credentials ? { credentials } : {}) });
  made.set(type, client);
  return client as C;
}

interface HasMiddleware {
  middlewareStack: { add(middleware: unknown, options: { step: "deserialize"; name: string }): void };
}

const times = new WeakMap<object, () => number>();

/**
 * The environment's own time in milliseconds, read from the Date header of the client's last answer; the host's where there
 * was none. An embedded cloud that runs sixty times faster is hours ahead of this machine's clock.
 */
export function serverTime(client: object): () => number {
  const known = times.get(client);
  if (known) return known;
  let offset = 0;
  const middleware = (next: (args: unknown) => Promise<{ response?: { headers?: Record<string, string> } }>) => async (args: unknown) => {
    const result = await next(args);
    const date = Date.parse(result.response?.headers?.["date"] ?? "");
    if (!Number.isNaN(date)) offset = date - Date.now();
    return result;
  };
  (client as HasMiddleware).middlewareStack.add(middleware, { step: "deserialize", name: "rouseServerTime" });
  const time = (): number => Date.now() + offset;
  times.set(client, time);
  return time;
}
