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
  /** Of the doorman only, which is brief; the service's own is nobody's business here. */
  text: string;
}

/**
 * Visits an engine as a program does: one GET, which is held while the engine starts, then redirected (307) to the same
 * URL, which is its own by then. Tries again where it is told to (503 with `x-rouse-state: waking`); who says that it sleeps
 * on (it could not be started, or such a request is ignored) or has crashed is not asked again.
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
    const { status, headers, text } = answer;
    const state = headers["x-rouse-state"];
    if (state === undefined) {
      phase("first byte", `HTTP ${status}`);
      const refused = status >= 400 && String(headers["server"]).startsWith("awselb");
      return refused
        ? { ok: false, reason: `HTTP ${status} from the load balancer: ${REFUSED[status] ?? "it has no answer"}` }
        : { ok: true, status };
    }
    if (state === "crashed" || state === "asleep") return { ok: false, reason: text || `HTTP ${status}, ${state}` };
    if (status === 307) phase("awake", `HTTP 307 to ${headers.location ?? url}`);
    else {
      last = text || `HTTP ${status}, ${String(state)}`;
      await pause(250);
    }
  }
  return { ok: false, reason: `it did not wake in time: ${last}` };
}

/** What the load balancer itself means by its errors (ELB user guide, "Troubleshoot your Application Load Balancers"). */
const REFUSED: Record<number, string> = {
  404: "no rule leads to it",
  502: "the task broke the connection, or sent no HTTP",
  503: "no task is registered",
  504: "the task did not answer in time",
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One answer. The embedded cloud's certificates are signed by an authority of its own, so on loopback none is checked. */
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
      const answer = { status: response.statusCode!, headers: response.headers };
      if (response.headers["x-rouse-state"] === undefined) {
        response.resume();
        return resolve({ ...answer, text: "" });
      }
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ ...answer, text: text.trim() }));
      response.once("error", reject);
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
