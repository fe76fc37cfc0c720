import http from "node:http";
import https from "node:https";

export interface Answer {
  readonly status: number;
  /** The header of that name. */
  readonly retryAfter?: string;
  /** The beginning of the answer. */
  readonly text: string;
}

export type Post = (url: string, body: string, headers?: Record<string, string>) => Promise<Answer>;

/** Milliseconds of silence after which a receiver is given up (Standard Webhooks advises 15 to 30 s; Discord and Slack take less than one). */
const LIMIT = 15_000;
/** Characters of an answer that are read. */
const MOST = 2000;

/**
 * Posts JSON. Redirections are not followed: a webhook that has moved must be told, and not be guessed.
 * @throws Error that never holds the URL
 */
export const post: Post = (url, body, headers = {}) =>
  new Promise((resolve, reject) => {
    const to = new URL(url);
    const { request } = to.protocol === "http:" ? http : https;
    // Not the function's own timers: under virtual time those wait for the very answer that they limit.
    const signal = AbortSignal.timeout(LIMIT);
    const fail = (error: Error): void =>
      reject(signal.aborted ? new Error(`no answer within ${LIMIT / 1000} s`) : new Error(error.message || error.name));
    const sent = request(
      to,
      {
        method: "POST",
        signal,
        headers: { "content-type": "application/json", "user-agent": "rouse", ...headers, "content-length": Buffer.byteLength(body) },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          if (text.length < MOST) text += chunk;
        });
        answer.on("error", fail);
        answer.on("end", () => {
          const retryAfter = answer.headers["retry-after"];
          resolve({ status: answer.statusCode ?? 0, text: text.slice(0, MOST), ...(retryAfter === undefined ? {} : { retryAfter }) });
        });
      },
    );
    sent.on("error", fail);
    sent.end(body);
  });
