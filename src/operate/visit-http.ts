import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** One phase of a visit over HTTP that is over. Times are milliseconds since the visit began. */
export interface HttpPhase {
  name: "asked" | "awake" | "first byte";
  at: number;
  detail: string;
}

export type HttpVisit = { ok: true; status: number } | { ok: false; reason: string };

export interface HttpVisitOptions {
  timeoutMs: number;
  onPhase: (phase: HttpPhase) => void;
  signal?: AbortSignal;
  /** The name of the load balancer, where `url` has its address on this machine: for the Host header and TLS. */
  name?: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
}

/**
 * Visits an engine as a program does: one GET, which is held while the engine starts, then redirected (307) to the same
 * URL, which is its own by then. Tries again where it is told to (503 with `x-rouse-state: waking`).
 */
export async function visitHttp(url: string, options: HttpVisitOptions): Promise<HttpVisit> {
  const began = performance.now();
  const phase = (name: HttpPhase["name"], detail: string): void => options.onPhase({ name, at: performance.now() - began, detail });
  const goOn = (): boolean => performance.now() - began < options.timeoutMs && !options.signal?.aborted;
  phase("asked", `GET ${url}`);
  let last = "no answer";
  while (goOn()) {
    const answer = await get(url, options, options.timeoutMs - (performance.now() - began)).catch((error: unknown) => String(error));
    if (typeof answer === "string") {
      last = answer;
      await pause(100);
      continue;
    }
    const { status, headers } = answer;
    const state = headers["x-rouse-state"];
    if (state === undefined) {
      phase("first byte", `HTTP ${status}`);
      return status === 503 && String(headers["server"]).startsWith("awselb")
        ? { ok: false, reason: `HTTP ${status}: nothing runs behind ${url}` }
        : { ok: true, status };
    }
    if (state === "crashed") return { ok: false, reason: String(headers["x-rouse-reason"] ?? "it has crashed") };
    if (status === 307) phase("awake", `HTTP 307 to ${headers.location ?? url}`);
    else {
      last = `HTTP ${status}, ${String(state)}`;
      await pause(250);
    }
  }
  return { ok: false, reason: `it did not wake in time: ${last}` };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The head of an answer. The embedded cloud's certificates are signed by an authority of its own, so on loopback none is checked. */
function get(url: string, { signal, name }: HttpVisitOptions, timeoutMs: number): Promise<Answer> {
  const { protocol, hostname } = new URL(url);
  const local = hostname === "127.0.0.1";
  return new Promise((resolve, reject) => {
    const options = {
      headers: { accept: "*/*", "user-agent": "rouse", ...(name ? { host: name } : {}) },
      agent: false as const,
      timeout: Math.max(1, timeoutMs),
      ...(signal ? { signal } : {}),
    };
    const onAnswer = (response: IncomingMessage): void => {
      response.resume();
      resolve({ status: response.statusCode!, headers: response.headers });
    };
    const request =
      protocol === "https:"
        ? httpsRequest(url, { ...options, rejectUnauthorized: !local, ...(name ? { servername: name } : {}) }, onAnswer)
        : httpRequest(url, options, onAnswer);
    request.once("timeout", () => request.destroy(new Error(`no answer from ${url} in time`)));
    request.once("error", reject);
    request.end();
  });
}
