import { AwsError } from "../../core/errors.ts";
import type { WireRequest } from "../protocol.ts";

/**
 * A body in `aws-chunked` encoding, read: `<size in hex>[;chunk-signature=…]\r\n<data>\r\n` and so on, a chunk of size 0,
 * then trailing headers (S3 API Reference, "Signature calculations for the Authorization header: Transferring payload in
 * multiple chunks"). Chunk signatures are not checked, as no signature is.
 */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  /** Lower-case names; complete when the body has been read to its end. */
  readonly trailers: Record<string, string> = {};
  private readonly source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const input = new ByteReader(this.source);
    for (;;) {
      const head = await input.line();
      const size = /^([0-9a-f]+)(?:;.*)?$/i.exec(head)?.[1];
      if (size === undefined) throw incomplete();
      let left = Number.parseInt(size, 16);
      if (left === 0) break;
      while (left > 0) {
        const data = await input.upTo(left);
        left -= data.length;
        yield data;
      }
      if ((await input.line()) !== "") throw incomplete();
    }
    for (let line = await input.lastLine(); line !== ""; line = await input.lastLine()) {
      const colon = line.indexOf(":");
      if (colon > 0) this.trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
  }
}

const incomplete = (): AwsError => new AwsError("IncompleteBody", "The request body terminated unexpectedly");

/** Bytes and lines from a stream of pieces. */
class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private held: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Between 1 and `most` bytes. */
  async upTo(most: number): Promise<Buffer> {
    if (this.held.length === 0 && !(await this.more())) throw incomplete();
    const taken = this.held.subarray(0, most);
    this.held = this.held.subarray(taken.length);
    return taken;
  }

  /** A line without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.held.indexOf("\r\n");
      if (end >= 0) {
        const text = this.held.toString("latin1", 0, end);
        this.held = this.held.subarray(end + 2);
        return text;
      }
      if (this.held.length > 8192 || !(await this.more())) throw incomplete();
    }
  }

  /** A line of the trailer; some clients leave out the last line ends. */
  async lastLine(): Promise<string> {
    while (!this.held.includes("\r\n") && (await this.more()));
    if (this.held.includes("\r\n")) return this.line();
    const rest = this.held.toString("latin1");
    this.held = Buffer.alloc(0);
    return rest;
  }

  private async more(): Promise<boolean> {
    if (this.ended) return false;
    const next = await this.source.next();
    if (next.done) {
      this.ended = true;
      return false;
    }
    this.held =
      this.held.length === 0 ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length) : Buffer.concat([this.held, next.value]);
    return true;
  }
}

/** The request's body without its transfer encoding; one that has none is given back as it is. */
export function decodeChunked(request: WireRequest): WireRequest {
  const encodings = (request.headers["content-encoding"] ?? "").split(",").map((each) => each.trim());
  const chunked = encodings.includes("aws-chunked") || (request.headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  if (!chunked || !request.stream) return request;
  const left = encodings.filter((each) => each !== "aws-chunked" && each !== "").join(", ");
  const headers = {
    ...request.headers,
    "content-encoding": left === "" ? undefined : left,
    "content-length": request.headers["x-amz-decoded-content-length"],
  };
  return { ...request, headers, stream: new ChunkedBody(request.stream) };
}
