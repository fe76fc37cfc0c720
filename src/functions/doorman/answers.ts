import type { Opened } from "./wake.ts";
import type { Phase, Progress, State } from "./phase.ts";
import type { DoorRequest, Kind } from "./request.ts";
import { waitingPage } from "./waiting-page.ts";

/** What a function answers a load balancer (User Guide for Application Load Balancers, "Respond to the load balancer"). */
export interface AlbAnswer {
  readonly statusCode: number;
  readonly statusDescription: string;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: "200 OK",
  204: "204 No Content",
  307: "307 Temporary Redirect",
  503: "503 Service Unavailable",
};

function answer(statusCode: number, state: State, headers: Readonly<Record<string, string | undefined>> = {}, body = ""): AlbAnswer {
  const all = { "cache-control": "no-store", "x-rouse-state": state, ...headers };
  const present = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
  return {
    statusCode,
    statusDescription: DESCRIPTIONS[statusCode]!,
    multiValueHeaders: Object.fromEntries(present.map(([name, value]) => [name, [value]])),
    body,
    isBase64Encoded: false,
  };
}

const TEXT = "text/plain; charset=utf-8";
/** Seconds after which it is worth to come again. */
const SOON = 3;
const LATER = 3_600;

export const ignored = (kind: Extract<Kind, "monitor" | "crawler">): AlbAnswer =>
  kind === "monitor"
    ? answer(200, "asleep", { "content-type": TEXT }, "asleep\n")
    : answer(503, "asleep", { "content-type": TEXT, "retry-after": String(LATER) }, "asleep: come again later\n");

/** For the waiting page: everything is in the headers, for it asks with HEAD. */
export function progress({ method }: DoorRequest, { state, phase, loop }: Progress): AlbAnswer {
  const headers = { "x-rouse-phase": phase, "x-rouse-reason": loop && encodeURIComponent(loop.reason), "content-type": "application/json" };
  return answer(200, state, headers, method === "HEAD" ? "" : `${JSON.stringify({ state, phase, reason: loop?.reason })}\n`);
}

/** Method and body are kept (RFC 9110, 15.4.8), and the reference is to the same host. */
export const redirect = ({ location }: DoorRequest): AlbAnswer => answer(307, "ready", { location });

/**
 * To a preflight, once the service is reached: the request that it asks for then goes to the service, which has its own say in
 * whether the script may read the answer. Not remembered, so that the next one asks the service itself; and without leave for
 * credentials, which only the service can give (Fetch Standard, "CORS protocol").
 */
export const preflight = ({ header }: DoorRequest): AlbAnswer =>
  answer(204, "ready", {
    "access-control-allow-methods": header("access-control-request-method"),
    "access-control-allow-headers": header("access-control-request-headers") || undefined,
    "access-control-max-age": "0",
  });

/**
 * A script of another origin may follow the redirect, and read how far the service is. All answers of the doorman's need
 * it: a browser looks at every answer on the way, redirects too (Fetch Standard, "HTTP fetch").
 */
export function forOrigin({ header }: DoorRequest, kind: Kind, given: AlbAnswer): AlbAnswer {
  const origin = header("origin");
  if (origin === "") return given;
  const multiValueHeaders = {
    ...given.multiValueHeaders,
    "access-control-allow-origin": [origin],
    ...(kind === "preflight"
      ? {}
      : { "access-control-allow-credentials": ["true"], "access-control-expose-headers": ["x-rouse-state, retry-after"] }),
    vary: [[...(given.multiValueHeaders["vary"] ?? []), "origin"].join(", ")],
  };
  return { ...given, multiValueHeaders };
}

const DOING: Record<Phase, string> = {
  starting: "a machine for it",
  image: "its image",
  container: "its container",
  health: "its first health check",
  ready: "its requests",
};

/** For whom it did not open in time. */
export function unready(
  request: DoorRequest,
  opened: Exclude<Opened, { kind: "ready" }>,
  about: { service: string; now: number; asPage: boolean },
): AlbAnswer {
  const { service, now } = about;
  const state: State = opened.kind === "crashed" ? "crashed" : opened.kind === "failed" ? "asleep" : "waking";
  const retryAfter =
    opened.kind === "crashed" ? Math.min(LATER, Math.max(SOON, Math.ceil((opened.loop.until - now) / 1000))) : opened.kind === "failed" ? 30 : SOON;
  const phase = opened.kind === "waiting" ? opened.phase : undefined;
  const headers = { "retry-after": String(retryAfter), "x-rouse-phase": phase };
  const body = (text: string): string => (request.method === "HEAD" ? "" : text);
  if (about.asPage) {
    const reason = opened.kind === "crashed" ? opened.loop.reason : opened.kind === "failed" ? opened.reason : undefined;
    const until = opened.kind === "crashed" ? opened.loop.until : undefined;
    const page = waitingPage({ service, phase: phase ?? "starting", reason, until });
    return answer(
      503,
      state,
      { ...headers, "content-type": "text/html; charset=utf-8", "content-security-policy": page.policy, vary: "accept" },
      body(page.html),
    );
  }
  const said = message(service, opened);
  if (/\bjson\b/i.test(request.header("accept"))) {
    const json = JSON.stringify({ error: said, service, state, ...(phase ? { phase } : {}), retryAfter });
    return answer(503, state, { ...headers, "content-type": "application/json" }, body(`${json}\n`));
  }
  return answer(503, state, { ...headers, "content-type": TEXT }, body(`${said}\n`));
}

function message(service: string, opened: Exclude<Opened, { kind: "ready" }>): string {
  switch (opened.kind) {
    case "waiting":
      return `${service} is waking up and waits for ${DOING[opened.phase]}. Try again in a moment.`;
    case "crashed":
      return `${service} keeps crashing: ${opened.loop.reason}. It is not started again before ${new Date(opened.loop.until).toISOString()}.`;
    case "failed":
      return `${service} could not be started: ${opened.reason}.`;
  }
}
