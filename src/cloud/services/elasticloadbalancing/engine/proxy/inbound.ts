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

const KIND = {
  plain: 0,
  drop: 1,
  host: 2,
  forwardedFor: 3,
  trace: 4,
  length: 5,
  encoding: 6,
  expect: 7,
  upgrade: 8,
  connection: 9,
  cookie: 10,
} as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/**
 * What becomes of a header. Those for one connection alone (RFC 9110, 7.6.1) end here; `X-Forwarded-Proto` and `-Port`,
 * and what says how a connection was encrypted, are the load balancer's to say.
 */
const KINDS: Record<string, Kind> = {
  host: KIND.host,
  "x-forwarded-for": KIND.forwardedFor,
  "x-forwarded-proto": KIND.drop,
  "x-forwarded-port": KIND.drop,
  "x-amzn-trace-id": KIND.trace,
  "content-length": KIND.length,
  "transfer-encoding": KIND.encoding,
  expect: KIND.expect,
  upgrade: KIND.upgrade,
  connection: KIND.connection,
  "keep-alive": KIND.drop,
  "proxy-connection": KIND.drop,
  te: KIND.drop,
  "x-amzn-tls-version": KIND.drop,
  "x-amzn-tls-cipher-suite": KIND.drop,
  cookie: KIND.cookie,
};

/** Names as clients spell them. Bounded: anybody may spell anything. */
const spelled = new Map<string, Kind>();

function kindOf(name: string): Kind {
  let kind = spelled.get(name);
  if (kind === undefined) {
    kind = KINDS[name.toLowerCase()] ?? KIND.plain;
    if (spelled.size < 1000) spelled.set(name, kind);
  }
  return kind;
}

/** "valid HTTP header names conform to the regular expression [-A-Za-z0-9]+" (`drop_invalid_header_fields`). */
const VALID_NAME = /^[-A-Za-z0-9]+$/;
// Node.js's parser lets none of these through; what is written on must not depend on that.
const UNSAFE = /[\r\n\0]/;
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
  let connection = "";
  let upgrade: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    const bytes = name.length + value.length + 4;
    inbound.headerBytes += bytes;
    if (bytes > MAX_LINE || UNSAFE.test(value)) throw new Refused(400);
    if (NOT_ASCII.test(value)) inbound.oddity = true;
    if (dropInvalid && !VALID_NAME.test(name)) {
      inbound.dropped = true;
      continue;
    }
    switch (kindOf(name)) {
      case KIND.plain:
        inbound.passed += `${name}: ${value}\r\n`;
        break;
      case KIND.cookie:
        inbound.passed += `${name}: ${value}\r\n`;
        inbound.cookie = inbound.cookie === "" ? value : `${inbound.cookie}; ${value}`;
        break;
      case KIND.connection:
        connection = connection === "" ? value.toLowerCase() : `${connection},${value.toLowerCase()}`;
        break;
      case KIND.upgrade:
        upgrade = value;
        break;
      default:
        readSpecial(inbound, kindOf(name), value);
    }
  }
  if (inbound.headerBytes > MAX_HEADERS) throw new Refused(400);
  if (connection !== "" && connection !== "keep-alive" && connection !== "close") honour(inbound, connection, upgrade);
}

function readSpecial(inbound: Inbound, kind: Kind, value: string): void {
  switch (kind) {
    case KIND.host:
      inbound.host ??= value;
      inbound.hosts.push(value);
      break;
    case KIND.forwardedFor:
      inbound.forwardedFor = inbound.forwardedFor === undefined ? value : `${inbound.forwardedFor}, ${value}`;
      if (inbound.forwardedFor.split(",").length > MAX_FORWARDED_FOR) throw new Refused(463);
      break;
    case KIND.trace:
      inbound.traceId = value;
      break;
    case KIND.length:
      if (inbound.lengthGiven || inbound.body === "chunked" || !/^\d{1,15}$/.test(value)) throw new Refused(400);
      inbound.lengthGiven = true;
      inbound.body = Number(value);
      if (inbound.body === 0 && (inbound.method === "GET" || inbound.method === "HEAD")) inbound.oddity = true;
      break;
    case KIND.encoding:
      // "The supported values for Transfer-Encoding are chunked and identity" (HTTP 501); identity is no length, and refused.
      if (value.toLowerCase() !== "chunked") throw new Refused(501);
      if (inbound.lengthGiven || inbound.body === "chunked") throw new Refused(400);
      inbound.body = "chunked";
      break;
    case KIND.expect:
      inbound.expectsContinue = value.toLowerCase() === "100-continue";
      break;
    default:
      break;
  }
}

/** Headers that Connection names are for this connection alone. */
function honour(inbound: Inbound, connection: string, upgrade: string | undefined): void {
  const names = new Set(connection.split(",").map((name) => name.trim()));
  if (names.has("upgrade")) inbound.upgrade = upgrade;
  for (const name of names) {
    if (name === "" || KINDS[name] === KIND.connection || name === "close" || name === "upgrade") continue;
    const lines = inbound.passed.split("\r\n");
    inbound.passed = lines.filter((line) => line.slice(0, line.indexOf(":")).toLowerCase() !== name).join("\r\n");
  }
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
