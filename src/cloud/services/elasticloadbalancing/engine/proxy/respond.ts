import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../../core/clock.ts";
import { SERVER, page, reasonOf } from "./pages.ts";

/** An answer of the load balancer's own. */
export interface OwnAnswer {
  status: number;
  /** Reason phrase, where it is not the status's usual one. */
  reason?: string;
  contentType?: string;
  /** Further headers: name, value, name, value, … */
  headers?: string[];
  body?: string | Buffer;
  /** The connection ends with it. */
  close?: boolean;
}

export interface AnswerRules {
  clock: Clock;
  /** `routing.http.response.server.enabled` */
  server: boolean;
}

let dateSecond = Number.NaN;
let dateText = "";

export function httpDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}

/** Writes an answer of the load balancer's own; without a body given, the page that goes with the status. */
export function respond(req: IncomingMessage, res: ServerResponse, answer: OwnAnswer, rules: AnswerRules): void {
  if (res.headersSent || res.destroyed) return;
  const body = answer.body ?? page(answer.status);
  const headers = rules.server ? ["Server", SERVER] : [];
  headers.push("Date", httpDate(rules.clock.now()));
  const contentType = answer.body === undefined ? "text/html" : answer.contentType;
  if (contentType !== undefined) headers.push("Content-Type", contentType);
  headers.push("Content-Length", String(Buffer.byteLength(body)), ...(answer.headers ?? []));
  // What is left of a body that nobody reads would be taken for the next request, or never end.
  const unread = !req.complete && (req.headers["content-length"] ?? req.headers["transfer-encoding"]) !== undefined;
  if (answer.close || unread) headers.push("Connection", "close");
  res.sendDate = false;
  res.writeHead(answer.status, answer.reason ?? reasonOf(answer.status), headers);
  res.end(req.method === "HEAD" ? undefined : body);
}
