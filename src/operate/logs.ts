import { setTimeout } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand, type FilteredLogEvent, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import type { Leaf, Project } from "../config/index.ts";
import { logGroupName } from "../functions/shared/names.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";

/** A line that a container has written. */
export interface LogLine {
  /** Milliseconds since the epoch, on the environment's clock. */
  readonly at: number;
  /** The task that wrote it: the end of its log stream's name. */
  readonly task: string;
  readonly message: string;
}

export interface LogOptions {
  /** Seconds back from now. */
  readonly since: number;
  /** Go on with what comes, until the signal. */
  readonly follow: boolean;
  /** A filter pattern of CloudWatch Logs. */
  readonly filter?: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => void;
  /** Between two looks, milliseconds. */
  readonly pollMs?: number;
}

/** A line may be shown this long after it was written: each look goes back so far, and shows only what is new. */
const LATE_MS = 15_000;

/**
 * Reads a leaf's log, in the order in which it was written, and follows it.
 * @returns false where there is no log: the leaf has not been deployed
 */
export async function readLogs(project: Project, leaf: Pick<Leaf, "name">, connection: Connection, options: LogOptions): Promise<boolean> {
  const client = clientOf(CloudWatchLogsClient, connection);
  const now = serverTime(client);
  const group = logGroupName(project.base.name, leaf.name);
  // The first answer tells the environment's time, which may be hours ahead of this machine's.
  if ((await page(client, { logGroupName: group, limit: 1 })) === undefined) return false;
  let from = now() - options.since * 1000;
  let shown = new Set<string>();
  for (;;) {
    const events = await all(client, {
      logGroupName: group,
      startTime: Math.max(0, Math.floor(from)),
      ...(options.filter ? { filterPattern: options.filter } : {}),
    });
    for (const event of events) if (!shown.has(event.eventId!)) options.onLine(lineOf(event));
    if (!options.follow || options.signal.aborted) return true;
    shown = new Set(events.map(({ eventId }) => eventId!));
    from = Math.max(from, (events.at(-1)?.timestamp ?? from) - LATE_MS);
    await pause(options.pollMs ?? 1000, options.signal);
  }
}

type Filter = { logGroupName: string; startTime?: number; filterPattern?: string; limit?: number; nextToken?: string };

const page = (client: CloudWatchLogsClient, filter: Filter) =>
  client.send(new FilterLogEventsCommand(filter)).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });

/** All pages; a page may be empty and still have another one after it. */
async function all(client: CloudWatchLogsClient, filter: Filter): Promise<FilteredLogEvent[]> {
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const found = await page(client, { ...filter, ...(nextToken === undefined ? {} : { nextToken }) });
    events.push(...(found?.events ?? []));
    nextToken = found?.nextToken;
  } while (nextToken !== undefined);
  return events.toSorted((a, b) => a.timestamp! - b.timestamp!);
}

const lineOf = ({ timestamp, logStreamName, message }: FilteredLogEvent): LogLine => ({
  at: timestamp ?? 0,
  task: logStreamName?.split("/").at(-1) ?? "",
  message: (message ?? "").replace(/\n$/, ""),
});

/** Unlike a listener of one's own, it leaves nothing at the signal: a log is followed for days. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => {});
