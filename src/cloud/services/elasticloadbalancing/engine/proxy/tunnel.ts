import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Client, Work } from "./client.ts";
import type { GroupCounters } from "./counters.ts";
import type { Front } from "./front.ts";
import type { Inbound } from "./inbound.ts";
import { rawAnswer } from "./pages.ts";
import { ANSWER_GRACE_MS, type Flow, STREAM_GRACE_MS } from "./pacing.ts";
import type { ResponseHead } from "./response-head.ts";
import { CONNECT_TIMEOUT_MS, type Failure, type TargetConnection, type TargetUser } from "./target-connection.ts";
import type { Abortable, Target } from "./target.ts";
import type { Timer } from "../../../../core/clock.ts";

/**
 * A request to upgrade its connection, and what becomes of it: with the target's 101, bytes both ways for as long as both
 * sides like, or until none have moved for the idle time-out; with any other response, that response and the end.
 */
export class Tunnel implements Work, TargetUser, Abortable {
  readonly patient = false;
  slot = -1;
  readonly sent = true;
  private readonly front: Front;
  private readonly client: Client;
  private readonly req: IncomingMessage;
  private readonly socket: Duplex;
  private readonly early: Buffer;
  private readonly target: Target;
  private readonly flow: Flow | undefined;
  private connection: TargetConnection | undefined;
  private unreachable: Timer | undefined;
  private startedAt = 0;
  private answered = false;
  private upgraded = false;
  private ended = false;
  private held = false;
  private over = false;

  /** @param from.early bytes that came behind the request's head */
  constructor(front: Front, from: { client: Client; req: IncomingMessage; socket: Duplex; early: Buffer }, target: Target) {
    this.front = front;
    this.client = from.client;
    this.req = from.req;
    this.socket = from.socket;
    this.early = from.early;
    this.target = target;
    this.flow = front.pacing?.begin(ANSWER_GRACE_MS);
  }

  private get counters(): GroupCounters {
    return this.front.counters.group(this.target.group.plan.fullName);
  }

  start(now: number, inbound: Inbound, head: string): void {
    this.counters.requests++;
    this.client.begin(this, now);
    this.target.begin(this);
    // A connection of its own: those that wait may be about to end, and this one does not come back.
    const connection = this.target.connect(this.front);
    if (connection === "closed") return this.onFailure("refused");
    if (typeof connection === "string") {
      this.flow?.rest();
      this.unreachable = this.front.clock.setTimer(CONNECT_TIMEOUT_MS, () => this.onFailure("connect-timeout"));
      return;
    }
    this.connection = connection;
    this.startedAt = this.front.elapsed();
    connection.send(this, inbound.method, head);
  }

  private moved(): void {
    this.client.lastActivity = this.front.clock.now();
    this.flow?.moved();
  }

  onUpgrade(head: ResponseHead): void {
    const { socket, connection } = this;
    if (this.over || !connection) return;
    this.moved();
    this.upgraded = true;
    if (this.flow) this.flow.graceMs = STREAM_GRACE_MS;
    socket.write(headText(head, `Connection: Upgrade\r\nUpgrade: ${head.upgrade ?? ""}\r\n`), "latin1");
    if (this.early.length > 0) connection.write(this.early);
    socket.on("data", (bytes: Buffer) => {
      this.moved();
      if (!connection.write(bytes)) socket.pause();
    });
    socket.on("end", () => connection.finishWriting());
    socket.resume();
  }

  /** After the upgrade: bytes as they are. */
  onRaw(buffer: Buffer, start: number, end: number): void {
    this.onBody(buffer, start, end);
  }

  onTargetEnd(): void {
    this.ended = true;
    this.socket.end();
  }

  onInterim(): void {
    this.moved();
  }

  onHead(head: ResponseHead): void {
    this.moved();
    this.answered = true;
    this.counters.answered(head.status, this.front.elapsed() - this.startedAt);
    // Without a length, the end of the connection says where the body ends.
    this.socket.write(headText(head, "Connection: close\r\n"), "latin1");
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    this.moved();
    // A copy: the buffer is read into again.
    if (this.socket.write(Buffer.from(buffer.subarray(start, end))) || this.held) return;
    this.held = true;
    this.socket.once("drain", () => {
      this.held = false;
      this.connection?.resume();
    });
  }

  onComplete(): void {
    this.connection = undefined;
    this.socket.end();
    this.finish();
  }

  afterBytes(): boolean {
    return !this.held;
  }

  onDrain(): void {
    this.socket.resume();
  }

  onFailure(failure: Failure): void {
    if (this.over) return;
    this.connection = undefined;
    if (failure === "refused" || failure === "connect-timeout") this.counters.connectionErrors++;
    if (failure === "tls") this.counters.tlsErrors++;
    this.fail(failure === "connect-timeout" ? 504 : 502);
  }

  private fail(status: number): void {
    if (this.over) return;
    if (this.upgraded || this.answered) {
      // What the target said last is still on its way.
      if (!this.ended) this.socket.destroy();
    } else {
      this.front.counters.answered(status);
      this.socket.end(rawAnswer(status, this.front.clock.now()));
    }
    this.finish();
  }

  abort(): void {
    this.drop();
    this.fail(502);
  }

  /** Behind the head of an upgrade is no HTTP that could be bad. */
  onBadRequest(): void {}

  onIdle(): void {
    this.drop();
    this.fail(504);
  }

  onClientGone(): void {
    if (this.over) return;
    if (!this.upgraded && !this.answered) this.front.counters.answered(460);
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
    this.flow?.end();
    this.unreachable?.cancel();
    this.req.resume();
    this.target.end(this);
    this.client.end(this, this.front.clock.now());
  }
}

function headText(head: ResponseHead, more: string): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let i = 0; i < head.headers.length; i += 2) text += `${head.headers[i]!}: ${head.headers[i + 1]!}\r\n`;
  return `${text}${more}\r\n`;
}
