import { BadResponse, type ResponseHead, parseResponseHead, parseTrailers } from "./response-head.ts";

/** Whom a response is told to, piece by piece. */
export interface ResponseSink {
  /** A response with a status below 200; another one follows, other than after 101. */
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /** The bytes from `start` to before `end` of a buffer that is good until the call returns. */
  onBody(buffer: Buffer, start: number, end: number): void;
  /** The whole response has come. */
  onComplete(trailers: string[]): void;
}

/** "Entire response header: 32 K" (quotas of Application Load Balancers). */
const MAX_HEAD = 32 * 1024;
const MAX_CHUNK_LINE = 1024;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const NOTHING = Buffer.alloc(0);
const CR = 13;
const LF = 10;

type State = "idle" | "head" | "body" | "until-close" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "upgraded";

/**
 * Reads the responses on one connection to a target, one after the other, as their bytes come. It never reads more
 * leniently than the RFCs allow: a response that two readers could read differently is refused (`BadResponse`), and the
 * connection with it. `response-parser.test.ts` compares it with Node.js's own parser.
 *
 * Places in the buffer are numbers, not views of it: a view costs as much as all the rest of a small response's reading.
 */
export class ResponseParser {
  private state: State = "idle";
  private method = "GET";
  private left = 0;
  /** The beginning of a line or head of which the end has not come. */
  private partial: Buffer = NOTHING;
  /** The head that came last, read: within a second, a target's heads are mostly the same to the letter. */
  private last: { text: string; method: string; head: ResponseHead } | undefined;

  /** A request has been sent: its response is next. */
  expect(method: string): void {
    this.method = method;
    this.state = "head";
  }

  /** Whether a response has begun, and not ended. */
  get midway(): boolean {
    return this.state !== "idle" && (this.state !== "head" || this.partial.length > 0);
  }

  /**
   * Reads the first `length` bytes of a buffer.
   * @returns how many it has read: all, other than after an upgrade, behind which is no HTTP
   * @throws BadResponse; the connection is of no more use
   */
  feed(input: Buffer, length: number, sink: ResponseSink): number {
    let at = 0;
    while (at < length) {
      switch (this.state) {
        case "idle":
          throw new BadResponse("bytes that nobody asked for");
        case "head":
          at = this.readHead(input, at, length, sink);
          break;
        case "body":
        case "chunk":
          at = this.readCounted(input, at, length, sink);
          break;
        case "until-close":
          sink.onBody(input, at, length);
          return length;
        case "chunk-line":
        case "chunk-end":
          at = this.readLine(input, at, length);
          break;
        case "trailers":
          at = this.readTrailers(input, at, length, sink);
          break;
        case "upgraded":
          return at;
      }
    }
    return at;
  }

  /** The target has ended the connection. Returns whether that completes the response. */
  end(sink: ResponseSink): boolean {
    if (this.state !== "until-close") return false;
    this.state = "idle";
    sink.onComplete([]);
    return true;
  }

  private readHead(input: Buffer, at: number, length: number, sink: ResponseSink): number {
    const block = this.takeUntil("\r\n\r\n", input, at, length, MAX_HEAD);
    if (!block) return length;
    const head = this.parseHead(block.text);
    if (head.status >= 200) this.begin(head, sink);
    else {
      if (head.status === 101) this.state = "upgraded";
      sink.onInterim(head);
    }
    return block.next;
  }

  private parseHead(text: string): ResponseHead {
    if (this.last?.text === text && this.last.method === this.method) return this.last.head;
    const head = parseResponseHead(text, this.method);
    this.last = { text, method: this.method, head };
    return head;
  }

  private begin(head: ResponseHead, sink: ResponseSink): void {
    this.left = typeof head.framing === "number" ? head.framing : 0;
    this.state = head.framing === "chunked" ? "chunk-line" : head.framing === "close" ? "until-close" : this.left > 0 ? "body" : "idle";
    sink.onHead(head);
    if (this.state === "idle") sink.onComplete([]);
  }

  private readCounted(input: Buffer, at: number, length: number, sink: ResponseSink): number {
    const end = Math.min(length, at + this.left);
    const ofChunk = this.state === "chunk";
    this.left -= end - at;
    const over = this.left === 0;
    if (over) this.state = ofChunk ? "chunk-end" : "idle";
    sink.onBody(input, at, end);
    if (over && !ofChunk) sink.onComplete([]);
    return end;
  }

  private readLine(input: Buffer, at: number, length: number): number {
    const block = this.takeUntil("\r\n", input, at, length, MAX_CHUNK_LINE);
    if (!block) return length;
    if (this.state === "chunk-end") {
      if (block.text !== "") throw new BadResponse("a chunk longer than it says");
      this.state = "chunk-line";
      return block.next;
    }
    const size = CHUNK_LINE.exec(block.text);
    if (!size) throw new BadResponse("no chunk size");
    this.left = Number.parseInt(size[1]!, 16);
    this.state = this.left === 0 ? "trailers" : "chunk";
    return block.next;
  }

  /** Lines up to an empty one, which may be the first. */
  private readTrailers(input: Buffer, at: number, length: number, sink: ResponseSink): number {
    const held = this.partial.length;
    const first = held > 0 ? this.partial[0] : input[at];
    const second = held > 1 ? this.partial[1] : input[held === 1 ? at : at + 1];
    const none = first === CR && second === LF && held + length - at >= 2;
    const block = this.takeUntil(none ? "\r\n" : "\r\n\r\n", input, at, length, MAX_HEAD);
    if (!block) return length;
    this.state = "idle";
    sink.onComplete(parseTrailers(block.text));
    return block.next;
  }

  /**
   * The text before `mark`, and where it goes on behind it; undefined while the mark has not come, and what has come is kept:
   * a copy, for the buffer is used again.
   */
  private takeUntil(mark: string, input: Buffer, at: number, length: number, limit: number): { text: string; next: number } | undefined {
    const held = this.partial.length;
    const bytes = held === 0 ? input : Buffer.concat([this.partial, input.subarray(at, length)]);
    const from = held === 0 ? at : 0;
    const until = held === 0 ? length : bytes.length;
    const found = bytes.indexOf(mark, from, "latin1");
    const end = found >= 0 && found + mark.length <= until ? found : -1;
    if ((end < 0 ? until : end) - from > limit) throw new BadResponse("a line or a head that is too long");
    if (end < 0) {
      this.partial = held === 0 ? Buffer.from(bytes.subarray(from, until)) : bytes;
      return undefined;
    }
    this.partial = NOTHING;
    return { text: bytes.toString("latin1", from, end), next: end + mark.length - (held === 0 ? 0 : held - at) };
  }
}
