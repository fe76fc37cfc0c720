import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import type { WireRequest, WireResponse } from "../../../wire/protocol.ts";

/** Answers a request as the gateway does. */
export type Serve = (request: WireRequest) => Promise<WireResponse>;

export interface InlineHttp {
  /** Told of every request that begins; calls what it gets when the answer has been read. */
  onRequest: () => () => void;
  serve: Serve;
}

interface RequestOptions {
  method?: string;
  host?: string;
  path?: string;
  headers?: Record<string, string | number>;
}

/**
 * A `node:http` that has as much as the AWS SDK's handler asks of it (@smithy/node-http-handler, node-http-handler.ts): `request` and
 * `Agent`. The cloud answers within the process; whatever host is asked, it is the cloud.
 */
export function inlineHttp(given: InlineHttp): object {
  const request = (options: RequestOptions, onResponse: (response: Readable) => void): InlineRequest => new InlineRequest(given, options, onResponse);
  const http = { request, Agent: InlineAgent };
  return { ...http, default: http };
}

class InlineAgent {
  readonly maxSockets = Infinity;
  destroy(): void {}
}

/** A request whose body comes with `end`, in one piece or after some `write`. */
class InlineRequest extends EventEmitter {
  private readonly given: InlineHttp;
  private readonly options: RequestOptions;
  private readonly chunks: Buffer[] = [];
  private readonly done: () => void;
  private isDestroyed = false;

  constructor(given: InlineHttp, options: RequestOptions, onResponse: (response: Readable) => void) {
    super();
    this.given = given;
    this.options = options;
    this.done = given.onRequest();
    this.once("response", onResponse);
  }

  write(chunk: string | Uint8Array): boolean {
    this.chunks.push(Buffer.from(chunk));
    return true;
  }

  end(chunk?: string | Uint8Array): this {
    if (chunk !== undefined && chunk.length > 0) this.write(chunk);
    void this.send();
    return this;
  }

  destroy(): this {
    this.isDestroyed = true;
    this.done();
    return this;
  }

  setTimeout(): this {
    return this;
  }

  private async send(): Promise<void> {
    const { method = "GET", path = "/", headers = {} } = this.options;
    const mark = path.indexOf("?");
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
    const rawQuery = mark < 0 ? "" : path.slice(mark + 1);
    const body = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    try {
      const answer = await this.given.serve({
        method,
        path: mark < 0 ? path : path.slice(0, mark),
        query: new URLSearchParams(rawQuery),
        headers: lower,
        body,
        client: () => ({ address: "127.0.0.1", httpVersion: "1.1", rawQuery, rawHeaders: Object.entries(lower).flat() }),
      });
      if (!this.isDestroyed) this.emit("response", responseOf(answer, this.done));
    } catch (error) {
      this.done();
      if (!this.isDestroyed) this.emit("error", error);
    }
  }
}

function responseOf({ status, headers, body }: WireResponse, done: () => void): Readable {
  const stream = body instanceof Readable ? body : whole(Buffer.from(body));
  stream.once("close", done);
  return Object.assign(stream, { statusCode: status, statusMessage: "", headers });
}

/** A stream of one piece; `Readable.from` would take several turns for it. */
function whole(body: Buffer): Readable {
  const stream = new Readable({ read: () => {} });
  if (body.length > 0) stream.push(body);
  stream.push(null);
  return stream;
}
