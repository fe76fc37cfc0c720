import { Resolver } from "node:dns/promises";
import { request } from "node:http";
import { connect } from "node:net";

/** One phase of a visit that is over. Times are milliseconds since the visit began. */
export interface VisitPhase {
  name: "first answer" | "address" | "connected" | "first byte";
  at: number;
  detail: string;
}

export interface VisitTarget {
  domain: string;
  ports: readonly { port: number; protocol: "tcp" | "udp" }[];
}

export interface VisitOptions {
  /** `host:port` of the DNS server to ask; the system's own resolver unless told. */
  dnsServer?: string;
  timeoutMs: number;
  /** Time between two DNS queries, as an impatient client's. */
  pollMs?: number;
  onPhase: (phase: VisitPhase) => void;
  signal?: AbortSignal;
}

export type VisitResult = { ok: true; address: string; status?: number } | { ok: false; reason: string };

/** What DNS says while nobody can be reached. */
export const UNAVAILABLE = "0.0.0.0";

/**
 * Visits a leaf as a client does: asks DNS until it answers with an address (the first query wakes the leaf), then
 * connects to the first TCP port, then asks it for `/` over HTTP. A port that speaks something else ends with "connected".
 */
export async function visit(target: VisitTarget, options: VisitOptions): Promise<VisitResult> {
  const began = performance.now();
  const left = (): number => options.timeoutMs - (performance.now() - began);
  const phase = (name: VisitPhase["name"], detail: string): void => options.onPhase({ name, at: performance.now() - began, detail });

  const address = await resolveAddress(target.domain, options, left, phase);
  if (!address.ok) return address;
  const port = target.ports.find(({ protocol }) => protocol === "tcp")?.port;
  if (port === undefined) return { ok: true, address: address.address };
  if (
    !(await untilTrue(
      () => canConnect(address.address, port),
      () => left() > 0 && !options.signal?.aborted,
    ))
  ) {
    return { ok: false, reason: `${address.address}:${port} takes no connection` };
  }
  phase("connected", `${address.address}:${port}`);
  const status = await httpStatus(address.address, port, target.domain, Math.min(left(), 5000));
  if (status === undefined) return { ok: true, address: address.address };
  phase("first byte", `HTTP ${status}`);
  return { ok: true, address: address.address, status };
}

async function resolveAddress(
  domain: string,
  options: VisitOptions,
  left: () => number,
  phase: (name: VisitPhase["name"], detail: string) => void,
): Promise<{ ok: true; address: string } | { ok: false; reason: string }> {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  if (options.dnsServer) resolver.setServers([options.dnsServer]);
  let answered = false;
  let problem = "DNS has no address for it";
  while (left() > 0 && !options.signal?.aborted) {
    try {
      const address = (await resolver.resolve4(domain))[0] ?? UNAVAILABLE;
      if (!answered) phase("first answer", address);
      answered = true;
      if (address !== UNAVAILABLE) {
        phase("address", address);
        return { ok: true, address };
      }
    } catch (error) {
      problem = `DNS: ${(error as NodeJS.ErrnoException).code ?? String(error)} for ${domain}`;
    }
    await pause(options.pollMs ?? 25);
  }
  return { ok: false, reason: answered ? `${domain} still answers ${UNAVAILABLE}: it did not wake in time` : problem };
}

/** Tries again every 20 ms until it works, time is up or the visit is given up. */
async function untilTrue(attempt: () => Promise<boolean>, goOn: () => boolean): Promise<boolean> {
  while (goOn()) {
    if (await attempt()) return true;
    await pause(20);
  }
  return false;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

/** The status of a GET of `/`; undefined when the port does not speak HTTP. */
function httpStatus(host: string, port: number, name: string, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const req = request({ host, port, path: "/", headers: { host: name }, timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
      response.once("error", () => resolve(response.statusCode));
    });
    req.once("error", () => resolve(undefined));
    req.once("timeout", () => {
      req.destroy();
      resolve(undefined);
    });
    req.end();
  });
}

/** One DNS query for an A record, at one server. @param server `host:port` @throws the resolver's error (`ENOTFOUND`, …) */
export async function resolve4Once(domain: string, server: string): Promise<string> {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([server]);
  return (await resolver.resolve4(domain))[0] ?? UNAVAILABLE;
}
