import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { problem } from "./answers.ts";
import { EventStream } from "./event-stream.ts";
import { SECURITY_HEADERS } from "./guard.ts";
import { CannotDo, type ConsoleSource } from "./source.ts";

/** Seconds that a page may look back at once. */
const LONGEST_LOOK_BACK = 7 * 86_400;

/** Sends a leaf's log: what there is, then what comes, until the page goes. Where it cannot be read that is told once, and tried again. */
export async function streamLogs(
  { source, streams }: { source: ConsoleSource; streams: Set<EventStream> },
  name: string,
  search: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const since = Number(search.get("since") ?? 900);
  if (!(since >= 0 && since <= LONGEST_LOOK_BACK)) return problem(response, 400, `since takes seconds, at most ${LONGEST_LOOK_BACK}`);
  const gone = new AbortController();
  const stream = new EventStream(response, SECURITY_HEADERS, () => {
    streams.delete(stream);
    gone.abort();
  });
  streams.add(stream);
  let told: string | undefined;
  const tell = (message: string): void => {
    if (message !== told) stream.send("problem", JSON.stringify({ message }));
    told = message;
  };
  // From the second try on only what the page has not got yet.
  let last: string | undefined;
  while (!gone.signal.aborted) {
    try {
      const from = last === undefined ? { since } : { after: last };
      const there = await source.logs(
        name,
        from,
        (line) => {
          last = line.at;
          told = undefined;
          stream.send("line", JSON.stringify(line));
        },
        gone.signal,
      );
      if (!there) tell(`${name} has no log yet: it has not been deployed, or has never run`);
    } catch (error) {
      tell(error instanceof CannotDo ? error.message : source.explain(error));
      if (error instanceof CannotDo) return stream.end();
    }
    await pause(source.pollMs, undefined, { signal: gone.signal, ref: false }).catch(() => {});
  }
}
