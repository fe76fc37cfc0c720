import { type Socket, connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Route } from "../../../../core/ports.ts";
import { TCP_CONNECTION, tcpTraffic } from "../../../../machines/forwarder/traffic.ts";
import type { Deadline } from "./deadlines.ts";
import { BadResponse, type ResponseHead } from "./response-head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";
import type { Target } from "./target.ts";

/** Why a target did not answer: each is an HTTP code of its own (User Guide, "Troubleshoot your Application Load Balancers"). */
export type Failure = "refused" | "connect-timeout" | "tls" | "closed" | "malformed" | "aborted";

/** Whoever has sent a request on a connection. */
export interface TargetUser extends ResponseSink {
  /** Bytes were taken in; may more come at once? */
  afterBytes(): boolean;
  /** A 101: what comes from now on is no HTTP. */
  onUpgrade(head: ResponseHead): void;
  onRaw(buffer: Buffer, start: number, end: number): void;
  /** The target sends no more, after an upgrade. */
  onTargetEnd(): void;
  onFailure(failure: Failure): void;
  /** What was written has gone. */
  onDrain(): void;
  /** The whole request has been written: the connection may be used again. */
  readonly sent: boolean;
}

/** "failed to establish a connection to the target before the connection timeout expired (10 seconds)"; the same for TLS. */
export const CONNECT_TIMEOUT_MS = 10_000;
const READ_BYTES = 32 * 1024;

/** A connection to a target: one request at a time, kept for the next. */
export class TargetConnection implements ResponseSink, Deadline {
  readonly target: Target;
  /** Whether it has carried a request before. */
  reused = false;
  private readonly socket: Socket;
  private readonly route: Route;
  private readonly parser = new ResponseParser();
  private user: TargetUser | undefined;
  private connected = false;
  private keepAlive = true;
  private complete = false;
  private upgraded = false;
  private failure: Failure = "refused";
  private since: number;

  /** @param now of the cloud's clock */
  constructor(target: Target, route: Route, now: number) {
    this.target = target;
    this.route = route;
    this.since = now;
    this.socket = this.open(target.group.plan.protocol === "HTTPS");
    this.socket.on("error", () => {}); // The close that follows is what counts.
    this.socket.on("close", () => this.onClose());
    this.socket.on("drain", () => this.user?.onDrain());
    this.socket.on("end", () => this.onEnd());
  }

  private open(tls: boolean): Socket {
    const { host, port } = this.route;
    const onConnected = (): void => {
      this.connected = true;
      this.failure = "closed";
      this.route.onTraffic?.({
        in: TCP_CONNECTION.bytes,
        packetsIn: TCP_CONNECTION.packets,
        out: TCP_CONNECTION.bytes,
        packetsOut: TCP_CONNECTION.packets,
      });
    };
    if (tls) {
      // "The load balancer does not validate these certificates" (User Guide, "Target groups", "Routing configuration").
      const socket = connectTls({ host, port, rejectUnauthorized: false });
      socket.once("connect", () => (this.failure = "tls")).once("secureConnect", onConnected);
      socket.on("data", (bytes: Buffer) => this.onBytes(bytes, bytes.length) || socket.pause());
      return socket;
    }
    // Read into one buffer of its own: what it costs to read as a stream of Node.js is a tenth of a small request.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = { buffer, callback: (length: number): boolean => this.onBytes(buffer, length) };
    return connect({ host, port, noDelay: true, onread }).once("connect", onConnected);
  }

  /** Sends the head of a request, with its empty line. */
  send(user: TargetUser, method: string, head: string): void {
    this.user = user;
    this.complete = false;
    this.keepAlive = true;
    this.parser.expect(method);
    this.count(head.length);
    this.socket.write(head, "latin1");
  }

  /** A piece of the body. Returns whether more may be written at once. */
  write(bytes: Buffer): boolean {
    this.count(bytes.length);
    return this.socket.write(bytes);
  }

  /** A piece of a body in chunks. */
  writeChunk(bytes: Buffer): boolean {
    this.socket.cork();
    this.socket.write(`${bytes.length.toString(16)}\r\n`, "latin1");
    this.socket.write(bytes);
    const more = this.socket.write("\r\n", "latin1");
    this.socket.uncork();
    this.count(bytes.length);
    return more;
  }

  /** The end of a body in chunks. */
  endChunks(rawTrailers: string[]): void {
    let text = "0\r\n";
    for (let i = 0; i < rawTrailers.length; i += 2) text += `${rawTrailers[i]!}: ${rawTrailers[i + 1]!}\r\n`;
    this.socket.write(`${text}\r\n`, "latin1");
  }

  /** No more will be written, after an upgrade. */
  finishWriting(): void {
    this.socket.end();
  }

  /** Reads on, after `afterBytes` said no. */
  resume(): void {
    this.socket.resume();
  }

  /** The user is done with it, and the connection with the user. */
  abandon(): void {
    this.user = undefined;
    this.socket.destroy();
  }

  dueAt(): number {
    if (!this.connected) return this.since + CONNECT_TIMEOUT_MS;
    return this.user ? Number.POSITIVE_INFINITY : this.since + this.target.idleMs;
  }

  expire(): void {
    // "SSL handshake timeout (10 seconds)" is among the causes of 502, the connection's time-out among those of 504.
    if (!this.connected && this.failure !== "tls") this.failure = "connect-timeout";
    this.socket.destroy();
  }

  onInterim(head: ResponseHead): void {
    this.upgraded = head.status === 101;
    if (this.upgraded) this.user?.onUpgrade(head);
    else this.user?.onInterim(head);
  }

  onHead(head: ResponseHead): void {
    this.keepAlive = head.keepAlive && head.framing !== "close";
    this.user?.onHead(head);
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    this.user?.onBody(buffer, start, end);
  }

  onComplete(trailers: string[]): void {
    this.complete = true;
    this.user?.onComplete(trailers);
  }

  private onBytes(buffer: Buffer, length: number): boolean {
    if (this.route.onTraffic) {
      const { bytes: out, packets } = tcpTraffic(length);
      this.route.onTraffic({ out, packetsOut: packets });
    }
    try {
      const read = this.upgraded ? 0 : this.parser.feed(buffer, length, this);
      if (this.upgraded && read < length) this.user?.onRaw(buffer, read, length);
      if (this.complete) return this.release();
      return this.user?.afterBytes() ?? false;
    } catch (error) {
      if (!(error instanceof BadResponse)) this.target.group.deps.log(`rouse: load balancer: ${(error as Error).stack ?? String(error)}`);
      // Bytes behind a response that is complete are nobody's; the response itself is good.
      if (!this.complete) this.failure = "malformed";
      this.socket.destroy();
      return false;
    }
  }

  /** Only after all bytes that have come were looked at: what is behind a response is never taken for the next one. */
  private release(): boolean {
    const user = this.user;
    this.user = undefined;
    this.complete = false;
    if (!this.keepAlive || !user?.sent) {
      this.socket.destroy();
      return false;
    }
    this.reused = true;
    this.since = this.target.group.deps.clock.now();
    this.target.keep(this);
    return true;
  }

  private onEnd(): void {
    if (!this.user) this.target.withdraw(this);
    else if (this.upgraded) this.user.onTargetEnd();
    else if (this.parser.end(this)) {
      this.complete = false;
      this.user = undefined;
    }
  }

  private onClose(): void {
    this.target.closed(this);
    const user = this.user;
    this.user = undefined;
    if (!user || this.complete) return;
    user.onFailure(this.failure);
  }

  /** Whether any byte of a response has come. */
  get answering(): boolean {
    return this.parser.midway;
  }

  private count(bytes: number): void {
    if (!this.route.onTraffic) return;
    const traffic = tcpTraffic(bytes);
    this.route.onTraffic({ in: traffic.bytes, packetsIn: traffic.packets });
  }
}
