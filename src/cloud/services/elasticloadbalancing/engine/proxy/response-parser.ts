import { BadResponse, type ResponseHead, parseResponseHead, parseTrailers } from "./response-head.ts";

/** Whom a response is told to, piece by piece. Pieces are views of the buffer that was fed: valid until the call returns. */
export interface ResponseSink {
  /** A response with a status below 200; another one follows, other than after 101. */
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  onBody(piece: Buffer): void;
  /** The whole response has come. */
  onComplete(trailers: string[]): void;
}

/** "Entire response header: 32 K" (quotas of Application Load Balancers). */
const MAX_HEAD = 32 * 1024;
const MAX_CHUNK_LINE = 1024;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const NOTHING = Buffer.alloc(0);

type State = "idle" | "head" | "body" | "until-close" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "upgraded";

/**
 * Reads the responses on one connection to a target, one after the other, as their bytes come. It never reads more
 * leniently than the RFCs allow: a response that two readers could read differently is refused (`BadResponse`), and the
 * connection with it. `response-parser.test.ts` compares it with Node.js's own parser.
 */
export class ResponseParser {
  private state: State = "idle";
  private method = "GET";
  private left = 0;
  /** The beginning of a line or head of which the end has not come. */
  private partial: Buffer = NOTHING;

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
   * @returns what has not been read, after an upgrade; it is no HTTP
   * @throws BadResponse; the connection is of no more use
   */
  feed(input: Buffer, sink: ResponseSink): Buffer {
    let bytes = input;
    while (bytes.length > 0) {
      switch (this.state) {
        case "idle":
          throw new BadResponse("bytes that nobody asked for");
        case "head":
          bytes = this.readHead(bytes, sink);
          break;
        case "body":
        case "chunk":
          bytes = this.readCounted(bytes, sink);
          break;
        case "until-close":
          sink.onBody(bytes);
          return NOTHING;
        case "chunk-line":
        case "chunk-end":
        case "trailers":
          bytes = this.readLine(bytes, sink);
          break;
        case "upgraded":
          return bytes;
      }
    }
    return NOTHING;
  }

  /** The target has ended the connection. Returns whether that completes the response. */
  end(sink: ResponseSink): boolean {
    if (this.state !== "until-close") return false;
    this.state = "idle";
    sink.onComplete([]);
    return true;
  }

  private readHead(input: Buffer, sink: ResponseSink): Buffer {
    const bytes = this.withPartial(input);
    const end = bytes.indexOf("\r\n\r\n", 0, "latin1");
    if (end > MAX_HEAD || (end < 0 && bytes.length > MAX_HEAD)) throw new BadResponse("a head of more than 32 KB");
    if (end < 0) return this.keep(bytes, input);
    this.partial = NOTHING;
    const head = parseResponseHead(bytes.toString("latin1", 0, end), this.method);
    const rest = bytes.subarray(end + 4);
    if (head.status < 200) {
      if (head.status === 101) this.state = "upgraded";
      sink.onInterim(head);
      return rest;
    }
    this.begin(head, sink);
    return rest;
  }

  private begin(head: ResponseHead, sink: ResponseSink): void {
    this.left = typeof head.framing === "number" ? head.framing : 0;
    this.state = head.framing === "chunked" ? "chunk-line" : head.framing === "close" ? "until-close" : this.left > 0 ? "body" : "idle";
    sink.onHead(head);
    if (this.state === "idle") sink.onComplete([]);
  }

  private readCounted(bytes: Buffer, sink: ResponseSink): Buffer {
    const piece = bytes.length <= this.left ? bytes : bytes.subarray(0, this.left);
    this.left -= piece.length;
    const over = this.left === 0;
    if (over) this.state = this.state === "chunk" ? "chunk-end" : "idle";
    sink.onBody(piece);
    // The state may have been told of: whoever is told of the end may begin anew.
    if (over && this.state === "idle") sink.onComplete([]);
    return bytes.subarray(piece.length);
  }

  private readLine(input: Buffer, sink: ResponseSink): Buffer {
    const bytes = this.withPartial(input);
    const end = bytes.indexOf("\n", 0, "latin1");
    const limit = this.state === "trailers" ? MAX_HEAD : MAX_CHUNK_LINE;
    if (this.state === "trailers") return this.readTrailers(bytes, input, sink);
    if (end > limit || (end < 0 && bytes.length > limit)) throw new BadResponse("a chunk's line that is too long");
    if (end < 0) return this.keep(bytes, input);
    if (end === 0 || bytes[end - 1] !== 13) throw new BadResponse("half an end of line");
    this.partial = NOTHING;
    this.onLine(bytes.toString("latin1", 0, end - 1));
    return bytes.subarray(end + 1);
  }

  private onLine(line: string): void {
    if (this.state === "chunk-end") {
      if (line !== "") throw new BadResponse("a chunk longer than it says");
      this.state = "chunk-line";
      return;
    }
    const size = CHUNK_LINE.exec(line);
    if (!size) throw new BadResponse("no chunk size");
    this.left = Number.parseInt(size[1]!, 16);
    this.state = this.left === 0 ? "trailers" : "chunk";
  }

  private readTrailers(bytes: Buffer, input: Buffer, sink: ResponseSink): Buffer {
    const none = bytes.length >= 2 && bytes[0] === 13 && bytes[1] === 10;
    const end = none ? 0 : bytes.indexOf("\r\n\r\n", 0, "latin1");
    if (end > MAX_HEAD || (end < 0 && bytes.length > MAX_HEAD)) throw new BadResponse("trailers of more than 32 KB");
    if (end < 0) return this.keep(bytes, input);
    this.partial = NOTHING;
    this.state = "idle";
    sink.onComplete(parseTrailers(bytes.toString("latin1", 0, end)));
    return bytes.subarray(end + (none ? 2 : 4));
  }

  private withPartial(input: Buffer): Buffer {
    return this.partial.length === 0 ? input : Buffer.concat([this.partial, input]);
  }

  /** Keeps what has no end yet: a copy, for the buffer that was fed is used again. */
  private keep(bytes: Buffer, input: Buffer): Buffer {
    this.partial = bytes === input ? Buffer.from(bytes) : bytes;
    return NOTHING;
  }
}
