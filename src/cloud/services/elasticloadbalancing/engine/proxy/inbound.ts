import type { IncomingMessage } from "node:http";

/** A request as the load balancer reads it: one pass over its headers, for all that comes after. */
export interface Inbound {
  method: string;
  /** As sent, without query and fragment. */
  path: string;
  /** As sent, without `?`. */
  query: string;
  /** What the target is asked for: path, query and all, as sent. */
  target: string;
  /** The first Host header (or the authority of an absolute URL), as sent; undefined where there is none. */
  host: string | undefined;
  /** All Host headers. */
  hosts: string[];
  /** Header lines that go to the target as they are, each with its end of line. */
  passed: string;
  forwardedFor: string | undefined;
  traceId: string | undefined;
  cookie: string;
  body: number | "chunked";
  /** Content-Length was given; also where it is 0. */
  lengthGiven: boolean;
  expectsContinue: boolean;
  /** Of the Upgrade header, where Connection names it. */
  upgrade: string | undefined;
  /** Of the Connection headers, in lower case. */
  connection: string;
  /** Bytes of the header lines. */
  headerBytes: number;
  /** A reason to call it no plain HTTP that is harmless (`Acceptable` of the desync mitigation mode). */
  oddity: boolean;
  /** Headers were left out because of their names. */
  dropped: boolean;
}

/** A request that is answered before any rule is looked at, with this status. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(String(status));
    this.status = status;
  }
}

/** "Request line 16 K, single header 16 K, entire request header 64 K" (quotas of Application Load Balancers). */
export const MAX_LINE = 16 * 1024;
export const MAX_HEADERS = 64 * 1024;

/** "The upper limit for IP addresses is 30" (HTTP 463). */
const MAX_FORWARDED_FOR = 30;

/** Takes a header that says something to the load balancer. */
type Reader = (inbound: Inbound, value: string, name: string) => void;

const pass: Reader = (inbound, value, name) => {
  inbound.passed += `${name}: ${value}\r\n`;
};
const drop: Reader = () => {};

/**
 * What becomes of a header; of all others, `pass`. Those for one connection alone (RFC 9110, 7.6.1) end here;
 * `X-Forwarded-Proto` and `-Port`, and what says how a connection was encrypted, are the load balancer's to say.
 */
const READERS: Record<string, Reader> = {
  host: (inbound, value) => {
    if (NO_HOST.test(value)) throw new Refused(400);
    inbound.host ??= value;
    inbound.hosts.push(value);
  },
  "x-forwarded-for": (inbound, value) => {
    inbound.forwardedFor = inbound.forwardedFor === undefined ? value : `${inbound.forwardedFor}, ${value}`;
    if (inbound.forwardedFor.split(",").length > MAX_FORWARDED_FOR) throw new Refused(463);
  },
  "x-amzn-trace-id": (inbound, value) => {
    inbound.traceId = value;
  },
  "content-length": (inbound, value) => {
    if (inbound.lengthGiven || inbound.body === "chunked" || !/^\d{1,15}$/.test(value)) throw new Refused(400);
    inbound.lengthGiven = true;
    inbound.body = Number(value);
    if (inbound.body === 0 && (inbound.method === "GET" || inbound.method === "HEAD")) inbound.oddity = true;
  },
  "transfer-encoding": (inbound, value) => {
    // "The supported values for Transfer-Encoding are chunked and identity" (HTTP 501); identity is no length, and refused.
    if (value.toLowerCase() !== "chunked") throw new Refused(501);
    if (inbound.lengthGiven || inbound.body === "chunked") throw new Refused(400);
    inbound.body = "chunked";
  },
  expect: (inbound, value) => {
    inbound.expectsContinue = value.toLowerCase() === "100-continue";
  },
  upgrade: (inbound, value) => {
    inbound.upgrade = value;
  },
  connection: (inbound, value) => {
    const options = value.toLowerCase();
    inbound.connection = inbound.connection === "" ? options : `${inbound.connection},${options}`;
  },
  cookie: (inbound, value, name) => {
    pass(inbound, value, name);
    inbound.cookie = inbound.cookie === "" ? value : `${inbound.cookie}; ${value}`;
  },
  "x-forwarded-proto": drop,
  "x-forwarded-port": drop,
  "x-amzn-tls-version": drop,
  "x-amzn-tls-cipher-suite": drop,
  "keep-alive": drop,
  "proxy-connection": drop,
  te: drop,
};

/** By name as clients spell it. Bounded: anybody may spell anything. */
const spelled = new Map<string, Reader>();

function readerOf(name: string): Reader {
  let reader = spelled.get(name);
  if (reader === undefined) {
    const lower = name.toLowerCase();
    reader = Object.hasOwn(READERS, lower) ? READERS[lower]! : pass;
    if (spelled.size < 1000) spelled.set(name, reader);
  }
  return reader;
}

/** "valid HTTP header names conform to the regular expression [-A-Za-z0-9]+" (`drop_invalid_header_fields`). */
const VALID_NAME = /^[-A-Za-z0-9]+$/;
// Node.js's parser lets none of these through; what is written on must not depend on that.
const UNSAFE = /[\r\n\0]/;
/** In a host they would make another URL of the one that it is put in. */
const NO_HOST = /[\s/?#@\\<>"]/;
const NOT_ASCII = /[^\t\x20-\x7e]/;
const NOT_VISIBLE = /[\0-\x20\x7f]/;

/** @throws Refused */
export function readInbound(req: IncomingMessage, dropInvalid: boolean): Inbound {
  const inbound: Inbound = {
    method: req.method!,
    path: "",
    query: "",
    target: "",
    host: undefined,
    hosts: [],
    passed: "",
    forwardedFor: undefined,
    traceId: undefined,
    cookie: "",
    body: 0,
    lengthGiven: false,
    expectsContinue: false,
    upgrade: undefined,
    connection: "",
    headerBytes: 0,
    oddity: false,
    dropped: false,
  };
  readHeaders(inbound, req.rawHeaders, dropInvalid);
  readTarget(inbound, req.url!);
  if (inbound.host === undefined && req.httpVersionMinor === 1) throw new Refused(400); // RFC 9112, 3.2
  if (inbound.method === "TRACE") throw new Refused(405); // "HTTP 405: The client used the TRACE method"
  return inbound;
}

function readHeaders(inbound: Inbound, raw: string[], dropInvalid: boolean): void {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    const bytes = name.length + value.length + 4;
    inbound.headerBytes += bytes;
    if (bytes > MAX_LINE || UNSAFE.test(value)) throw new Refused(400);
    if (NOT_ASCII.test(value)) inbound.oddity = true;
    if (dropInvalid && !VALID_NAME.test(name)) inbound.dropped = true;
    else readerOf(name)(inbound, value, name);
  }
  if (inbound.headerBytes > MAX_HEADERS) throw new Refused(400);
  const { connection } = inbound;
  if (connection === "" || connection === "keep-alive" || connection === "close") inbound.upgrade = undefined;
  else honour(inbound, connection);
}

/** Headers that Connection names are for this connection alone; those that the load balancer reads itself are not its to take away. */
function honour(inbound: Inbound, connection: string): void {
  const names = new Set(connection.split(",").map((name) => name.trim()));
  if (!names.has("upgrade")) inbound.upgrade = undefined;
  for (const usual of ["", "close", "keep-alive", "upgrade"]) names.delete(usual);
  if (names.size === 0) return;
  const lines = inbound.passed.split("\r\n");
  inbound.passed = lines.filter((line) => !names.has(line.slice(0, line.indexOf(":")).toLowerCase())).join("\r\n");
}

/** Origin form, absolute form, or `*` (RFC 9112, 3.2). */
function readTarget(inbound: Inbound, url: string): void {
  // "HTTP 414: The request URL or query string parameters are too large."
  if (url.length > MAX_LINE) throw new Refused(414);
  if (NOT_VISIBLE.test(url)) throw new Refused(400);
  let target = url;
  if (url.charCodeAt(0) !== 47 && !(url === "*" && inbound.method === "OPTIONS")) {
    const absolute = /^https?:\/\/([^/?#@]+)(.*)$/i.exec(url);
    if (!absolute) throw new Refused(400);
    inbound.host = absolute[1]!;
    target = absolute[2]!.startsWith("/") ? absolute[2]! : `/${absolute[2]!}`;
  }
  inbound.target = target;
  // "The query string component starts after the first '?' and is terminated by either a '#' or the end of the URI."
  const fragment = target.indexOf("#");
  const plain = fragment < 0 ? target : target.slice(0, fragment);
  const mark = plain.indexOf("?");
  inbound.path = mark < 0 ? plain : plain.slice(0, mark);
  inbound.query = mark < 0 ? "" : plain.slice(mark + 1);
}

/** The host of a Host header, in lower case and without its port. */
export function hostOf(host: string): string {
  const colon = host.lastIndexOf(":");
  const bare = colon > 0 && colon > host.lastIndexOf("]") ? host.slice(0, colon) : host;
  return bare.toLowerCase();
}
