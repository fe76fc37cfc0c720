import type { WokenTag } from "../shared/engine.ts";
import { knownAgent } from "./agents.ts";

/** What an Application Load Balancer gives a function (User Guide for Application Load Balancers, "Use Lambda functions as targets"). */
export interface AlbEvent {
  readonly httpMethod: string;
  readonly path: string;
  /** With the target group's attribute lambda.multi_value_headers.enabled. Not decoded. */
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  /** Without it. */
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DoorRequest {
  readonly method: string;
  readonly path: string;
  /** For Location: the path and the query. */
  readonly location: string;
  /** Of a header by its name in lower case; "" where there is none. */
  readonly header: (name: string) => string;
}

export function readRequest(event: AlbEvent): DoorRequest {
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? event.headers ?? {}))
    headers.set(name.toLowerCase(), [values].flat().join(", "));
  const query = Object.entries(event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value) => `${key}=${value}`),
  );
  // Of a path such as //example.com a browser would make another host. A dot segment goes when the reference is resolved (RFC 3986, 5.2.4).
  const path = /^\/[/\\]/.test(event.path) ? `/.${event.path}` : event.path;
  return {
    method: event.httpMethod,
    path: event.path,
    location: query.length > 0 ? `${path}?${query.join("&")}` : path,
    header: (name) => headers.get(name) ?? "",
  };
}

/** An arrival that long ago is no arrival: somebody's clock is wrong. */
const OLDEST_MS = 60_000;

/**
 * When the load balancer got the request, or somewhat later: never before. It may have waited for this function since (a cold
 * start). The header's time is whole seconds, in `Self` where the client has sent a `Root` of its own (User Guide for
 * Application Load Balancers, "Request tracing": `Self=1-67891234-…;Root=1-67891233-…`).
 */
export function arrivalOf({ header }: DoorRequest, now: number): number {
  const trace = header("x-amzn-trace-id");
  const second = (/Self=1-([0-9a-f]{8})-/i.exec(trace) ?? /Root=1-([0-9a-f]{8})-/i.exec(trace))?.[1];
  if (second === undefined) return now;
  const latest = (Number.parseInt(second, 16) + 1) * 1000;
  return now - latest > OLDEST_MS ? now : Math.min(now, latest);
}

/**
 * Whom a task that starts now is for. Its query stays out: it may hold what is nobody's business.
 * @param arrived and `now`: milliseconds
 */
export function wokenBy({ method, path, header }: DoorRequest, arrived: number, now: number): WokenTag {
  // The load balancer puts the client's address behind what the client says of itself (User Guide for Application Load Balancers, "HTTP headers").
  const who = header("x-forwarded-for").split(",").at(-1)?.trim();
  const [at, seen] = [arrived, now].map((time) => new Date(time).toISOString());
  return { at: at!, seen: seen!, ...(who ? { who } : {}), what: `${method} ${path}` };
}

export interface Ignoring {
  /** Regular expressions. */
  readonly agents: readonly string[];
  /** Patterns with `*` and `?`, as in listener rules. */
  readonly paths: readonly string[];
  readonly healthPath: string;
  /** Path patterns of the listener rule. */
  readonly route: readonly string[];
}

/**
 * - `monitor`, `crawler`: answered without waking anybody
 * - `progress`: the waiting page asks how far it is
 * - `page`: a browser goes there, and gets the waiting page
 * - `upgrade`: a WebSocket, which nobody can hold
 * - `preflight`: a browser asks whether a script of another origin may send a request; it follows no redirect
 * - `held`: everybody else
 */
export type Kind = "monitor" | "crawler" | "progress" | "page" | "upgrade" | "preflight" | "held";

const isSafe = (method: string): boolean => method === "GET" || method === "HEAD" || method === "OPTIONS";

export function kindOf(request: DoorRequest, ignoring: Ignoring): Kind {
  const { method, path, header } = request;
  const isLook = method === "GET" || method === "HEAD";
  if (isLook && header("x-rouse-progress") === "1") return "progress";
  if (path === ignoring.healthPath || ignoring.paths.some((pattern) => matches(pattern, path))) return "monitor";
  if (method === "HEAD" && (path === "/" || ignoring.route.some((pattern) => rootOf(pattern) === rootOf(path)))) return "monitor";
  const agent = header("user-agent");
  if (ignoring.agents.some((pattern) => new RegExp(pattern, "i").test(agent))) return "monitor";
  // A bot that posts something is somebody's webhook.
  const known = isSafe(method) ? knownAgent(agent) : undefined;
  if (known) return known;
  if (header("upgrade").toLowerCase() === "websocket") return "upgrade";
  if (method === "OPTIONS" && header("origin") !== "" && header("access-control-request-method") !== "") return "preflight";
  return isLook && prefersHtml(request) ? "page" : "held";
}

/** The fixed beginning of a path pattern, without a slash at its end. */
const rootOf = (pattern: string): string => pattern.replace(/[*?].*$/, "").replace(/\/+$/, "");

/** As listener rules compare paths: by case, `*` is any characters and `?` is one. */
function matches(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(path);
}

/** A navigation: a page is what it names, and it names nothing that it likes better. `*` alone is a program that takes anything. */
function prefersHtml({ header }: DoorRequest): boolean {
  const destination = header("sec-fetch-dest");
  if (destination !== "" && !["document", "iframe", "frame"].includes(destination)) return false;
  const accepted = header("accept")
    .split(",")
    .map((one) => {
      const [type = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="));
      return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
    });
  const best = (wanted: (type: string) => boolean): number =>
    Math.max(0, ...accepted.filter(({ type }) => wanted(type)).map(({ quality }) => quality));
  const isPage = (type: string): boolean => type === "text/html" || type === "application/xhtml+xml";
  const html = best(isPage);
  return html > 0 && html >= best((type) => !isPage(type) && !type.includes("*"));
}
