import type { LoadBalancerPorts } from "../deps.ts";

/** Load balancers listen on loopback only. */
export const HOST = "127.0.0.1";

/** Ports below 1024 are root's: they are opened this much higher, as the forwarder of tasks does (machines/forwarder). */
const PRIVILEGED_OFFSET = 10_000;
/** How many ports are tried one after the other before any free one is taken. */
const TRIES = 50;

const USUAL = { http: 8080, https: 8443, others: "same" } as const;

/** The port of this machine that a listener's port is to have; 0 for any. */
export function wantedPort(port: number, options: LoadBalancerPorts = {}): number {
  if (port === 80) return options.http ?? USUAL.http;
  if (port === 443) return options.https ?? USUAL.https;
  if ((options.others ?? USUAL.others) === "any") return 0;
  return port < 1024 ? port + PRIVILEGED_OFFSET : port;
}

const isTaken = (error: unknown): boolean => ["EADDRINUSE", "EACCES"].includes(String((error as NodeJS.ErrnoException).code));

/**
 * Opens the first of the ports that is free: the wanted one and those that follow it, or, where any will do, the one that the
 * listener had; else any. What was taken once is not avoided for ever, and a port that was asked for is asked for again.
 * @param reserved ports that belong to other listeners of ours, open or not yet
 */
export async function openFirstFree(
  open: (port: number) => Promise<number>,
  had: number | undefined,
  wanted: number,
  reserved: ReadonlySet<number>,
): Promise<number> {
  const following = Array.from({ length: TRIES }, (_, index) => wanted + index).filter((port) => port < 65_536);
  const candidates = (wanted === 0 ? [had ?? 0] : following).filter((port) => !reserved.has(port));
  for (const port of candidates) {
    try {
      return await open(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  return open(0);
}
