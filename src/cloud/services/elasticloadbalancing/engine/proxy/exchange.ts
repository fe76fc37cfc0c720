import type { IncomingMessage, ServerResponse } from "node:http";
import type { Client, Work } from "./client.ts";
import type { GroupCounters } from "./counters.ts";
import type { Front } from "./front.ts";
import type { Inbound } from "./inbound.ts";
import { ANSWER_GRACE_MS, type Flow, STREAM_GRACE_MS } from "./pacing.ts";
import type { ResponseHead } from "./response-head.ts";
import type { Failure, TargetConnection, TargetUser } from "./target-connection.ts";
import { CONNECT_TIMEOUT_MS } from "./target-connection.ts";
import type { Abortable, Target } from "./target.ts";
import type { Timer } from "../../../../core/clock.ts";

/** A body up to this is written in one piece with the head, as text: Node.js makes one system call of it. */
const IN_ONE_PIECE = 16 * 1024;

/** A request on its way to a target, and the response on its way back. */
export class Exchange implements Work, TargetUser, Abortable {
  readonly patient = false;
  slot = -1;
  /** The whole request has been written to the target. */
  sent: boolean;
  private readonly front: Front;
  private readonly client: Client;
  private readonly req: IncomingMessage;
  private readonly res: ServerResponse;
  private readonly inbound: Inbound;
  private readonly target: Target;
  private readonly head: string;
  /** Set-Cookie headers of the load balancer's own. */
  private readonly cookies: string[];
  private readonly flow: Flow | undefined;
  private connection: TargetConnection | undefined;
  private unreachable: Timer | undefined;
  private startedAt = 0;
  private pendingHead: ResponseHead | undefined;
  private answered = false;
  private over = false;
  private held = false;
  private continued = false;
  private retried = false;

  constructor(
    front: Front,
    from: { client: Client; req: IncomingMessage; res: ServerResponse },
    to: { target: Target; inbound: Inbound; head: string; cookies: string[] },
  ) {
    this.front = front;
    this.client = from.client;
    this.req = from.req;
    this.res = from.res;
    this.target = to.target;
    this.inbound = to.inbound;
    this.head = to.head;
    this.cookies = to.cookies;
    this.sent = to.inbound.body === 0;
    this.flow = front.pacing?.begin(ANSWER_GRACE_MS);
    if (this.flow) this.res.once("close", () => this.flow!.end());
  }

  start(now: number): void {
    this.counters.requests++;
    this.client.begin(this, now);
    this.target.begin(this);
    this.send(this.target.take());
    if (!this.sent && !this.over) this.readBody();
  }

  private get counters(): GroupCounters {
    return this.front.counters.group(this.target.group.plan.fullName);
  }

  private send(waiting: TargetConnection | undefined): void {
    const connection = waiting ?? this.target.connect(this.front);
    if (typeof connection === "string") return this.onNoRoute(connection);
    this.connection = connection;
    this.startedAt = this.front.elapsed();
    connection.send(this, this.inbound.method, this.head);
  }

  /** Nobody answers to a connection attempt, or it is refused. */
  private onNoRoute(why: "no-address" | "not-allowed" | "closed"): void {
    if (why === "closed") return this.onFailure("refused");
    this.flow?.rest();
    this.unreachable = this.front.clock.setTimer(CONNECT_TIMEOUT_MS, () => this.onFailure("connect-timeout"));
  }

  private readBody(): void {
    const { req } = this;
    const chunked = this.inbound.body === "chunked";
    req.on("data", (bytes: Buffer) => {
      this.moved();
      if (!this.connection || this.over) return;
      const more = chunked ? this.connection.writeChunk(bytes) : this.connection.write(bytes);
      if (!more) req.pause();
    });
    req.on("end", () => {
      if (chunked && !this.over) this.connection?.endChunks(req.rawTrailers);
      this.sent = true;
    });
  }

  onDrain(): void {
    this.moved();
    this.req.resume();
  }

  private moved(): void {
    this.client.lastActivity = this.front.clock.now();
    this.flow?.moved();
  }

  /** 100 is the client's to wait for; 102 and 103 go on to it as far as Node.js has a way to write them. */
  onInterim(head: ResponseHead): void {
    this.moved();
    if (this.over || this.res.headersSent) return;
    if (head.status === 100 && this.inbound.expectsContinue && !this.continued) {
      this.continued = true;
      this.res.writeContinue();
    } else if (head.status === 102) this.res.writeProcessing();
    else if (head.status === 103) earlyHints(this.res, head.headers);
  }

  onHead(head: ResponseHead): void {
    this.moved();
    if (this.flow) this.flow.graceMs = STREAM_GRACE_MS;
    if (!this.answered) this.counters.answered(head.status, this.front.elapsed() - this.startedAt);
    this.answered = true;
    this.pendingHead = head;
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    if (this.over) return;
    const head = this.pendingHead;
    if (head && head.framing === end - start && end - start <= IN_ONE_PIECE) {
      this.writeHead(head);
      this.res.end(buffer.toString("latin1", start, end), "latin1");
      return;
    }
    this.moved();
    if (head) this.writeHead(head);
    // A copy: the buffer is read into again.
    if (!this.res.write(Buffer.from(buffer.subarray(start, end)))) this.hold();
  }

  onComplete(trailers: string[]): void {
    if (this.over) return;
    if (this.pendingHead) this.writeHead(this.pendingHead);
    if (trailers.length > 0 && this.res.chunkedEncoding) this.res.addTrailers(pairs(trailers));
    if (!this.res.writableEnded) this.res.end();
    this.connection = undefined;
    this.finish();
  }

  afterBytes(): boolean {
    if (this.pendingHead && !this.over) {
      this.writeHead(this.pendingHead);
      this.res.flushHeaders();
    }
    return !this.held;
  }

  private writeHead(head: ResponseHead): void {
    this.pendingHead = undefined;
    const { res, req, client, front, cookies } = this;
    const more = cookies.length > 0 ? [...cookies] : [];
    if (head.trailer !== undefined && head.framing === "chunked" && req.httpVersionMinor === 1) more.push("Trailer", head.trailer);
    if (front.closing || client.isOld(front.clock.now()) || !this.mayStay()) more.push("Connection", "close");
    res.sendDate = false;
    res.writeHead(head.status, head.reason, more.length > 0 ? head.headers.concat(more) : (head.headers as string[]));
  }

  /** A client that waits for 100 and got an answer instead sends no body, or does: the connection can carry no other request. */
  private mayStay(): boolean {
    return this.sent || (this.req.complete && !this.inbound.expectsContinue) || this.continued;
  }

  private hold(): void {
    if (this.held) return;
    this.held = true;
    this.res.once("drain", () => {
      this.held = false;
      this.moved();
      this.connection?.resume();
    });
  }

  /** Nobody asked for it: Upgrade is not sent on with a plain request. */
  onUpgrade(): void {
    this.drop();
    this.fail(502);
  }

  onRaw(): void {}

  onTargetEnd(): void {}

  onFailure(failure: Failure): void {
    if (this.over) return;
    const { connection } = this;
    this.connection = undefined;
    if (failure === "closed" && this.mayRetry(connection)) {
      this.retried = true;
      return this.send(undefined);
    }
    if (failure === "refused" || failure === "connect-timeout") this.counters.connectionErrors++;
    if (failure === "tls") this.counters.tlsErrors++;
    this.fail(failure === "connect-timeout" ? 504 : 502);
  }

  /**
   * A target may end a connection that waits in the moment in which it is used again. The load balancer "sends an HTTP 502"
   * then (User Guide, "Connection idle timeout"); a request without a body that may be repeated is sent on a new connection
   * here, for the many targets that end connections after 5 s (Node.js's default).
   */
  private mayRetry(connection: TargetConnection | undefined): boolean {
    return (
      connection?.reused === true &&
      !this.retried &&
      !this.answered &&
      !connection.answering &&
      this.inbound.body === 0 &&
      REPEATABLE.has(this.inbound.method)
    );
  }

  /** Before the head of the answer has gone, the client is told; after it, all that can be done is to break off. */
  private fail(status: number): void {
    if (this.res.headersSent) this.res.destroy();
    else this.front.answer(this.req, this.res, { status });
    this.finish();
    this.req.resume();
  }

  abort(): void {
    this.drop();
    this.fail(502);
  }

  onIdle(): void {
    const waitsForClient = !this.sent && !this.req.isPaused();
    this.drop();
    this.fail(waitsForClient ? 408 : 504);
  }

  onBadRequest(): void {
    this.drop();
    this.fail(400);
  }

  /** "The client closed the connection with the load balancer before the idle timeout period elapsed" (HTTP 460). */
  onClientGone(): void {
    if (this.over) return;
    this.front.counters.answered(this.req.complete ? 460 : 400);
    this.drop();
    this.finish();
  }

  private drop(): void {
    this.connection?.abandon();
    this.connection = undefined;
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.unreachable?.cancel();
    this.target.end(this);
    this.client.end(this, this.front.clock.now());
  }
}

/** RFC 9110, 9.2.2. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

function pairs(flat: readonly string[]): [string, string][] {
  const all: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) all.push([flat[i]!, flat[i + 1]!]);
  return all;
}

function earlyHints(res: ServerResponse, headers: readonly string[]): void {
  const hints: Record<string, string[]> = {};
  for (const [name, value] of pairs(headers)) (hints[name.toLowerCase()] ??= []).push(value);
  if (hints["link"]) res.writeEarlyHints(hints);
}
