import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../../../core/clock.ts";
import type { BalancerCounters } from "./counters.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import type { Sender } from "./outbound.ts";
import { rawAnswer } from "./pages.ts";

/** What a client has asked for and not yet got. */
export interface Work {
  /** Not ended by idleness: a Lambda function takes the time that it has. */
  readonly patient: boolean;
  onIdle(): void;
  onClientGone(): void;
  /** What comes behind the head is no HTTP. */
  onBadRequest(): void;
}

/** What a client connection needs to know of its listener. */
export interface ClientHost {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly counters: BalancerCounters;
  /** `idle_timeout.timeout_seconds` and `client_keep_alive.seconds`, in ms. */
  readonly idleMs: number;
  readonly keepAliveMs: number;
}

/** A connection from a client: who it is, what it waits for, and how long it has been idle. */
export class Client implements Deadline {
  readonly socket: Socket;
  readonly sender: Sender;
  lastActivity: number;
  /** It has been told that it speaks no HTTP. */
  refused = false;
  private readonly host: ClientHost;
  private readonly openedAt: number;
  private readonly works: Work[] = [];
  private counted = 0;
  private readAtLastRequest = 0;

  constructor(host: ClientHost, socket: Socket) {
    this.host = host;
    this.socket = socket;
    this.openedAt = host.clock.now();
    this.lastActivity = this.openedAt;
    const address = socket.remoteAddress ?? "";
    this.sender = { address: address.startsWith("::ffff:") ? address.slice(7) : address, port: socket.remotePort ?? 0 };
    if ("getCipher" in socket) {
      const tls = socket as TLSSocket;
      this.sender.tls = { version: tls.getProtocol() ?? "", cipher: tls.getCipher()?.standardName ?? "" };
    }
    host.counters.opened();
    host.deadlines.add(this);
    socket.once("close", () => this.onClose());
  }

  begin(work: Work, now: number): void {
    this.lastActivity = now;
    this.works.push(work);
  }

  end(work: Work, now: number): void {
    const at = this.works.indexOf(work);
    if (at < 0) return;
    this.works.splice(at, 1);
    this.lastActivity = now;
    this.readAtLastRequest = this.socket.bytesRead;
    // From here the deadline is near again.
    if (this.works.length === 0) this.host.deadlines.sooner(this);
  }

  /** "The maximum length of time a client HTTP connection can stay open" has passed: the next answer is its last. */
  isOld(now: number): boolean {
    return now - this.openedAt >= this.host.keepAliveMs;
  }

  dueAt(): number {
    if (this.works.some((work) => work.patient)) return Number.POSITIVE_INFINITY;
    const idle = this.lastActivity + this.host.idleMs;
    return this.works.length > 0 ? idle : Math.min(idle, this.openedAt + this.host.keepAliveMs);
  }

  expire(now: number): void {
    if (this.works.length > 0) {
      for (const work of [...this.works]) work.onIdle();
      // What has been answered may keep the connection.
      this.lastActivity = now;
      if (!this.socket.destroyed) this.host.deadlines.add(this);
      return;
    }
    if (this.socket.bytesRead <= this.readAtLastRequest) return void this.socket.destroy();
    // "HTTP 408: The client did not send data before the idle timeout period expired": here, the end of a request's head.
    this.host.counters.answered(408);
    this.socket.end(rawAnswer(408, now));
  }

  /** Its bytes are no HTTP. Returns whether it still has to be told. */
  onBadRequest(): boolean {
    if (this.refused) this.socket.destroy();
    const tell = !this.refused && this.works.length === 0;
    this.refused = true;
    for (const work of [...this.works]) work.onBadRequest();
    return tell;
  }

  /** Bytes since the last look, both ways. */
  takeBytes(): number {
    const all = this.socket.bytesRead + this.socket.bytesWritten;
    const since = all - this.counted;
    this.counted = all;
    return since;
  }

  private onClose(): void {
    this.host.deadlines.delete(this);
    this.host.counters.closed();
    this.host.counters.bytes += this.takeBytes();
    for (const work of this.works.splice(0)) work.onClientGone();
  }
}
