import type { Ids } from "../../../../core/ids.ts";
import type { ListenerPlan } from "../model.ts";
import { type Inbound, hostOf } from "./inbound.ts";

/** Who has sent a request. */
export interface Sender {
  address: string;
  port: number;
  /** Of a TLS connection, by OpenSSL's names. */
  tls?: { version: string; cipher: string };
}

/** What the load balancer says of a request in headers of its own. */
export interface Added {
  host: string | undefined;
  /** Undefined where the mode removes it. */
  forwardedFor: string | undefined;
  traceId: string;
}

/** What does not change from request to request, read from the attributes once. */
export interface OutboundRules {
  proto: "http" | "https";
  port: number;
  /** Of this machine, where it stands for `port`. */
  realPort: number;
  preserveHost: boolean;
  forwardedFor: "append" | "preserve" | "remove";
  clientPort: boolean;
  tlsHeaders: boolean;
}

export function outboundRules(plan: ListenerPlan, realPort: number): OutboundRules {
  const { attributes } = plan.loadBalancer;
  return {
    proto: plan.protocol === "HTTPS" ? "https" : "http",
    port: plan.port,
    realPort,
    preserveHost: attributes["routing.http.preserve_host_header.enabled"] === "true",
    forwardedFor: (attributes["routing.http.xff_header_processing.mode"] as OutboundRules["forwardedFor"] | undefined) ?? "append",
    clientPort: attributes["routing.http.xff_client_port.enabled"] === "true",
    tlsHeaders: attributes["routing.http.x_amzn_tls_version_and_cipher_suite.enabled"] === "true",
  };
}

/** @param now of the cloud's clock */
export function addedTo(inbound: Inbound, from: Sender, rules: OutboundRules, now: number, trace: TraceIds): Added {
  return {
    host: hostFor(inbound, rules),
    forwardedFor: forwardedFor(inbound.forwardedFor, from, rules),
    traceId: traceFor(inbound, now, trace),
  };
}

/**
 * "When not using the default ports (ports 80 or 443) we append the port number to the host header if it isn't already
 * appended. For default listener ports any port number that was already in the incoming host header is removed"
 * (User Guide, "Host header preservation").
 *
 * Not removed is the port of this machine that stands for 80 or 443: a client of this machine must write it, and who
 * builds addresses from Host would build ones that lead nowhere.
 */
function hostFor(inbound: Inbound, rules: OutboundRules): string | undefined {
  const host = inbound.host;
  if (rules.preserveHost) return inbound.hosts[0] ?? host;
  if (host === undefined) return undefined;
  const isDefault = rules.port === 80 || rules.port === 443;
  const bare = host.slice(0, hostOf(host).length);
  if (!isDefault) return bare.length === host.length ? `${host}:${rules.port}` : host;
  return host === `${bare}:${rules.realPort}` && rules.realPort !== rules.port ? host : bare;
}

/** User Guide, "X-Forwarded-For"; an IPv6 address has brackets only with a port. */
function forwardedFor(given: string | undefined, { address, port }: Sender, rules: OutboundRules): string | undefined {
  if (rules.forwardedFor === "remove") return undefined;
  if (rules.forwardedFor === "preserve") return given;
  const client = rules.clientPort ? `${address.includes(":") ? `[${address}]` : address}:${port}` : address;
  return given === undefined || given === "" ? client : `${given}, ${client}`;
}

/** 24 hexadecimal digits, another each time: random ones, and a number for each request behind them. */
export class TraceIds {
  private readonly beginning: string;
  private count = 0;

  constructor(ids: Ids) {
    this.beginning = ids.hex(14);
  }

  next(): string {
    return this.beginning + (++this.count).toString(16).padStart(10, "0");
  }
}

let traceSecond = Number.NaN;
let traceTime = "";

/** User Guide, "Request tracing": Root is made where there is none; Self is put first where there is one, in place of another. */
function traceFor({ traceId, headerBytes }: Inbound, now: number, trace: TraceIds): string {
  const second = Math.floor(now / 1000);
  if (second !== traceSecond) {
    traceSecond = second;
    traceTime = second.toString(16).padStart(8, "0");
  }
  const own = `1-${traceTime}-${trace.next()}`;
  // "If the HTTP headers are greater than 7 KB, the load balancer rewrites the X-Amzn-Trace-Id header with a Root field."
  if (traceId === undefined || headerBytes > 7 * 1024 || !/(^|;)\s*Root=/i.test(traceId)) return `Root=${own}`;
  const kept = traceId.split(";").filter((field) => !/^\s*Self=/i.test(field));
  return `Self=${own};${kept.join(";")}`;
}

/** The request's head as the target gets it, with the empty line at its end. @param upgrade of a connection to be upgraded */
export function headFor(inbound: Inbound, added: Added, rules: OutboundRules, sender: Sender, upgrade?: string): string {
  let head = `${inbound.method} ${inbound.target} HTTP/1.1\r\n`;
  if (rules.preserveHost && inbound.hosts.length > 1) for (const host of inbound.hosts) head += `Host: ${host}\r\n`;
  else head += `Host: ${added.host ?? ""}\r\n`;
  if (added.forwardedFor !== undefined) head += `X-Forwarded-For: ${added.forwardedFor}\r\n`;
  head += `X-Forwarded-Proto: ${rules.proto}\r\nX-Forwarded-Port: ${rules.port}\r\nX-Amzn-Trace-Id: ${added.traceId}\r\n`;
  if (rules.tlsHeaders && sender.tls) {
    head += `X-Amzn-Tls-Version: ${sender.tls.version}\r\nX-Amzn-Tls-Cipher-Suite: ${sender.tls.cipher}\r\n`;
  }
  if (upgrade !== undefined) head += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  if (inbound.body === "chunked") head += "Transfer-Encoding: chunked\r\n";
  else if (inbound.lengthGiven) head += `Content-Length: ${inbound.body}\r\n`;
  if (inbound.expectsContinue) head += "Expect: 100-continue\r\n";
  return `${head}${inbound.passed}\r\n`;
}
