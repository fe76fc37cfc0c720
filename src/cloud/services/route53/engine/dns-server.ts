import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { readQuery, writeAnswer, writeBody, writeError, type Body, type Query } from "./message.ts";
import type { QueryLog } from "./query-log.ts";
import { resolve } from "./resolve.ts";
import { TYPES, type Rcode } from "./types.ts";
import type { Zone, Zones } from "./zones.ts";

export interface DnsAddress {
  host: string;
  port: number;
}

interface Cached {
  body: Body;
  zone?: Zone;
  volatile: boolean;
}

/** Answers that are kept encoded. Random names under a wildcard must not grow it without end. */
const CACHE_SIZE = 10_000;
/** A connection may be idle this long in real time (RFC 7766 section 6.2.3: "of the order of a few seconds"). */
const TCP_IDLE_MS = 10_000;
const TCP_CONNECTIONS = 512;
const IN = 1;
const ANY_CLASS = 255;
/** Zone transfers are refused; the others mean nothing to a server like this. */
const REFUSED_TYPES = new Set([TYPES["AXFR"], TYPES["IXFR"]]);
const MEANINGLESS_TYPES = new Set([0, TYPES["OPT"], TYPES["TSIG"], TYPES["MAILA"], TYPES["MAILB"]]);

/** The authoritative DNS server of all hosted zones, on UDP and TCP. */
export class DnsServer {
  private readonly zones: Zones;
  private readonly log: QueryLog;
  private readonly cache = new Map<string, Cached>();
  private readonly connections = new Set<Socket>();
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;

  constructor(zones: Zones, log: QueryLog) {
    this.zones = zones;
    this.log = log;
    zones.onChange(() => this.cache.clear());
  }

  /**
   * Listens on both protocols at the same port; 0 takes any that is free for both.
   * @throws Error EADDRINUSE and the like, naming the port
   */
  async listen(host: string, port: number): Promise<DnsAddress> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.listenOnce(host, port);
      } catch (error) {
        await this.close();
        if (port !== 0 || attempt >= 10 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      }
    }
  }

  private async listenOnce(host: string, port: number): Promise<DnsAddress> {
    const tcp = (this.tcp = createServer((socket) => this.serve(socket)));
    tcp.maxConnections = TCP_CONNECTIONS;
    tcp.listen(port, host);
    await once(tcp, "listening");
    const chosen = (tcp.address() as { port: number }).port;
    // Addresses are numeric already: the default would go through the resolver's queue for each answer.
    const lookup = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void =>
      done(null, address, isIPv6(address) ? 6 : 4);
    const udp = (this.udp = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", recvBufferSize: 4 * 1024 * 1024, lookup }));
    udp.on("message", (message, from) => {
      const answer = this.answer(message, "UDP", from.address);
      // Port 0 cannot be answered; a send that fails is the network's loss, as always with UDP.
      if (answer && from.port > 0) udp.send(answer, 0, answer.length, from.port, from.address, () => {});
    });
    // Asked for before binding: with this lookup, binding may be done before `bind` returns.
    const listening = once(udp, "listening");
    udp.bind(chosen, host);
    await listening;
    udp.on("error", () => {});
    return { host, port: chosen };
  }

  async close(): Promise<void> {
    const { udp, tcp } = this;
    this.udp = undefined;
    this.tcp = undefined;
    for (const socket of this.connections) socket.destroy();
    if (tcp?.listening) {
      tcp.close();
      await once(tcp, "close");
    }
    if (udp) await new Promise<void>((resolve) => closeUdp(udp, resolve));
    this.log.flush();
  }

  /** Answers one message; undefined where there must be no answer. Never throws, whatever comes. */
  answer(message: Buffer, protocol: "UDP" | "TCP", resolver: string): Buffer | undefined {
    const query = readQuery(message);
    if (!query) return undefined;
    if (!("name" in query)) return writeError(query);
    const refusal = refuse(query);
    if (refusal) return writeAnswer(message, query, empty(refusal), protocol);
    try {
      const { body, zone } = this.lookUp(query);
      if (zone?.logGroup) this.log.write({ query, zone, rcode: body.rcode, protocol, resolver });
      return writeAnswer(message, query, body, protocol);
    } catch (error) {
      // A mistake of ours must neither end the process nor leave the client waiting.
      process.stderr.write(`rouse: a DNS query could not be answered: ${error instanceof Error ? error.stack : String(error)}\n`);
      return writeAnswer(message, query, empty("SERVFAIL"), protocol);
    }
  }

  private lookUp(query: Query): Cached {
    const key = query.name + String.fromCharCode(query.type);
    let cached = this.cache.get(key);
    if (!cached) {
      cached = this.encode(query);
      if (this.cache.size >= CACHE_SIZE) this.cache.clear();
      if (!cached.volatile) this.cache.set(key, cached);
    }
    return cached;
  }

  private encode(query: Query): Cached {
    const resolution = resolve(this.zones, query.name, query.type);
    return { body: writeBody(query.name, resolution), volatile: resolution.volatile === true, ...(resolution.zone ? { zone: resolution.zone } : {}) };
  }

  /** One TCP connection: messages after their length, any number of them (RFC 7766). */
  private serve(socket: Socket): void {
    this.connections.add(socket);
    const resolver = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    let received: Buffer = Buffer.alloc(0);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.setNoDelay(true);
    socket.on("close", () => this.connections.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("drain", () => socket.resume());
    socket.on("data", (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answers: Buffer[] = [];
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const length = received.readUInt16BE(0);
        const answer = this.answer(received.subarray(2, 2 + length), "TCP", resolver);
        received = received.subarray(2 + length);
        // Nothing to say to this: what comes after it on the connection is not to be trusted either.
        if (!answer) return void socket.destroy();
        const prefix = Buffer.alloc(2);
        prefix.writeUInt16BE(answer.length);
        answers.push(prefix, answer);
      }
      // A client that does not read its answers is not read from either.
      if (answers.length > 0 && !socket.write(Buffer.concat(answers))) socket.pause();
    });
  }
}

function closeUdp(udp: UdpSocket, done: () => void): void {
  try {
    udp.close(done);
  } catch {
    done();
  }
}

function refuse(query: Query): Rcode | undefined {
  if (query.edns && query.edns.version !== 0) return "BADVERS";
  if (query.class !== IN && query.class !== ANY_CLASS) return "REFUSED";
  if (REFUSED_TYPES.has(query.type)) return "REFUSED";
  if (MEANINGLESS_TYPES.has(query.type)) return "FORMERR";
  return undefined;
}

const NO_BYTES = Buffer.alloc(0);
const empty = (rcode: Rcode): Body => ({ rcode, authoritative: false, counts: [0, 0, 0], bytes: NO_BYTES });
