import { X509Certificate } from "node:crypto";
import { type Server, createServer } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type SecureContext, createSecureContext } from "node:tls";
import type { ListenerPlan } from "../model.ts";
import { Client } from "./client.ts";
import { Front, type Shared } from "./front.ts";
import { MAX_HEADERS, MAX_LINE } from "./inbound.ts";
import { rawAnswer } from "./pages.ts";

/** The sockets of a listener. */
export class Listener {
  readonly host: string;
  readonly wantedPort: number;
  port = 0;
  private readonly shared: Shared;
  private readonly server: Server | TlsServer;
  private readonly clients = new Map<Duplex, Client>();
  private readonly stopCollecting: () => void;
  private front: Front | undefined;
  private certificates: { certificate: X509Certificate; context: SecureContext }[] = [];

  private constructor(plan: ListenerPlan, at: { host: string; port: number }, shared: Shared) {
    this.host = at.host;
    this.wantedPort = at.port;
    this.shared = shared;
    this.server = plan.protocol === "HTTPS" ? this.tlsServer(plan) : createServer(OPTIONS);
    this.stopCollecting = shared.meter.onCollect(() => this.collect());
    this.handle();
  }

  /** @throws Error with `code` EADDRINUSE */
  static async open(plan: ListenerPlan, at: { host: string; port: number }, shared: Shared): Promise<Listener> {
    const listener = new Listener(plan, at, shared);
    await new Promise<void>((resolve, reject) => {
      listener.server.once("error", reject).listen(at.port, at.host, () => {
        listener.server.off("error", reject);
        resolve();
      });
    });
    listener.port = (listener.server.address() as AddressInfo).port;
    listener.front = new Front(plan, listener.port, shared);
    return listener;
  }

  get plan(): ListenerPlan {
    return this.front!.plan;
  }

  set(plan: ListenerPlan): void {
    if (plan.protocol === "HTTPS") this.setCertificates(plan);
    this.front!.set(plan, this.port);
  }

  private tlsServer(plan: ListenerPlan): TlsServer {
    this.setCertificates(plan);
    const { key, cert } = plan.certificates[0]!;
    return createTlsServer({
      ...OPTIONS,
      key,
      cert,
      ALPNProtocols: ["http/1.1"],
      SNICallback: (name, done) => done(null, this.contextFor(name)),
    });
  }

  private setCertificates(plan: ListenerPlan): void {
    this.certificates = plan.certificates.map(({ key, cert }) => ({
      certificate: new X509Certificate(cert),
      context: createSecureContext({ key, cert }),
    }));
    const first = plan.certificates[0]!;
    (this.server as TlsServer | undefined)?.setSecureContext({ key: first.key, cert: first.cert });
  }

  /** The first certificate that is for the name; the default one where none is (User Guide, "SSL certificates"). */
  private contextFor(name: string): SecureContext | undefined {
    return (this.certificates.find(({ certificate }) => certificate.checkHost(name) !== undefined) ?? this.certificates[0])?.context;
  }

  private handle(): void {
    const { server } = this;
    server.maxHeadersCount = 0; // Their size is limited, not their number; what is over this count would be left out in silence.
    const accept = (socket: Socket): void => {
      const client = new Client(this.front!, socket);
      this.shared.meter.started();
      this.clients.set(socket, client);
      socket.once("close", () => this.clients.delete(socket));
      socket.on("error", () => {}); // The close that follows is what counts.
    };
    server.on(this.isTls() ? "secureConnection" : "connection", accept);
    server.on("request", (req, res) => this.front!.onRequest(this.clients.get(req.socket)!, req, res));
    server.on("checkContinue", (req, res) => this.front!.onRequest(this.clients.get(req.socket)!, req, res));
    server.on("upgrade", (req, socket, early) => this.front!.onUpgrade(this.clients.get(socket)!, req, socket, early));
    // "The client used the HTTP CONNECT method, which is not supported" (HTTP 400 of Classic Load Balancers).
    server.on("connect", (_req, socket) => this.refuse(socket, 400));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.onClientError(error, socket));
    server.on("tlsClientError", () => {
      this.front!.counters.tlsErrors++;
      this.shared.meter.started();
    });
  }

  private isTls(): boolean {
    return "setSecureContext" in this.server;
  }

  /** Node.js's parser does not take it for HTTP. */
  private onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    if (this.clients.get(socket)?.onBadRequest() === false) return;
    // "HTTP 501: a Transfer-Encoding header with an unsupported value"; one beside a Content-Length has the same code.
    const encoding = error.code === "HPE_INVALID_TRANSFER_ENCODING" && !error.message.includes("Content-Length");
    this.refuse(socket, encoding ? 501 : error.code === "HPE_INVALID_VERSION" ? 505 : 400);
  }

  private refuse(socket: Duplex, status: number): void {
    this.shared.meter.started();
    this.front!.counters.answered(status);
    if (status === 400) this.front!.counters.nonCompliant++;
    socket.end(rawAnswer(status, this.shared.deps.clock.now()));
  }

  private collect(): void {
    for (const client of this.clients.values()) this.front!.counters.bytes += client.takeBytes();
  }

  /** No new connections; what is under way goes on. */
  close(): void {
    if (this.front) this.front.closing = true;
    this.server.close();
    this.server.closeIdleConnections();
    this.stopCollecting();
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.clients.keys()) socket.destroy();
    this.server.closeAllConnections();
    this.stopCollecting();
    await closed;
  }
}

/**
 * Time-outs are those of the load balancer, on the cloud's clock (client.ts). Node.js's parser is strict: what smuggling is
 * made of (both lengths, odd encodings, stray characters) it does not take.
 */
const OPTIONS = {
  keepAlive: false,
  noDelay: true,
  keepAliveTimeout: 0,
  requestTimeout: 0,
  headersTimeout: 0,
  connectionsCheckingInterval: 2 ** 30,
  requireHostHeader: false,
  insecureHTTPParser: false,
  maxHeaderSize: MAX_HEADERS + 2 * MAX_LINE,
};
