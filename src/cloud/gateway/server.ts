import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../core/clock.ts";
import type { WireRequest, WireResponse } from "../wire/protocol.ts";
import { MAX_BODY_BYTES } from "./body.ts";

export type Answer = (request: WireRequest) => Promise<WireResponse>;

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  port: number;
  clock: Clock;
  host?: string;
  /** Whether the body of a request is handed on as a stream, told by its head. None unless given. */
  streams?: (request: WireRequest) => boolean;
}

/** Listens on loopback only. @param port 0 for any free one. @throws Error with `code` EADDRINUSE when it is taken. */
export async function listen(answer: Answer, options: ListenOptions): Promise<Gateway> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    // Virtual time stands still while a request is on its way through.
    let release = options.clock.hold();
    res.once("close", () => release());
    res.sendDate = false;
    void handle(answer, req, res, options, async (work) => {
      release();
      try {
        return await work;
      } finally {
        if (!res.closed) release = options.clock.hold();
      }
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options.port, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, close: () => close(server) };
}

/** Most requests have no query; nobody changes it. */
const NO_QUERY = new URLSearchParams();
const NO_BODY = Buffer.alloc(0);

let dateSecond = Number.NaN;
let dateText = "";

/** The cloud's time as every answer states it, so that a client of a sped-up cloud can tell how late it is there. */
function httpDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(
  answer: Answer,
  req: IncomingMessage,
  res: ServerResponse,
  { clock, streams }: ListenOptions,
  letTimePass: NonNullable<WireRequest["letTimePass"]>,
): Promise<void> {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  const request: WireRequest = {
    method: req.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
    headers: req.headers as Record<string, string | undefined>,
    body: NO_BODY,
    letTimePass,
    client: () => ({
      address: req.socket.remoteAddress ?? "127.0.0.1",
      httpVersion: req.httpVersion,
      rawQuery: mark < 0 ? "" : url.slice(mark + 1),
      rawHeaders: req.rawHeaders,
    }),
  };
  if (streams?.(request)) {
    // What stops reading early still has an answer to send: the connection stays.
    request.stream = req.iterator({ destroyOnReturn: false });
  } else {
    const body = await readBody(req);
    if (body === undefined) {
      res.writeHead(413, { connection: "close" }).end();
      return;
    }
    request.body = body;
  }
  await send(req, res, await answer(request), clock);
}

async function send(req: IncomingMessage, res: ServerResponse, { status, headers, cookies, body }: WireResponse, clock: Clock): Promise<void> {
  headers["date"] = httpDate(clock.now());
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    res.writeHead(status, headers);
    // A client that goes away, or a file that does: the connection is cut, which is all that can be told by now.
    await pipeline(body, res).catch(() => res.destroy());
    return;
  }
  // Text goes out as text: Node.js then writes head and body in one piece.
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  // The answer to HEAD states the length of what GET would send.
  if (req.method !== "HEAD" || headers["content-length"] === undefined) headers["content-length"] = String(length);
  // The head in one call: headers that are set before it are written the slow way.
  res.writeHead(status, cookies ? { ...headers, "set-cookie": cookies } : headers);
  res.end(req.method === "HEAD" ? undefined : body);
}

/** The whole body, or undefined when it is too large. */
function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve(undefined);
    });
    req.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    req.on("error", () => resolve(Buffer.alloc(0)));
  });
}
