import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { WireRequest, WireResponse } from "../wire/protocol.ts";

/** The largest body that is read; PutObject of an asset is the largest thing that any client sends. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

export type Answer = (request: WireRequest) => Promise<WireResponse>;

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Listens on loopback only. @param port 0 for any free one. @throws Error with `code` EADDRINUSE when it is taken. */
export async function listen(answer: Answer, options: { port: number; clock: Clock; host?: string }): Promise<Gateway> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    // Virtual time stands still while a request is on its way through.
    let release = options.clock.hold();
    res.once("close", () => release());
    res.sendDate = false;
    void handle(answer, req, res, options.clock, async (work) => {
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
  clock: Clock,
  letTimePass: NonNullable<WireRequest["letTimePass"]>,
): Promise<void> {
  const body = await readBody(req);
  if (body === undefined) {
    res.writeHead(413, { connection: "close" }).end();
    return;
  }
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  const response = await answer({
    method: req.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
    headers: req.headers as Record<string, string | undefined>,
    body,
    letTimePass,
    client: () => ({
      address: req.socket.remoteAddress ?? "127.0.0.1",
      httpVersion: req.httpVersion,
      rawQuery: mark < 0 ? "" : url.slice(mark + 1),
      rawHeaders: req.rawHeaders,
    }),
  });
  // Text goes out as text: Node.js then writes head and body in one piece.
  const { body: payload } = response;
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
  // The head in one call: headers that are set before it are written the slow way.
  const { headers } = response;
  headers["date"] = httpDate(clock.now());
  headers["content-length"] = String(length);
  res.writeHead(response.status, response.cookies ? { ...headers, "set-cookie": response.cookies } : headers);
  res.end(req.method === "HEAD" ? undefined : payload);
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
