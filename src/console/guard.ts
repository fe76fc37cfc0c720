import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Who may talk to the console. It listens on loopback, where every program and every page in a browser of this machine can
 * reach it, so each request must prove three things:
 * - that it was meant for this server (Host): a name of somebody else's that resolves to 127.0.0.1 (DNS rebinding) is not
 * - that it knows the token, which is in the URL once and in a cookie from then on
 * - where it changes something: that a page of this server sent it (Origin; Fetch Metadata where the browser tells)
 */
export type Verdict =
  | { readonly kind: "allow" }
  /** The token was in the URL: set the cookie and lead to the address without it. */
  | { readonly kind: "sign in"; readonly to: string }
  | { readonly kind: "refuse"; readonly status: 400 | 401 | 403; readonly why: string };

export interface Guarded {
  readonly method: string;
  /** Path and query, as requested. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** Cookies are shared by all ports of a host (RFC 6265, section 8.5): its name says which console it is for. */
export const cookieName = (port: number): string => `rouse_console_${port}`;

const HOSTS = ["127.0.0.1", "localhost"];

export function judge(request: Guarded, { port, token }: { port: number; token: string }): Verdict {
  const { host, origin } = request.headers;
  if (!HOSTS.some((name) => host === `${name}:${port}`)) return refuse(400, `this server is not ${host ?? "without a name"}`);
  const url = parse(request.url, host!);
  if (!url) return refuse(400, "the address cannot be read");
  if (request.method !== "GET" && request.method !== "HEAD") {
    if (origin !== `http://${host}`) return refuse(403, "only the console's own page may do that");
  } else if (origin !== undefined && origin !== `http://${host}`) return refuse(403, "only the console's own page may read this");
  // Sec-Fetch-Site (Fetch Metadata Request Headers, W3C): `none` is what somebody typed or opened.
  const site = request.headers["sec-fetch-site"];
  const isNavigation = request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isNavigation) return refuse(403, "it was sent by another page");
  const given = url.searchParams.get("token");
  if (given !== null && url.pathname === "/") return isSame(given, token) ? { kind: "sign in", to: "/" } : refuse(401, WRONG_TOKEN);
  const cookie = cookieOf(request.headers.cookie, cookieName(port));
  return cookie !== undefined && isSame(cookie, token) ? { kind: "allow" } : refuse(401, cookie === undefined ? NO_TOKEN : WRONG_TOKEN);
}

const NO_TOKEN = "the address lacks its token";
const WRONG_TOKEN = "the token is of another console, or of one that has ended";

const refuse = (status: 400 | 401 | 403, why: string): Verdict => ({ kind: "refuse", status, why });

/** Without a difference in time between tokens that are nearly right and others. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function parse(url: string, host: string): URL | undefined {
  return URL.canParse(url, `http://${host}`) ? new URL(url, `http://${host}`) : undefined;
}

/** For every answer. The page is made of its own files and nothing else; `style-src` allows what a chart sets on its elements. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
