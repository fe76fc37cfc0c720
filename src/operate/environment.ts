import type { Project } from "../config/index.ts";

/** Where an environment's AWS is: what every SDK client of `operate/` is made with. */
export interface Connection {
  region: string;
  /** Set for the embedded cloud; AWS itself otherwise. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** `host:port` of the embedded cloud's DNS server. */
  dnsServer?: string;
}

/** The account of the environment `local`. */
export const LOCAL_ACCOUNT = "000000000000";

/** @param local the running embedded cloud, for the environment `local` */
export function connectionTo(project: Project, local: { api: string; dns: string } | undefined): Connection {
  const { region } = project.base;
  if (!local) return { region };
  return { region, endpoint: local.api, dnsServer: local.dns, credentials: { accessKeyId: LOCAL_ACCOUNT, secretAccessKey: "local" } };
}

/** The configuration of a client; Route 53 is one for all regions. */
export const clientConfig = ({
  region,
  endpoint,
  credentials,
}: Connection): { region: string; endpoint?: string; credentials?: Connection["credentials"] } => ({
  region,
  ...(endpoint ? { endpoint } : {}),
  ...(credentials ? { credentials } : {}),
});

interface HasMiddleware {
  middlewareStack: { add(middleware: unknown, options: { step: "deserialize"; name: string }): void };
}

/**
 * The environment's own time in milliseconds, read from the Date header of the client's last answer; the host's where there
 * was none. An embedded cloud that runs sixty times faster is hours ahead of this machine's clock.
 */
export function serverTime(client: object): () => number {
  let offset = 0;
  const middleware = (next: (args: unknown) => Promise<{ response?: { headers?: Record<string, string> } }>) => async (args: unknown) => {
    const result = await next(args);
    const date = Date.parse(result.response?.headers?.["date"] ?? "");
    if (!Number.isNaN(date)) offset = date - Date.now();
    return result;
  };
  (client as HasMiddleware).middlewareStack.add(middleware, { step: "deserialize", name: "rouseServerTime" });
  return () => Date.now() + offset;
}
