import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import type { Log } from "./log.ts";
import { told } from "./log.ts";
import { historyGroupName, type LeafId } from "./names.ts";
import type { HistoryLine } from "./record.ts";
import { CLIENT } from "./sdk.ts";

/** Writes lines into a leaf's history. Never throws: a history must not stand in the way of what it tells of. */
export type Recorder = (...lines: readonly HistoryLine[]) => Promise<void>;

/**
 * Several may write into one stream at the same time (CloudWatch Logs API reference, PutLogEvents: sequence tokens are not
 * looked at any more).
 * @param stream of this writer: the function's name
 */
export function awsRecord(
  id: Pick<LeafId, "application" | "leaf">,
  stream: string,
  log: Log,
  client: () => CloudWatchLogsClient = () => new CloudWatchLogsClient(CLIENT),
): Recorder {
  const where = { logGroupName: historyGroupName(id.application, id.leaf), logStreamName: stream };
  // Made when it is needed: most runs of a function write nothing.
  let made: CloudWatchLogsClient | undefined;
  return async (...lines) => {
    if (lines.length === 0) return;
    // Events must be in the order of their times.
    const logEvents = lines
      .map((line) => ({ timestamp: Date.parse(line.at), message: JSON.stringify(line) }))
      .sort((a, b) => a.timestamp - b.timestamp);
    try {
      made ??= client();
      await put(made, where, logEvents);
    } catch (error) {
      log("not recorded", { leaf: id.leaf, lines: lines.map(({ line }) => line), error: told(error) });
    }
  };
}

interface Stream {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** @throws the SDK's errors, where the group is not there either */
async function put(client: CloudWatchLogsClient, where: Stream, logEvents: { timestamp: number; message: string }[]): Promise<void> {
  const write = () => client.send(new PutLogEventsCommand({ ...where, logEvents }));
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateLogStreamCommand(where)).catch((taken: unknown) => {
      if (!(taken instanceof Error && taken.name === "ResourceAlreadyExistsException")) throw taken;
    });
    await write();
  }
}
