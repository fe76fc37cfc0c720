import type { ServerResponse } from "node:http";

/** After so long a browser connects again; milliseconds. */
const RETRY_MS = 1000;
/** A comment now and then: whoever does not take it has gone, and no proxy on the way ends a silent stream. */
const BEAT_MS = 15_000;
/** Bytes that may wait for a page that reads nothing (a laptop that sleeps, a tab that is frozen); it connects again when it is back. */
export const MOST_UNREAD = 4 * 1024 * 1024;

/** Server-sent events to one page (HTML Standard, section 9.2). */
export class EventStream {
  private readonly response: ServerResponse;
  private readonly beat: NodeJS.Timeout;

  /** @param onEnd when the page has gone */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, onEnd: () => void) {
    this.response = response;
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "keep-alive",
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.beat = setInterval(() => response.write(": \n\n"), BEAT_MS);
    this.beat.unref();
    response.once("close", () => {
      clearInterval(this.beat);
      onEnd();
    });
  }

  /** @param data JSON text, which has no line breaks */
  send(event: string, data: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.response.write(`event: ${event}\ndata: ${data}\n\n`);
    if (this.response.writableLength > MOST_UNREAD) this.response.destroy();
  }

  end(): void {
    this.response.end();
  }
}
