import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fail, json, problem, refuse } from "./answers.ts";
import type { Done } from "./api-types.ts";
import { EventStream } from "./event-stream.ts";
import { type PageFile, readPage } from "./files.ts";
import { cookieName, judge, SECURITY_HEADERS } from "./guard.ts";
import { streamLogs } from "./log-stream.ts";
import { Poller } from "./poller.ts";
import { type Action, ACTIONS, type ConsoleSource } from "./source.ts";

export interface ConsoleOptions {
  readonly source: ConsoleSource;
  /** Folder of the built page. */
  readonly page: string;
  /** On 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Take the next free one where the port is taken. */
  readonly elsewhere?: boolean;
  /** Default: a fresh one of 192 bit. */
  readonly token?: string;
}

/** A console that runs. */
export interface Console {
  readonly port: number;
  /** With its token. */
  readonly url: string;
  close(): Promise<void>;
}

interface Parts {
  readonly source: ConsoleSource;
  readonly poller: Poller;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly streams: Set<EventStream>;
  readonly port: number;
  readonly token: string;
}

/** Serves the console's page and what it asks for (api-types.ts). @throws the error of a port that is taken */
export async function startConsole({
  source,
  page,
  port,
  elsewhere = false,
  token = randomBytes(24).toString("base64url"),
}: ConsoleOptions): Promise<Console> {
  const parts: { -readonly [K in keyof Parts]: Parts[K] } = {
    source,
    poller: new Poller(source),
    files: readPage(page),
    streams: new Set(),
    port: 0,
    token,
  };
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => fail(source, response, error));
  });
  await listen(server, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE" && elsewhere) return listen(server, 0);
    throw error;
  });
  parts.port = (server.address() as AddressInfo).port;
  return {
    port: parts.port,
    url: `http://127.0.0.1:${parts.port}/?token=${token}`,
    close: async () => {
      for (const stream of parts.streams) stream.end();
      parts.poller.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const verdict = judge({ method, url, headers }, parts);
  if (verdict.kind === "refuse") return refuse(response, verdict, headers.accept);
  if (verdict.kind === "sign in") {
    response.writeHead(303, {
      ...SECURITY_HEADERS,
      location: verdict.to,
      "set-cookie": `${cookieName(parts.port)}=${parts.token}; HttpOnly; SameSite=Strict; Path=/`,
      "cache-control": "no-store",
    });
    response.end();
    return;
  }
  const { pathname, searchParams } = new URL(url, "http://console");
  if (pathname.startsWith("/api/")) return await api(parts, { method, path: pathname.slice(5), search: searchParams }, response);
  if (method !== "GET" && method !== "HEAD") return problem(response, 405, `${method} is not possible here`, { allow: "GET, HEAD" });
  file(parts, pathname, request, response);
}

interface Call {
  readonly method: string;
  /** Below `/api/`. */
  readonly path: string;
  readonly search: URLSearchParams;
}

async function api(parts: Parts, { method, path, search }: Call, response: ServerResponse): Promise<void> {
  const [kind, encoded, what, ...rest] = path.split("/");
  const name = decode(encoded);
  const wants = (verb: string): boolean => {
    if (method === verb) return true;
    problem(response, 405, `${method} is not possible here`, { allow: verb });
    return false;
  };
  if (rest.length > 0 || name === undefined) return problem(response, 404, `there is no /api/${path}`);
  if (path === "overview") return wants("GET") ? json(response, await parts.source.overview()) : undefined;
  if (path === "events") return wants("GET") ? events(parts, search.get("leaf") ?? undefined, response) : undefined;
  if (kind !== "leaves" || name === "") return problem(response, 404, `there is no /api/${path}`);
  if (what === undefined) return wants("GET") ? json(response, await parts.source.leaf(name)) : undefined;
  if (what === "logs") return wants("GET") ? streamLogs(parts, name, search, response) : undefined;
  if (!ACTIONS.includes(what as Action)) return problem(response, 404, `there is no /api/${path}`);
  if (!wants("POST")) return;
  const done: Done = { message: await parts.source.act(name, what as Action) };
  json(response, done);
  parts.poller.lookNow();
}

/** @returns undefined for what is no name: `%zz` */
function decode(text = ""): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function events({ poller, streams }: Parts, leaf: string | undefined, response: ServerResponse): void {
  const stream = new EventStream(response, SECURITY_HEADERS, () => {
    streams.delete(stream);
    end();
  });
  streams.add(stream);
  const end = poller.watch({ ...(leaf === undefined ? {} : { leaf }), send: (event, data) => stream.send(event, data) });
}

function file({ files }: Parts, path: string, request: IncomingMessage, response: ServerResponse): void {
  const found = files.get(path === "/" ? "/index.html" : path);
  if (!found) {
    const why = files.size === 0 ? "the page was not built: npm run build" : `there is no ${path}`;
    return problem(response, 404, why);
  }
  const packed = found.gzip && /\bgzip\b/.test(`${request.headers["accept-encoding"]}`) ? found.gzip : undefined;
  const body = packed ?? found.body;
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    "content-type": found.type,
    "content-length": String(body.length),
    "cache-control": found.immutable ? "private, max-age=31536000, immutable" : "no-store",
    ...(packed ? { "content-encoding": "gzip" } : {}),
    vary: "accept-encoding",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
