import { type CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { type LeafId, logGroupName, logStreamName } from "./names.ts";
import type { Tail } from "./tail.ts";

const TAIL = 20;
/** Characters. A mail and a message to a chat have room for that; a stack trace on one line may be longer. */
const LONGEST_LINE = 500;

/** The last lines of a task's log; none where it has written nothing. @param task id */
export async function tailOf(id: Pick<LeafId, "application" | "leaf">, container: string, task: string, client: CloudWatchLogsClient): Promise<Tail> {
  const names = { logGroupName: logGroupName(id.application, id.leaf), logStreamName: logStreamName(id.leaf, container, task) };
  const where = `${names.logGroupName} ${names.logStreamName}`;
  try {
    const { events = [] } = await client.send(new GetLogEventsCommand({ ...names, limit: TAIL }));
    return { where, lines: events.map(({ message = "" }) => (message.length > LONGEST_LINE ? `${message.slice(0, LONGEST_LINE)}…` : message)) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { where, lines: [] };
    throw error;
  }
}
