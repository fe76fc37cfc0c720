import { CloudWatchLogsClient, FilterLogEventsCommand, type FilteredLogEvent, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import type { Leaf, Project } from "../config/index.ts";
import { historyGroupName } from "../functions/shared/names.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import { foldHistory, readLine } from "./history-fold.ts";
import type { History } from "./history-types.ts";

/** A wake may have begun before the time that is asked for, and its end tells of it. */
const LONGEST_WAKE_MS = 2 * 86_400_000;

/**
 * A leaf's history, the newest first; empty where the leaf is not deployed, or was woken by nobody.
 * @param sinceMs back from now, milliseconds
 * @throws the SDK's errors
 */
export async function readHistory(
  project: Project,
  leaf: Pick<Leaf, "name">,
  connection: Connection,
  { sinceMs }: { sinceMs: number },
): Promise<History> {
  const client = clientOf(CloudWatchLogsClient, connection);
  const now = serverTime(client);
  const logGroupName = historyGroupName(project.base.name, leaf.name);
  // The first answer tells the environment's time, which may be hours ahead of this machine's.
  if (!(await page(client, { logGroupName, limit: 1 }))) return { leaf: leaf.name, wakes: [], alerts: [] };
  const from = Math.max(0, Math.floor(now() - sinceMs));
  const lines = (await all(client, logGroupName, Math.max(0, from - LONGEST_WAKE_MS))).flatMap(({ message }) => readLine(message ?? "") ?? []);
  const { wakes, alerts } = foldHistory(leaf.name, lines, now());
  const isIn = (at: string | undefined): boolean => at !== undefined && Date.parse(at) >= from;
  return {
    leaf: leaf.name,
    wakes: wakes.filter(({ phases, slept }) => slept === null || isIn(slept.at) || isIn(phases[0]?.at)),
    alerts: alerts.filter(({ at }) => isIn(at)),
  };
}

interface Filter {
  readonly logGroupName: string;
  readonly startTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
}

/** @returns undefined where the group is not there */
async function page(client: CloudWatchLogsClient, filter: Filter): Promise<{ events: FilteredLogEvent[]; nextToken?: string } | undefined> {
  try {
    const { events = [], nextToken } = await client.send(new FilterLogEventsCommand(filter));
    return { events, ...(nextToken === undefined ? {} : { nextToken }) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function all(client: CloudWatchLogsClient, logGroupName: string, startTime: number): Promise<FilteredLogEvent[]> {
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const answer: Awaited<ReturnType<typeof page>> = await page(client, { logGroupName, startTime, ...(nextToken ? { nextToken } : {}) });
    events.push(...(answer?.events ?? []));
    nextToken = answer?.nextToken;
  } while (nextToken !== undefined);
  return events;
}
